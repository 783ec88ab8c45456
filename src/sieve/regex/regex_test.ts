import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import type { CaseRule } from "./char_set.ts";
import { parseRegex } from "./parse.ts";
import { compileRegex } from "./program.ts";
import { existsMatch } from "./exists.ts";
import { searchRegex } from "./search.ts";

/** The whole match and its groups; null when there is none. */
function search(pattern: string, text: string, rule: CaseRule = "exact"): string[] | null {
  const { node, groups } = parseRegex(pattern, rule);
  const program = compileRegex(node, groups, 5000);
  const places = searchRegex(program, text, () => {});
  assert.equal(existsMatch(program, text, () => {}), places !== null, "with and without places");
  return places &&
    Array.from({ length: places.length / 2 }, (_, i) => text.slice(places[2 * i], places[2 * i + 1]));
}

const ROWS: readonly [pattern: string, text: string, want: string[] | null][] = [
  ["b", "abc", ["b"]],
  ["", "abc", [""]],
  ["^b", "abc", null],
  ["^b", "a\nb", ["b"]],
  ["b$", "b\r\nc", ["b"]],
  ["a.c", "abc", ["abc"]],
  ["a.c", "a\nc", null],
  ["a|ab|abc", "xabcd", ["abc"]],
  ["(a*)(ab)*(b*)", "abb", ["abb", "a", "", "bb"]],
  ["x*", "aaa", [""]],
  ["a{2,3}", "aaaa", ["aaa"]],
  ["a{2}", "aaaa", ["aa"]],
  ["a{2,}", "aaaa", ["aaaa"]],
  ["(ab)+", "xababy", ["abab", "ab"]],
  ["[[:digit:]]+", "a123", ["123"]],
  ["[^[:alpha:]]+", "ab12", ["12"]],
  ["[]a]+", "b]a", ["]a"]],
  ["[^]a]", "]ab", ["b"]],
  ["[a-c-]+", "xa-c", ["a-c"]],
  ["[[.a.][=b=]]+", "cab", ["ab"]],
  ["\\.\\*", "a.*", [".*"]],
  ["()", "a", ["", ""]],
  ["(a|b)*c", "ababc", ["ababc", "b"]],
  ["(^a|b$)+", "ab", ["ab", "b"]],
  ["\u00e4.", "x\u00e4\u{1f600}", ["\u00e4\u{1f600}"]],
];

for (const [pattern, text, want] of ROWS) {
  Deno.test(`:regex ${JSON.stringify(pattern)} ${JSON.stringify(text)}`, () =>
    assert.deepEqual(search(pattern, text), want));
}

Deno.test(":regex with letters of both cases", () => {
  assert.deepEqual(search("a[b-d]", "xAC", "ascii"), ["AC"]);
  assert.deepEqual(search("[[:upper:]]+", "abC", "ascii"), ["abC"]);
  assert.equal(search("\u00e4", "\u00c4", "ascii"), null);
  assert.deepEqual(search("\u00e4[\u00f6]", "\u00c4\u00d6", "unicode"), ["\u00c4\u00d6"]);
  assert.equal(search("[^a]", "A", "ascii"), null);
});

Deno.test(":regex refuses what is none, with a sentence", () => {
  for (
    const pattern of [
      "(",
      ")",
      "[",
      "[a",
      "a{",
      "a{2,1}",
      "a{999}",
      "*",
      "+a",
      "a|*",
      "\\",
      "\\w",
      "\\1",
      "[[:nothing:]]",
      "[b-a]",
      "[[:alpha:",
      "^*",
      "(".repeat(60),
    ]
  ) {
    assert.throws(
      () => parseRegex(pattern, "exact"),
      (error) => error instanceof SyntaxError && /cannot be read: ./.test(error.message),
      pattern,
    );
  }
});

Deno.test(":regex finds what another engine finds, and where it begins", () => {
  const random = seededRandom(11);
  const below = (limit: number) => random.bytes(1)[0] % limit;
  const make = (depth: number): string => {
    switch (below(depth > 3 ? 3 : 8)) {
      case 0:
        return "a";
      case 1:
        return "b";
      case 2:
        return ["[ab]", "[^a]", ".", "c"][below(4)];
      case 3:
        return `(${make(depth + 1)}|${make(depth + 1)})`;
      case 4:
        return `(${make(depth + 1)})${["*", "+", "?", "{2}", "{1,2}"][below(5)]}`;
      default:
        return make(depth + 1) + make(depth + 1);
    }
  };
  for (let i = 0; i < 5000; i++) {
    const pattern = make(0), text = [...random.bytes(below(10))].map((octet) => "abc"[octet % 3]).join("");
    const ours = search(pattern, text), theirs = new RegExp(pattern).exec(text);
    assert.equal(ours === null, theirs === null, `${pattern} ${text}`);
    if (ours === null || theirs === null) continue;
    assert.equal(text.indexOf(ours[0]) <= theirs.index, true, `${pattern} ${text}`);
    assert.ok(ours[0].length >= theirs[0].length, `the longest: ${pattern} ${text}`);
    assert.ok(new RegExp(`^(?:${pattern})$`).test(ours[0]), `a match: ${pattern} ${text}`);
  }
});
