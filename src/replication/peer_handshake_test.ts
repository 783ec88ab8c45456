import { strict as assert } from "node:assert";
import { concat } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { decodeFrame, encodeFrame, FrameReader } from "./frame.ts";
import type { PeerHello } from "./link.ts";
import type { VersionRange } from "./messages.ts";
import { shakeHands } from "./peer_handshake.ts";
import { type MemoryStream, memoryStreams } from "./testing/memory_streams.ts";
import { settle } from "./testing/session_pair.ts";

interface Side {
  done: PeerHello[];
  refused: string[];
  reader: FrameReader | null;
}

function side(
  stream: MemoryStream,
  nodeId: string,
  peerId: string,
  versions: VersionRange = [1, 1],
): Side {
  const result: Side = { done: [], refused: [], reader: null };
  shakeHands({
    stream,
    nodeId,
    dataId: `data-${nodeId}`,
    peerId,
    versions,
    onDone(peer, reader) {
      result.done.push(peer);
      result.reader = reader;
    },
    onRefused: (reason) => void result.refused.push(reason),
  });
  return result;
}

Deno.test("two servers agree on the highest version that both speak", async () => {
  const rows: readonly [VersionRange, VersionRange, number][] = [
    [[1, 1], [1, 1], 1],
    [[1, 1], [1, 2], 1],
    [[1, 4], [2, 3], 3],
  ];
  for (const [ours, theirs, version] of rows) {
    const [near, far] = memoryStreams();
    const a = side(near, "a", "b", ours), b = side(far, "b", "a", theirs);
    await settle();
    assert.deepEqual(a.done, [{ node: "b", dataId: "data-b", version }]);
    assert.deepEqual(b.done, [{ node: "a", dataId: "data-a", version }]);
    assert.deepEqual([...a.refused, ...b.refused], []);
  }
});

Deno.test("without a version in common both sides hear which versions there are", async () => {
  const [near, far] = memoryStreams();
  const a = side(near, "a", "b", [1, 1]), b = side(far, "b", "a", [2, 3]);
  await settle();
  assert.deepEqual([a.done, b.done], [[], []]);
  for (const { refused } of [a, b]) {
    assert.equal(refused.length, 1);
    assert.match(refused[0], /no version in common: /);
    assert.match(refused[0], /a speaks version 1\b/);
    assert.match(refused[0], /b speaks versions 2 to 3\b/);
  }
});

Deno.test("a server that says another name than its certificate is refused, and told so", async () => {
  const [near, far] = memoryStreams();
  const a = side(near, "a", "b"), b = side(far, "c", "a");
  await settle();
  assert.deepEqual(a.refused, ['it says that it is "c", its certificate says "b"']);
  assert.deepEqual(b.refused, [`the other server refuses: ${a.refused[0]}`]);
  assert.deepEqual([a.done, b.done], [[], []]);
});

const HELLO = { type: "hello", node: "b", dataId: "d", versions: [1, 1] };
const BAD: readonly [name: string, messages: object[], reason: RegExp][] = [
  ["an ask first", [{ type: "ask", id: 1, to: "mailbox:m", name: "x", requestId: null }], /before the intro/],
  ["something unknown first", [{ type: "later" }], /before the introduction/],
  ["welcome first", [{ type: "welcome", version: 1 }], /before the introduction/],
  ["two hellos", [HELLO, HELLO], /before the introduction/],
  [
    "another version than was agreed on",
    [HELLO, { type: "welcome", version: 2 }],
    /version 1 was agreed on, 2/,
  ],
  ["a refusal", [HELLO, { type: "refuse", reason: "no\nroom" }], /^the other server refuses: no\nroom$/],
  ["a hello without versions", [{ ...HELLO, versions: undefined }], /a hello with a wrong versions/],
  ["a hello over its bound", [{ ...HELLO, more: "x".repeat(LIMITS.linkHelloBytes) }], /a frame of \d+ bytes/],
];

Deno.test("whatever else comes first is refused once", async () => {
  for (const [name, messages, reason] of BAD) {
    const [near, far] = memoryStreams();
    let closed = 0;
    const a = side(near, "a", "b");
    far.onClosed = () => closed++;
    far.write([concat(messages.flatMap((message) => encodeFrame(message).pieces))]);
    await settle();
    assert.deepEqual([a.refused.length, a.done.length, closed], [1, 0, 1], name);
    assert.match(a.refused[0], reason, name);
  }
});

Deno.test("a stream that ends before the introduction is over", async () => {
  const [near, far] = memoryStreams();
  const a = side(near, "a", "b");
  far.destroy();
  await settle();
  assert.deepEqual(a.refused, ["no introduction: closed by the other side"]);
});

Deno.test("what comes right behind the welcome is kept for the session", async () => {
  const [near, far] = memoryStreams();
  const a = side(near, "a", "b");
  const messages = [HELLO, { type: "welcome", version: 1 }, { type: "ping", id: 3 }];
  const wire = concat(messages.flatMap((message) => encodeFrame(message).pieces));
  far.write([wire.subarray(0, wire.length - 2)]);
  await settle();
  assert.equal(a.done.length, 1);
  assert.equal(a.reader!.next(), null);
  a.reader!.push(wire.subarray(wire.length - 2));
  assert.deepEqual(decodeFrame(a.reader!.next()!), { type: "ping", id: 3 });
});
