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

/** Faults that are found at once. */
const QUICK = [
  "an answer of the home does not wait until the change is here",
  "messages that wait for their entry are dropped too early",
  "any mark counts as common",
  "a page that comes again is applied again",
  "a UID that the other side gave is given again at a heal",
  "a join does not replace the entries that it joined",
  "a heal keeps the modseqs of messages that were there before",
  "entries of the other server are applied without a note of what went",
  "no UIDs are left to the other server while it is out of sight",
  "a request that is sent to the home loses its id: done again after a cut it counts twice",
  "a join forgets what went on either side",
  "the home's word on a flag counts, be it the earlier one",
  "the home's word on a right counts, be it the earlier one",
  "a reader's own \\Seen is not joined",
  "what scripts remember is not joined",
  "whoever reads is taken for the owner",
  "rights that come from the other server count only after a restart",
  "all readers are shown the common \\Seen",
];

/** Seeds in which each must be found: which one it is changes with every change of the engine. */
const QUICK_SEEDS = 200;

for (const name of QUICK) {
  Deno.test(`found: ${name}`, async () => {
    const planted = PLANTED.find((one) => one.name === name);
    assert.ok(planted, "no such fault");
    assert.ok((await findFault(planted, 1, QUICK_SEEDS)).seed, "not found");
  });
}

Deno.test("no two faults have one name", () => {
  assert.equal(new Set(PLANTED.map(({ name }) => name)).size, PLANTED.length);
});
