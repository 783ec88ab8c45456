import { strict as assert } from "node:assert";
import type { PortMessage } from "../actor/port.ts";
import { socketPort } from "./socket_port.ts";

async function pair(): Promise<[Deno.UnixConn, Deno.UnixConn]> {
  const folder = await Deno.makeTempDir({ prefix: "mallard-" });
  const address = { transport: "unix", path: `${folder}/port.sock` } as const;
  const listener = Deno.listen(address);
  const both = await Promise.all([Deno.connect(address), listener.accept()]);
  listener.close();
  await Deno.remove(folder, { recursive: true });
  return both;
}

Deno.test("what goes through a port comes out the same, in order, however it is cut into frames", async () => {
  const [near, far] = await pair();
  const values = [
    null,
    "ascii",
    "latin \xe9\xff",
    "wide \u{1f986}",
    "odd",
    { bytes: new Uint8Array([1, 2, 3]), text: "\u20ac", list: [1.5, -1, 2 ** 40] },
    new Uint8Array(3_000_000).fill(7),
    new Uint8Array(0),
    { nested: [new Uint8Array(5000).fill(9), new Uint8Array(5000).fill(8)] },
  ];
  const sent = Array.from({ length: 200 }, (_, i): PortMessage => ["ok", i, values[i % values.length]]);
  const got: PortMessage[] = [];
  const from = socketPort(near), to = socketPort(far);
  const closed = new Promise<string>((resolve) => to.onClosed = resolve);
  const all = new Promise<void>((resolve) =>
    to.onBatch = (batch) => {
      got.push(...batch);
      if (got.length === sent.length) resolve();
    }
  );
  for (const [i, message] of sent.entries()) {
    from.send(message);
    if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await all;
  assert.deepEqual(got, sent);
  from.close();
  assert.equal(await closed, "closed");
});

Deno.test("a frame over its bound ends the channel", async () => {
  const [near, far] = await pair();
  const port = socketPort(far);
  const closed = new Promise<string>((resolve) => port.onClosed = resolve);
  await near.write(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0]));
  assert.match(await closed, /bad frame: a frame of 4294967295 bytes/);
  near.close();
});
