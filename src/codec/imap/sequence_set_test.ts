import { strict as assert } from "node:assert";
import { seededRandom } from "../../base/id.ts";
import {
  formatSequenceSet,
  hasStar,
  largestNumber,
  parseSequenceSet,
  resolveSequenceSet,
} from "./sequence_set.ts";
import { formatUidSet, uidHas } from "./uid_set.ts";

Deno.test("resolveSequenceSet(): RFC 9051 §9 seq-range", () => {
  const rows: [text: string, largest: number, want: string][] = [
    ["1", 5, "1"],
    ["2,4:7,9,12:*", 15, "2,4:7,9,12:15"],
    ["*:4,5:7", 10, "4:10"],
    ["4:2", 9, "2:4"],
    ["3291:*", 100, "100"],
    ["*:3291", 100, "100"],
    ["*", 7, "7"],
    ["*:*", 7, "7"],
    ["*", 0, ""],
    ["5:*", 0, ""],
    ["1:3,*", 0, "1:3"],
    ["1:3,2:6,7", 9, "1:7"],
    ["8:9", 3, "8:9"],
    ["4294967295", 3, "4294967295"],
    ["$", 3, ""],
    ["1,$", 3, "1"],
  ];
  for (const [text, largest, want] of rows) {
    assert.equal(formatUidSet(resolveSequenceSet(parseSequenceSet(text), largest)), want, text);
  }
});

Deno.test("parseSequenceSet() refuses anything else", () => {
  const bad = [
    "",
    "0",
    "01",
    "1,",
    ",1",
    "1,,2",
    "1:",
    ":1",
    "1:2:3",
    "a",
    "-1",
    "1 2",
    "$,1",
    "1:$",
    "$$",
    "4294967296",
  ];
  for (const text of bad) assert.throws(() => parseSequenceSet(text), SyntaxError, text);
});

Deno.test("sequence sets: $, * and the largest number are told", () => {
  assert.deepEqual(parseSequenceSet("$"), { saved: true, ranges: [] });
  assert.deepEqual(parseSequenceSet("3:*"), { saved: false, ranges: [[3, 0]] });
  assert.equal(hasStar(parseSequenceSet("1:4,*")), true);
  assert.equal(hasStar(parseSequenceSet("1:4")), false);
  assert.equal(largestNumber(parseSequenceSet("9:2,*,4")), 9);
});

Deno.test("sequence sets: format and parse are inverse, and resolving agrees with counting", () => {
  const random = seededRandom(5);
  for (let round = 0; round < 500; round++) {
    const bytes = random.bytes(9);
    const ranges: [number, number][] = [];
    for (let i = 0; i < 1 + bytes[8] % 4; i++) ranges.push([bytes[2 * i] % 21, bytes[2 * i + 1] % 21]);
    const set = { saved: bytes[8] > 200, ranges };
    assert.deepEqual(parseSequenceSet(formatSequenceSet(set)), set);
    const largest = 1 + bytes[8] % 20;
    const resolved = resolveSequenceSet(set, largest);
    for (let n = 1; n <= 20; n++) {
      const inside = ranges.some(([a, b]) => {
        const [from, to] = [a || largest, b || largest].sort((x, y) => x - y);
        return n >= from && n <= to;
      });
      const star = ranges.some(([a, b]) => !a || !b);
      // Above `largest` nothing exists; a range with * stops there.
      if (n <= largest || !star) assert.equal(uidHas(resolved, n), inside, `${formatSequenceSet(set)} ${n}`);
    }
  }
});
