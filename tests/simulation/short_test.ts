import { strict as assert } from "node:assert";
import { playHistory } from "./history.ts";
import { PLANTED } from "./planted.ts";
import { findFault, playSeeds } from "./runs.ts";

Deno.test("sixty histories of two servers keep every law", async () => {
  const failed: string[] = [];
  const tally = await playSeeds({ first: 1, seeds: 60, step: 1 }, (seed, violations) => {
    failed.push(`seed ${seed}: ${violations.join("\n  ")}`);
    return true;
  });
  assert.deepEqual(failed, []);
  // Histories in which nothing ever had to be joined would show nothing.
  assert.ok(tally.heals >= 20, `${tally.heals} heals`);
});

Deno.test("a seed always plays the same history", async () => {
  for (const seed of [3, 10]) {
    const [a, b] = [await playHistory({ seed }), await playHistory({ seed })];
    assert.equal(a.trace, b.trace);
    assert.equal(a.steps, b.steps);
    assert.ok(a.lines.length > 5, "something happens");
  }
  assert.notEqual((await playHistory({ seed: 3 })).trace, (await playHistory({ seed: 4 })).trace);
});

/** Faults that are found at once, and the seed that finds each. */
const QUICK: readonly [name: string, seed: number][] = [];

for (const [name, seed] of QUICK) {
  Deno.test(`found: ${name}`, async () => {
    const planted = PLANTED.find((one) => one.name === name);
    assert.ok(planted, "no such fault");
    assert.equal((await findFault(planted, seed, 1)).seed, seed);
  });
}

Deno.test("no two faults have one name", () => {
  assert.equal(new Set(PLANTED.map(({ name }) => name)).size, PLANTED.length);
});
