/**
 * `deno task test`: installs what the tests need, then runs everything: the checks of `deno task ok`, scenarios over
 * real sockets, real mail programs, and short forms of the slow suites. The last line is `N passed, N failed`.
 */
import { OK_STEPS, runSteps, type Step } from "./steps.ts";
import { installTools } from "./tools.ts";

const SLOW_STEPS: readonly Step[] = [
  {
    name: "scenarios",
    args: ["deno", "test", "-A", "--no-check", "tests/scenario"],
    tests: true,
  },
  {
    name: "real mail programs",
    args: ["deno", "test", "-A", "--no-check", "tests/interop"],
    tests: true,
  },
];

const missing = await installTools();
const { passed, failed, ignored } = await runSteps([...OK_STEPS, ...SLOW_STEPS]);
for (const tool of missing) console.log(`skipped: no ${tool}`);
if (ignored > 0) console.log(`skipped: ${ignored} tests`);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
