import { strict as assert } from "node:assert";
import type { Outcome } from "../actor/request.ts";
import { ask, type TestServer, testServer, until } from "./testing/transport_world.ts";
import type { PeerTransportOptions } from "./peer_transport.ts";

type Options = Partial<PeerTransportOptions>;

/** Runs `body` with a linked pair and stops both, however it ends. */
async function linked(
  body: (a: TestServer, b: TestServer) => Promise<void>,
  options: { a?: Options; b?: Options } = {},
): Promise<void> {
  const b = testServer("b", 0, options.b);
  await b.transport.start();
  const a = testServer("a", b.transport.port!, options.a);
  try {
    await a.transport.start();
    await until("the link", () => a.ups.length > 0 && b.ups.length > 0);
    await body(a, b);
  } finally {
    await Promise.all([a.transport.stop(), b.transport.stop()]);
  }
}

Deno.test("two servers link, introduce themselves and ask each other", async () => {
  await linked(async (a, b) => {
    assert.deepEqual(a.ups[0].peer, { node: "b", dataId: "data-b", version: 1 });
    assert.deepEqual(b.ups[0].peer, { node: "a", dataId: "data-a", version: 1 });
    assert.deepEqual(a.logged("replication.linked").map(({ peer, version }) => ({ peer, version })), [
      { peer: "b", version: 1 },
    ]);
    const request = { raw: new Uint8Array([1, 2, 3]), flags: ["\\Seen"], none: null };
    assert.deepEqual(await ask(a.ups[0], request), { ok: true, reply: request });
    assert.deepEqual(await ask(b.ups[0], request), { ok: true, reply: request });
    assert.deepEqual(b.asked, [
      { to: "mailbox:m1", name: "echo", request, requestId: "r1", homeOnly: false },
    ]);
    assert.equal(a.transport.port, null, "the one that calls opens no port");
  });
});

Deno.test("stop() says goodbye; what waits is answered", async () => {
  let waiting: Promise<Outcome> | undefined;
  let servers: TestServer[] = [];
  await linked(async (a, b) => {
    b.onAsk = () => {};
    waiting = ask(a.ups[0], 1);
    await until("the ask", () => b.asked.length === 1);
    servers = [a, b];
    await b.transport.stop();
    await until("the goodbye", () => a.downs.length === 1);
  });
  assert.deepEqual(await waiting, {
    ok: false,
    code: "unavailable",
    message: "the link to the other server went down",
  });
  const reasons = servers.map((server) => server.downs.map((down) => down.reason));
  assert.deepEqual(reasons, [
    ["the other server closed it: this server is stopping"],
    ["this server is stopping"],
  ]);
});
