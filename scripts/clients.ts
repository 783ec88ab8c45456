/**
 * `deno task clients`: real mail programs, also those whose packages are large (Thunderbird, Roundcube), which are
 * installed first where apt and root are there. The last line is `N passed, N failed`.
 */
import { runSteps } from "./steps.ts";
import { installTools } from "./tools.ts";

const missing = await installTools({ large: true });
const { passed, failed } = await runSteps([
  { name: "real mail programs", args: ["deno", "test", "-A", "--no-check", "tests/interop"], tests: true },
]);
for (const tool of missing) console.log(`skipped: no ${tool}`);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
