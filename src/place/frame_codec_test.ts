import { strict as assert } from "node:assert";
import type { PortMessage } from "../actor/port.ts";
import { FrameReader, toFrame } from "./frame_codec.ts";

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
