import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { decodeMailboxName, encodeMailboxName } from "./utf7.ts";

const rows: [name: string, wire: string][] = [
  ["", ""],
  ["INBOX", "INBOX"],
  ["R&D", "R&-D"],
  ["&&", "&-&-"],
  ["Entwürfe", "Entw&APw-rfe"],
  ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"],
  ["☺!", "&Jjo-!"],
  ["ü&ü", "&APw-&-&APw-"],
  ["😀", "&2D3eAA-"],
  ["a\u0007b", "a&AAc-b"],
  ["a\u007fb", "a&AH8-b"],
];

Deno.test("folder names: both directions", () => {
  for (const [name, wire] of rows) {
    assert.equal(encodeMailboxName(name), wire);
    assert.equal(decodeMailboxName(wire), name);
  }
});

Deno.test("decodeMailboxName() refuses what is not the one wire form", () => {
  const bad = [
    "Entwürfe", // 8-bit
    "a\x00b", // control
    "a\x7fb",
    "&", // unended
    "a&b",
    "&APw",
    "&A-", // too few bits
    "&APx-", // bits left over that are not 0
    "&APwA-",
    "&AP/w-", // another base64
    "&APw=-",
    "&Jjo-&APw-", // superfluous shift
    "&AGE-", // encoded ASCII
    "&ACY-",
    "&2D0-", // half a surrogate pair
    "&3gDYPQ-", // pair in the wrong order
  ];
  for (const wire of bad) assert.throws(() => decodeMailboxName(wire), SyntaxError, wire);
});

Deno.test("decodeMailboxName() is the inverse of encodeMailboxName()", () => {
  const random = seededRandom(3);
  const alphabet = [..."aZ09&-+,/ üß€日本語😀\u0001\u007f\u0080\uffff"];
  for (let i = 0; i < 2000; i++) {
    const name = [...random.bytes(i % 12)].map((byte) => alphabet[byte % alphabet.length]).join("");
    const wire = encodeMailboxName(name);
    assert.match(wire, /^[ -~]*$/);
    assert.equal(decodeMailboxName(wire), name);
  }
});

Deno.test("encodeMailboxName() replaces half surrogate pairs", () => {
  assert.equal(decodeMailboxName(encodeMailboxName("a\ud800b")), "a\ufffdb");
});
