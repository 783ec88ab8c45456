import { strict as assert } from "node:assert";
import type { PortMessage } from "../actor/port.ts";
import { concat } from "../base/bytes.ts";
import { FrameReader, toWire } from "./frame_codec.ts";

/** The frames that come out of a reader that gets at most `size` octets at once. */
function readFrames(wire: Uint8Array, size: number): PortMessage[][] {
  const reader = new FrameReader(), got: PortMessage[][] = [];
  for (let at = 0; at < wire.length;) {
    const piece = wire.subarray(at, at + Math.min(size, reader.room.length));
    reader.room.set(piece);
    got.push(...reader.filled(piece.length));
    at += piece.length;
  }
  return got;
}

const read = (wire: Uint8Array, size: number) => readFrames(wire, size).flat();

const batch: PortMessage[] = [
  ["ok", 1, { small: new Uint8Array([1, 2]), large: new Uint8Array(10_000).fill(3) }],
  ["ok", 2, [new Uint8Array(4096).fill(4), new Float64Array([0.5])]],
];

Deno.test("a frame comes back whole, in whatever pieces it comes", () => {
  const frame = concat(toWire(batch));
  for (const size of [1, 7, 4096, frame.length, 2 * frame.length]) {
    assert.deepEqual(read(concat([frame, frame]), size), [...batch, ...batch]);
  }
});

Deno.test("frames of many sizes come out in order, and what came before stays as it was", () => {
  const sizes = Array.from({ length: 300 }, (_, i) => [10, 5_000, 70_000, 200_000, 65_500][i % 5] + i);
  const sent = sizes.map((size, i): PortMessage => ["ok", i, new Uint8Array(size).fill(i)]);
  const wire = concat(sent.flatMap((message) => toWire([message])));
  for (const size of [1_000, 65_536, wire.length]) assert.deepEqual(read(wire, size), sent);
});

Deno.test("octets do not make the clone larger, and are copied neither by the writer nor by the reader", () => {
  const octets = new Uint8Array(1_000_000).fill(7);
  const [clone, attached] = toWire([["ok", 1, octets]]);
  assert.ok(clone.length < 100);
  assert.equal(attached, octets);
  const reader = new FrameReader();
  reader.room.set(clone);
  assert.deepEqual([...reader.filled(clone.length)], []);
  const { room } = reader;
  assert.equal(room.length, octets.length, "room for the rest of the frame");
  room.set(octets);
  const [[[, , got]]] = [...reader.filled(room.length)] as [["ok", number, Uint8Array]][];
  assert.deepEqual(got, octets);
  assert.equal(got.buffer, room.buffer);
});

Deno.test("a frame that lacks octets it speaks of is an error", () => {
  const frame = concat(toWire(batch)).slice(0, -100);
  new DataView(frame.buffer).setUint32(0, frame.length - 4);
  assert.throws(() => read(frame, frame.length), /octets are missing/);
});

Deno.test("a batch is one frame, and where that were a large one each message has its own", () => {
  const frames = (batch: PortMessage[]) => readFrames(concat(toWire(batch)), 1e9);
  const small = Array.from({ length: 100 }, (_, i): PortMessage => ["ok", i, new Uint8Array(5_000)]);
  assert.deepEqual(frames(small), [small]);
  const octets = new Uint8Array(3e6);
  const large: PortMessage[] = [["ok", 1, new Uint8Array(700_000)], ["ok", 2, null], ["ok", 3, octets]];
  assert.deepEqual(frames(large), large.map((message) => [message]));
  assert.equal(toWire(large).at(-1), octets, "not copied");
});
