import { strict as assert } from "node:assert";
import { utf8 } from "../../base/bytes.ts";
import { collationKey, compareTexts } from "./casemap.ts";

Deno.test("collationKey() is title case, decomposed (RFC 5051 §2)", () => {
  const rows: [string, string][] = [
    ["", ""],
    ["Hello_world", "HELLO_WORLD"],
    ["caf\u00e9", "CAFE\u0301"],
    ["cafe\u0301", "CAFE\u0301"],
    ["stra\u00dfe", "STRA\u00dfE"],
    ["\u01c4 \u01c5 \u01c6", "Dz\u030c Dz\u030c Dz\u030c"],
    ["\u10d0", "\u10d0"],
    ["\ufb01", "fi"],
    ["\u{10428}", "\u{10400}"],
  ];
  for (const [text, key] of rows) assert.equal(collationKey(text), key, text);
});

Deno.test("compareTexts() orders as UTF-8 does", () => {
  const texts = [
    "",
    "a",
    "ab",
    "b",
    "\u00e9",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{10ffff}",
    "\ue000x",
  ];
  for (const a of texts) {
    for (const b of texts) {
      assert.equal(Math.sign(compareTexts(a, b)), Math.sign(compareBytes(utf8(a), utf8(b))), `${a} ${b}`);
    }
  }
});

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
