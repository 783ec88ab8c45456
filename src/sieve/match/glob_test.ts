import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import { matchGlob, readGlob } from "./glob.ts";
import { characterTable, matchCharacters } from "./unicode_glob.ts";

/** What the wildcards stand for; null when the pattern does not match. */
function match(pattern: string, value: string, unicode = false): string[] | null {
  const glob = readGlob(pattern, (text) => text);
  const found = unicode
    ? matchCharacters(glob, value, characterTable((char) => char), () => {})
    : matchGlob(glob, value, () => {});
  return found && found.map(([from, to]) => value.slice(from, to));
}

const ROWS: readonly [pattern: string, value: string, want: string[] | null][] = [
  ["", "", []],
  ["", "a", null],
  ["abc", "abc", []],
  ["abc", "abcd", null],
  ["*", "", [""]],
  ["*", "abc", ["abc"]],
  ["?", "", null],
  ["?", "a", ["a"]],
  ["?*", "abc", ["a", "bc"]],
  ["*?", "abc", ["ab", "c"]],
  ["a*c", "ac", [""]],
  ["a*c", "abcc", ["bc"]],
  ["*a*", "xaya", ["x", "ya"]],
  ["**", "ab", ["", "ab"]],
  ["a*a", "a", null],
  ["*aa*aa", "aaa", null],
  ["*b?d*", "abcde", ["a", "c", "e"]],
  ["\\*", "*", []],
  ["\\*", "a", null],
  ["\\\\", "\\", []],
  ["a\\", "a\\", []],
  ["[*] *", "[acme-users] [fwd] version 1.0 is out", ["acme-users", "[fwd] version 1.0 is out"]],
];

for (const [pattern, value, want] of ROWS) {
  Deno.test(`:matches ${JSON.stringify(pattern)} ${JSON.stringify(value)}`, () => {
    assert.deepEqual(match(pattern, value), want);
    assert.deepEqual(match(pattern, value, true), want);
  });
}

Deno.test(":matches takes a character beyond the first plane for one", () => {
  assert.deepEqual(match("?b*", "\u{1f600}b\u{1f601}c", true), ["\u{1f600}", "\u{1f601}c"]);
  assert.deepEqual(match("??b*", "\u{1f600}b", false), ["\ud83d", "\ude00", ""]);
});

Deno.test(":matches agrees with a plain search of all possibilities", () => {
  const random = seededRandom(7);
  const pick = (alphabet: string, most: number) =>
    [...random.bytes(random.bytes(1)[0] % most)].map((octet) => alphabet[octet % alphabet.length]).join("");
  for (let i = 0; i < 20_000; i++) {
    const pattern = pick("ab*?", 8), value = pick("ab", 10);
    const wanted = new RegExp(
      "^" + pattern.replaceAll("*", "(.*?)").replaceAll("?", "(.)").replaceAll("(.*(.))", "(.*?)") + "$",
    )
      .exec(value);
    assert.deepEqual(match(pattern, value), wanted === null ? null : wanted.slice(1), `${pattern} ${value}`);
  }
});
