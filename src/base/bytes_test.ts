import { strict as assert } from "node:assert";
import { fromLatin1, latin1, writeLatin1 } from "./bytes.ts";

const TEXTS = [
  "",
  "plain",
  "\0\x7f",
  "\x80",
  "caf\xe9 au lait",
  "x".repeat(10_000) + "\xff",
  "\xff".repeat(5_000),
];

Deno.test("a string of octets becomes those octets, alone and inside of others", () => {
  for (const text of TEXTS) {
    const want = Array.from(text, (char) => char.charCodeAt(0));
    assert.deepEqual([...latin1(text)], want);
    assert.equal(fromLatin1(latin1(text)), text);
    const out = new Uint8Array(text.length + 2).fill(1);
    writeLatin1(text, out, 1);
    assert.deepEqual([...out], [1, ...want, 1]);
  }
});
