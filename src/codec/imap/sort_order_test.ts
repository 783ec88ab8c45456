import { strict as assert } from "node:assert";
import { compareTexts } from "../text/casemap.ts";
import type { SortColumn, SortCriterion } from "./sort.ts";
import { sortedOrder } from "./sort_order.ts";

/** The same by comparing, as RFC 5256 §3 puts it. */
function compared(
  criteria: readonly SortCriterion[],
  columns: readonly SortColumn[],
  count: number,
): number[] {
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => {
    for (let i = 0; i < criteria.length; i++) {
      const x = columns[i][a], y = columns[i][b];
      const difference = typeof x === "number" ? x - (y as number) : compareTexts(x, y as string);
      if (difference) return criteria[i].reverse ? -difference : difference;
    }
    return a - b;
  });
}

Deno.test("sortedOrder() orders as comparing does, ties by place also when reversed (RFC 5256 §3)", () => {
  let state = 5;
  const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
  const numbers: (() => number)[] = [
    () => next(3),
    () => next(2_000_000_000),
    () => next(5) * 1e15 - 2e15 + next(7),
    () => -next(100),
    () => 1_767_225_600_000 + next(1000),
  ];
  const texts = ["", "A", "AB", "B", "\u{1f600}", "\uffee", "Z", "É"];
  for (let round = 0; round < 300; round++) {
    const count = next(60);
    const criteria = Array.from(
      { length: 1 + next(3) },
      () => ({ key: "DATE" as const, reverse: next(2) === 1 }),
    );
    const columns = criteria.map((): SortColumn => {
      const make = numbers[next(numbers.length)];
      return next(2)
        ? Float64Array.from({ length: count }, make)
        : Array.from({ length: count }, () => texts[next(texts.length)]);
    });
    assert.deepEqual([...sortedOrder(criteria, columns, count)], compared(criteria, columns, count));
  }
});
