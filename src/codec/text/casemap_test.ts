import { strict as assert } from "node:assert";
import { utf8 } from "../../base/bytes.ts";
import { collationKey, compareTexts, searchKey } from "./casemap.ts";

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

Deno.test("searchKey() makes of a part of a text a part, however the letters around it look", () => {
  const rows: [string, string][] = [
    ["ΣΑΣ", "σας"],
    ["ΟΔΟΣΑ", "οδοσ"],
    ["οδός ", "ΟΔΌΣ"],
    ["É", "e\u0301"],
    ["xÉı", "E\u0301I"],
    ["Großer Müller", "ßER MÜL"],
    ["\u01f0É", "é"],
  ];
  for (const [text, part] of rows) {
    assert.ok(searchKey(text).includes(searchKey(part)), `${text} ${part}`);
  }
  assert.ok(!searchKey("straße").includes(searchKey("SS")));
});

Deno.test("collationKey() and searchKey() take runs together as it would each character", () => {
  const pieces = [..."aZ é\u0301\u0323ß\u0130ﬁΣς\u03f2\u{1d6ba}日\u{1f600}-ıſ\u01c5\u10d0".matchAll(/./gu)]
    .map(([c]) => c);
  let state = 5;
  for (let round = 0; round < 2000; round++) {
    let text = "", long = "";
    for (let i = 0; i < 8; i++) {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      text += pieces[(state >> 8) % pieces.length];
    }
    let key = "";
    for (const char of text) {
      long += collationKey(char);
      key += searchKey(char);
    }
    assert.equal(searchKey(text).normalize("NFKD"), key.normalize("NFKD"), JSON.stringify(text));
    assert.equal(collationKey(text).normalize("NFKD"), long.normalize("NFKD"), JSON.stringify(text));
  }
});

Deno.test("texts have one searchKey() when they have one collationKey()", () => {
  const known = new Map<string, string>();
  for (let code = 1; code < 0x20000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const char = String.fromCodePoint(code), key = collationKey(char), other = known.get(key);
    if (other === undefined) known.set(key, searchKey(char));
    else assert.equal(searchKey(char), other, `U+${code.toString(16)}`);
  }
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
