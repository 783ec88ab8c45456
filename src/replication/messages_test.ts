import { strict as assert } from "node:assert";
import { LIMITS } from "../base/limits.ts";
import { commonVersion, formatRange, parseMessage, type VersionRange } from "./messages.ts";

const ASK = { type: "ask", id: 7, to: "mailbox:m1", name: "fetch", request: { uid: 1 }, requestId: null };

const GOOD: readonly [name: string, message: object, read?: object][] = [
  ["hello", { type: "hello", node: "a", dataId: "d", versions: [1, 3] }],
  ["welcome", { type: "welcome", version: 1 }],
  ["refuse", { type: "refuse", reason: "no" }],
  ["ask", { ...ASK, homeOnly: true }],
  ["ask of an older release", ASK, { ...ASK, homeOnly: false }],
  ["ask without a request", { ...ASK, request: undefined, homeOnly: false }],
  ["ask of a kind that this release lacks", { ...ASK, to: "calendar:c1", homeOnly: false }],
  ["ok", { type: "ok", id: 7, reply: new Uint8Array(3), mark: { position: 3, tag: "1.x" } }],
  ["ok without a mark", { type: "ok", id: 7, reply: 0, mark: null }],
  ["fault", { type: "fault", id: 7, code: "moved", message: "elsewhere" }],
  ["fault with a code that this release lacks", { type: "fault", id: 7, code: "tired", message: "" }, {
    type: "fault",
    id: 7,
    code: "internal",
    message: "",
  }],
  ["ping", { type: "ping", id: 0 }],
  ["pong", { type: "pong", id: Number.MAX_SAFE_INTEGER }],
  ["bye with a long reason", { type: "bye", reason: "x".repeat(5000) }, {
    type: "bye",
    reason: "x".repeat(LIMITS.linkReasonChars),
  }],
];

Deno.test("messages are read, and keys of a newer release dropped", () => {
  for (const [name, message, read = message] of GOOD) {
    assert.deepEqual(parseMessage(message), read, name);
    assert.deepEqual(parseMessage({ ...message, later: { x: 1 } }), read, name);
  }
});

Deno.test("types of a newer release are passed over", () => {
  for (const type of ["later", "", "toString", "__proto__"]) {
    assert.equal(parseMessage({ type, id: 1 }), null);
  }
});

const BAD: readonly unknown[] = [
  null,
  1,
  "hello",
  [],
  {},
  { type: 1 },
  { type: "hello", node: "a", dataId: "d", versions: [2, 1] },
  { type: "hello", node: "a", dataId: "d", versions: [1] },
  { type: "hello", node: "a", dataId: "", versions: [1, 1] },
  { type: "hello", node: "a", dataId: "x".repeat(101), versions: [1, 1] },
  { type: "hello", dataId: "d", versions: [1, 1] },
  { type: "welcome", version: -1 },
  { ...ASK, id: 1.5 },
  { ...ASK, id: 2 ** 53 },
  { ...ASK, to: "mailbox:" },
  { ...ASK, to: ":m1" },
  { ...ASK, to: "Mailbox:m1" },
  { ...ASK, name: "" },
  { ...ASK, requestId: 3 },
  { type: "ok", id: 7, reply: 1 },
  { type: "ok", id: 7, reply: 1, mark: { position: -1, tag: "" } },
  { type: "fault", id: 7, code: 5, message: "" },
  { type: "ping" },
  { type: "bye" },
];

Deno.test("malformed messages are a SyntaxError", () => {
  for (const message of BAD) assert.throws(() => parseMessage(message), SyntaxError, JSON.stringify(message));
});

Deno.test("the highest version that both speak", () => {
  const rows: readonly [VersionRange, VersionRange, number | null][] = [
    [[1, 1], [1, 1], 1],
    [[1, 2], [1, 1], 1],
    [[1, 3], [2, 9], 3],
    [[2, 2], [1, 9], 2],
    [[1, 1], [2, 3], null],
  ];
  for (const [ours, theirs, version] of rows) {
    assert.equal(commonVersion(ours, theirs), version);
    assert.equal(commonVersion(theirs, ours), version);
  }
  assert.equal(formatRange([1, 1]), "version 1");
  assert.equal(formatRange([1, 3]), "versions 1 to 3");
});
