/**
 * `deno task test`: installs what the tests need, then runs everything: the checks of `deno task ok`, scenarios over
 * real sockets, real mail programs, and short forms of the slow suites. The last line is `N passed, N failed`.
 */
import { OK_STEPS, runSteps, type Step } from "./steps.ts";
import { installTools } from "./tools.ts";

const tests = (name: string, ...args: string[]): Step => ({
  name,
  args: ["deno", "test", "-A", "--no-check", ...args],
  tests: true,
});

const SLOW_STEPS: readonly Step[] = [
  tests("scenarios", "tests/scenario"),
  tests("two servers", "tests/replication"),
  tests("isolation of places", "tests/isolation"),
  tests("bad days: full disk, slow and many clients", "tests/robustness"),
  tests("fuzzing, short", "tests/fuzz"),
  tests("two servers in simulation, short", "tests/simulation"),
  {
    name: "kill -9 under load, three rounds",
    args: ["deno", "run", "-A", "tests/crash/crash.ts", "--rounds", "3"],
  },
  {
    name: "kill -9 of one of two servers under load, two rounds",
    args: ["deno", "run", "-A", "tests/replication/crash.ts", "--rounds", "2"],
  },
  {
    name: "the same when both servers acknowledge, and each loses its data",
    args: ["deno", "run", "-A", "tests/replication/crash.ts", "--rounds", "2", "--acknowledge", "both"],
  },
  tests("real mail programs", "tests/interop"),
];

const missing = await installTools({ large: false });
const { passed, failed, ignored } = await runSteps([...OK_STEPS, ...SLOW_STEPS]);
for (const tool of missing) console.log(`skipped: no ${tool}`);
if (ignored > 0) console.log(`skipped: ${ignored} tests`);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
