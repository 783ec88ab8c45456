/** `deno task ok`: formatting, lint with the import rules, types, tidiness, standards, pages, unit tests. */
import { OK_STEPS, runSteps } from "./steps.ts";

const { passed, failed } = await runSteps(OK_STEPS, true);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
