import { strict as assert } from "node:assert";
import type { PortMessage } from "../../src/actor/port.ts";
import { concat } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/id.ts";
import { toWire } from "../../src/place/frame_codec.ts";
import { socketPort } from "../../src/place/socket_port.ts";
import { below, fuzz, mutate } from "./rounds.ts";

const MESSAGES: readonly PortMessage[] = [
  ["ask", 1, "mailbox:m1", "deliver", { raw: new Uint8Array(300), flags: ["x"], at: new Date(0) }, "id"],
  ["ok", 3, { octets: new Uint8Array(5000), more: [new Uint8Array(4096)] }],
  ["ok", 1, { uid: 7, rows: [[1, 2], [3, null]] }],
  ["fault", 2, "no_space", "the disk is full"],
  ["event", "mailbox:m1", "folder:f1", { modSeq: 9 }],
];

function frames(random: Random): Uint8Array[] {
  return Array.from({ length: 1 + below(random, 4) }, () => {
    const batch = Array.from(
      { length: 1 + below(random, 3) },
      () => MESSAGES[below(random, MESSAGES.length)],
    );
    return concat(toWire(batch));
  });
}

/** What a port makes of these bytes, in pieces that `step` chooses. */
async function feed(wire: Uint8Array, step: () => number) {
  let at = 0;
  const port = socketPort({
    read(room) {
      const piece = wire.subarray(at, at + Math.min(step(), room.length));
      room.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length || null);
    },
    write: (octets) => Promise.resolve(octets.length),
    close() {},
  });
  const result = { batches: 0, messages: 0, closed: 0 };
  port.onBatch = (batch) => {
    result.batches++;
    result.messages += batch.length;
  };
  await new Promise<void>((resolve) => {
    port.onClosed = () => {
      result.closed++;
      setTimeout(resolve);
    };
  });
  assert.equal(result.closed, 1, "the channel ends once");
  return result;
}

fuzz("frames between places: whatever comes ends the channel at most", 1, async (random) => {
  const whole = concat(frames(random));
  const clean = await feed(whole, () => 1 + below(random, 200));
  assert.ok(clean.batches > 0);
  assert.deepEqual(await feed(whole, () => whole.length), clean);
  const wire = mutate(random, whole, 5);
  const once = await feed(wire, () => wire.length);
  assert.deepEqual(await feed(wire, () => 1 + below(random, 100)), once);
});
