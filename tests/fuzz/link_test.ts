import { strict as assert } from "node:assert";
import { concat } from "../../src/base/bytes.ts";
import type { Random } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { decodeFrame, encodeFrame, FrameReader } from "../../src/replication/frame.ts";
import { type OutgoingMessage, parseMessage } from "../../src/replication/messages.ts";
import { below, fuzz, mutate } from "./rounds.ts";

const MESSAGES: readonly OutgoingMessage[] = [
  { type: "hello", node: "a", dataId: "01j8", versions: [1, 2] },
  { type: "welcome", version: 1 },
  { type: "refuse", reason: "no version in common" },
  {
    type: "ask",
    id: 7,
    to: "mailbox:m1",
    name: "applyLog",
    request: { entries: [{ position: 3, changes: [{ raw: new Uint8Array(40), $bytes: [0, 1] }] }] },
    requestId: "r1",
    homeOnly: true,
  },
  { type: "ok", id: 7, reply: [new Uint8Array(0), new Uint8Array(300)], mark: { position: 3, tag: "1.x" } },
  { type: "fault", id: 8, code: "moved", message: "elsewhere" },
  { type: "ping", id: 9 },
  { type: "bye", reason: "this server is stopping" },
];

/** What a reader makes of these bytes, in pieces that `step` chooses: messages, then why it stopped, if it did. */
function read(wire: Uint8Array, maxBytes: number, step: () => number): unknown[] {
  const reader = new FrameReader(maxBytes);
  const seen: unknown[] = [];
  try {
    for (let at = 0; at < wire.length;) {
      const piece = wire.slice(at, at + step());
      reader.push(piece);
      at += piece.length;
      for (let frame; (frame = reader.next());) seen.push(parseMessage(decodeFrame(frame)));
    }
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    seen.push(error.message);
  }
  return seen;
}

function wireOf(messages: readonly unknown[]): Uint8Array {
  return concat(messages.flatMap((message) => encodeFrame(message).pieces));
}

fuzz("the link between two servers: any bytes are messages or refused, in any pieces", 1, (random) => {
  const messages = Array.from(
    { length: 1 + below(random, 5) },
    () => MESSAGES[below(random, MESSAGES.length)],
  );
  const whole = wireOf(messages);
  const clean = read(whole, LIMITS.frameBytes, () => 1 + below(random, 200));
  assert.equal(clean.length, messages.length);
  assert.deepEqual(read(wireOf(clean), LIMITS.frameBytes, () => whole.length), clean);

  const wire = below(random, 10) ? mutate(random, whole, 5) : random.bytes(below(random, 400));
  const maxBytes = below(random, 2) ? LIMITS.linkHelloBytes : LIMITS.frameBytes;
  const once = read(wire, maxBytes, () => wire.length);
  assert.deepEqual(read(wire, maxBytes, () => 1 + below(random, 50)), once);
});

/** JSON of a message with strange things in it, so that what lies behind the frame is reached more often. */
function strangeText(random: Random): string {
  const text = JSON.stringify(
    MESSAGES[below(random, MESSAGES.length)],
    (_, value) => value instanceof Uint8Array ? { $bytes: [below(random, 3), below(random, 4)] } : value,
  );
  const strange = [
    "null",
    "-1",
    '"x"',
    "[]",
    "{}",
    '{"$bytes":[0,1]}',
    "1e400",
    '{"__proto__":{"$bytes":[0,0]}}',
  ];
  return text.replace(
    /(?<=:)(\d+|"[^"]*"|true|null)/g,
    (value) => below(random, 6) ? value : strange[below(random, strange.length)],
  );
}

fuzz("the link between two servers: any JSON is a message or refused", 1, (random) => {
  const text = new TextEncoder().encode(strangeText(random));
  const frame = new Uint8Array(4 + text.length + below(random, 6));
  new DataView(frame.buffer).setUint32(0, text.length);
  frame.set(text, 4);
  try {
    const message = parseMessage(decodeFrame(frame));
    if (message) assert.deepEqual(parseMessage(decodeFrame(wireOf([message]).subarray(4))), message);
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
  }
});
