import { playHistory } from "./history.ts";

/**
 * `deno task sim --seeds N [--first SEED] [--seed SEED --verbose]`: plays N histories of two servers under a seeded
 * scheduler and holds them against the laws of replication. The first failing seed is printed; `--seed` replays it.
 */
const flag = (name: string) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? undefined : Deno.args[at + 1];
};
const only = flag("seed");
const first = Number(only ?? flag("first") ?? 1);
const seeds = only === undefined ? Number(flag("seeds") ?? 1000) : 1;
const started = performance.now();
let heals = 0, renumbered = 0, steps = 0, failures = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const outcome = await playHistory({ seed, verbose: Deno.args.includes("--verbose") });
  heals += outcome.heals;
  renumbered += outcome.renumbered;
  steps += outcome.steps;
  if (!outcome.violations.length) continue;
  console.log(`seed ${seed} fails:\n  ${outcome.violations.join("\n  ")}`);
  if (++failures >= 5) break;
}
const seconds = (performance.now() - started) / 1000;
console.log(
  `${seeds} seeds in ${seconds.toFixed(1)} s, ${(seeds / seconds).toFixed(1)} a second; ${steps} steps, ` +
    `${heals} heals, ${renumbered} messages renumbered; ${failures} failed`,
);
Deno.exit(failures ? 1 : 0);
