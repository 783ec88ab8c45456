import { playHistory } from "./history.ts";
import type { Planted } from "./plant.ts";

/** Which histories are to be played. */
export interface Wanted {
  first: number;
  /** How many. */
  seeds: number;
  /** From one to the next. */
  step: number;
  verbose?: boolean;
  planted?: Planted;
}

/** What they came to. */
export interface Tally {
  seeds: number;
  steps: number;
  heals: number;
  renumbered: number;
  failed: number;
  firstFailing: number | null;
}

/** Plays histories; `failed` hears of each that breaks a law, and says whether to go on. */
export async function playSeeds(
  wanted: Wanted,
  failed: (seed: number, violations: readonly string[]) => boolean,
): Promise<Tally> {
  const tally: Tally = { seeds: 0, steps: 0, heals: 0, renumbered: 0, failed: 0, firstFailing: null };
  const { first, step, verbose, planted } = wanted;
  for (let seed = first; tally.seeds < wanted.seeds; seed += step) {
    const outcome = await playHistory({ seed, verbose, planted });
    tally.seeds++;
    tally.steps += outcome.steps;
    tally.heals += outcome.heals;
    tally.renumbered += outcome.renumbered;
    if (!outcome.violations.length) continue;
    tally.failed++;
    tally.firstFailing ??= seed;
    if (!failed(seed, outcome.violations)) break;
  }
  return tally;
}

/** When a planted fault was found. */
export interface Found {
  name: string;
  /** The first seed that finds it; null: none did. */
  seed: number | null;
  seconds: number;
  violation: string;
}

/** Looks for a planted fault, from one seed on. */
export async function findFault(planted: Planted, first: number, seeds: number): Promise<Found> {
  const started = performance.now();
  let violation = "";
  const { firstFailing } = await playSeeds({ first, seeds, step: 1, planted }, (_, violations) => {
    violation = violations[0].split("\n")[0];
    return false;
  });
  const seconds = (performance.now() - started) / 1000;
  return { name: planted.name, seed: firstFailing, seconds, violation };
}
