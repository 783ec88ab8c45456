import { strict as assert } from "node:assert";
import type { PortMessage } from "../actor/port.ts";
import { concat } from "../base/bytes.ts";
import { FrameReader, toWire } from "./frame_codec.ts";

/** A batch as the other end gets it. */
const toFrame = (batch: PortMessage[]) => concat(toWire(batch));

const batch: PortMessage[] = [
  ["ok", 1, { small: new Uint8Array([1, 2]), large: new Uint8Array(10_000).fill(3) }],
  ["ok", 2, [new Uint8Array(4096).fill(4), new Float64Array([0.5])]],
];

Deno.test("a frame comes back whole, in whatever pieces it comes", () => {
  const frame = toFrame(batch);
  for (const size of [1, 7, 4096, frame.length, 2 * frame.length]) {
    const bytes = new Uint8Array([...frame, ...frame]);
    const reader = new FrameReader(), got: PortMessage[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      for (const one of reader.push(bytes.slice(at, at + size))) got.push(...one);
    }
    assert.deepEqual(got, [...batch, ...batch]);
  }
});

Deno.test("octets do not make the clone larger, and are copied once", () => {
  const octets = new Uint8Array(1_000_000).fill(7);
  const frame = toFrame([["ok", 1, octets]]);
  assert.ok(frame.length < octets.length + 100);
  const [[[, , got]]] = [...new FrameReader().push(frame)] as [["ok", number, Uint8Array]][];
  assert.deepEqual(got, octets);
  assert.equal(got.buffer, frame.buffer, "a view of the frame");
});

Deno.test("a frame that lacks octets it speaks of is an error", () => {
  const frame = toFrame(batch).slice(0, -100);
  new DataView(frame.buffer).setUint32(0, frame.length - 4);
  assert.throws(() => [...new FrameReader().push(frame)], /octets are missing/);
});

Deno.test("a batch is one frame, and where that were a large one each message has its own", () => {
  const frames = (batch: PortMessage[]) => {
    const reader = new FrameReader();
    return toWire(batch).flatMap((piece) => [...reader.push(piece)]);
  };
  const small = Array.from({ length: 100 }, (_, i): PortMessage => ["ok", i, new Uint8Array(5_000)]);
  assert.deepEqual(frames(small), [small]);
  assert.equal(toWire(small).length, 1, "in one piece");
  const octets = new Uint8Array(3e6);
  const large: PortMessage[] = [["ok", 1, new Uint8Array(700_000)], ["ok", 2, null], ["ok", 3, octets]];
  assert.deepEqual(frames(large), large.map((message) => [message]));
  assert.equal(toWire(large).at(-1), octets, "not copied");
});
