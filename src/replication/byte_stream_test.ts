import { strict as assert } from "node:assert";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { concat } from "../base/bytes.ts";
import { ManualClock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { type ByteStream, socketStream } from "./byte_stream.ts";
import { settle } from "./testing/session_pair.ts";

/** A socket that takes a write only when told. */
function slowSocket() {
  const taken: Uint8Array[] = [];
  const waiting: (() => void)[] = [];
  const state = { ended: false };
  const duplex = new Duplex({
    read() {},
    highWaterMark: 64 * 1024,
    write(chunk, _encoding, done) {
      taken.push(new Uint8Array(chunk));
      waiting.push(done);
    },
    final(done) {
      state.ended = true;
      done();
    },
  });
  const clock = new ManualClock();
  // Only what a stream has, and all that is used of the socket.
  const stream: ByteStream = socketStream(duplex as unknown as TLSSocket, clock);
  const closed: string[] = [];
  stream.onClosed = (reason) => void closed.push(reason);
  return { duplex, stream, clock, taken, state, closed, take: () => waiting.shift()?.() };
}

Deno.test("a large write is handed over bit by bit, in order, and counted until it has left", async () => {
  const { stream, taken, take } = slowSocket();
  const bytes = new Uint8Array(5 * LIMITS.linkWriteBytes + 3).map((_, i) => i % 251);
  const small = [new Uint8Array([1]), new Uint8Array(0), new Uint8Array([2])];
  stream.write([bytes]);
  stream.write(small);
  assert.equal(stream.queuedBytes, bytes.length + 2);
  assert.equal(taken.length, 1, "nothing more before the first has left");
  for (let i = 0; i < 20; i++) {
    take();
    await settle();
  }
  assert.equal(stream.queuedBytes, 0);
  assert.deepEqual(concat(taken), concat([bytes, ...small]));
  assert.equal(taken.length, 6, "the small pieces went along with the rest");
  assert.ok(taken.every(({ length }) => length <= LIMITS.linkWriteBytes));
});

Deno.test("many small pieces leave as few writes", async () => {
  const { stream, taken, take } = slowSocket();
  stream.write(Array.from({ length: 1_000 }, (_, i) => new Uint8Array([i & 255])));
  take();
  await settle();
  assert.deepEqual(taken.map(({ length }) => length), [1_000]);
});

Deno.test("end() lets everything leave first, and takes nothing more", async () => {
  const { stream, taken, take, state, closed, duplex } = slowSocket();
  stream.write([new Uint8Array(2 * LIMITS.linkWriteBytes)]);
  stream.end();
  stream.write([new Uint8Array([1])]);
  assert.equal(state.ended, false);
  for (let i = 0; i < 4; i++) {
    take();
    await settle();
  }
  assert.equal(state.ended, true);
  assert.equal(concat(taken).length, 2 * LIMITS.linkWriteBytes);
  duplex.push(null);
  duplex.resume();
  await settle();
  assert.deepEqual(closed, ["closed by the other side"]);
});

Deno.test("end() waits a moment at most for a socket that takes nothing", async () => {
  const { stream, clock, closed } = slowSocket();
  stream.write([new Uint8Array(LIMITS.linkWriteBytes)]);
  stream.end();
  clock.advance(LIMITS.linkLingerMs - 1);
  await settle();
  assert.deepEqual(closed, []);
  clock.advance(1);
  await settle();
  assert.deepEqual(closed, ["closed here"]);
});

Deno.test("an error is the reason of the end; nothing is heard or kept after it", async () => {
  const { stream, duplex, closed } = slowSocket();
  let heard = 0;
  stream.onData = (bytes) => heard += bytes.length;
  duplex.push(new Uint8Array(3));
  await settle();
  duplex.destroy(new Error("cable on fire"));
  await settle();
  stream.write([new Uint8Array(10)]);
  stream.end();
  stream.destroy();
  await settle();
  assert.equal(heard, 3);
  assert.equal(stream.queuedBytes, 0);
  assert.deepEqual(closed, ["cable on fire"]);
});
