import { strict as assert } from "node:assert";
import { isWordPart, wordParts, WordTable } from "./word_table.ts";

Deno.test("WordTable has each run of letters and digits once, of whatever length", () => {
  const table = new WordTable();
  for (const text of ["a b a", "", "ab-a. 9\u0301x", "\u{1f600} ab", "x".repeat(5000), "tail"]) {
    table.add(text);
  }
  assert.deepEqual(table.words, ["a", "b", "ab", "9\u0301x", "\u{1f600}", "x".repeat(5000), "tail"]);
});

Deno.test("WordTable keeps many words apart, as it grows", () => {
  let state = 3;
  const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
  const words = Array.from({ length: 20_000 }, () => next(9_000).toString(36));
  const table = new WordTable();
  for (let i = 0; i < words.length; i += 50) table.add(words.slice(i, i + 50).join(" "));
  assert.deepEqual(table.words, [...new Set(words)]);
});

Deno.test("a needle's letters and digits lie inside of words", () => {
  assert.ok(
    isWordPart("eet") && isWordPart("日本") && !isWordPart("a b") && !isWordPart("") && !isWordPart("a-"),
  );
  assert.deepEqual(wordParts("<m1.7@x.test>"), ["m1", "7", "x", "test"]);
  assert.deepEqual(wordParts(" -"), []);
});
