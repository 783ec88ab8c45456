import type { CommandCall } from "../call.ts";
import type { CommandDefinition, Flow } from "../extension.ts";
import { runCommands, runTest } from "../interpret.ts";
import type { Run } from "../run_state.ts";

/** `require` has done its work when the script was compiled (RFC 5228 §3.2). */
export const REQUIRE: CommandDefinition = {
  name: "require",
  parameters: [{ name: "the names of extensions", kind: "texts", constant: true }],
  run: () => undefined,
};

/** `if`, with the `elsif` and `else` that follow it (RFC 5228 §3.1). */
export const IF: CommandDefinition = { name: "if", tests: "one", block: true, run: runIf };

/** Continues an `if`, which runs it. */
export const ELSIF: CommandDefinition = { ...IF, name: "elsif", follows: ["if", "elsif"] };
export const ELSE: CommandDefinition = { name: "else", block: true, follows: ["if", "elsif"], run: runIf };

/** Ends the script (RFC 5228 §3.3). */
export const STOP: CommandDefinition = { name: "stop", run: (): Flow => ({ type: "stop" }) };

function runIf(call: CommandCall, run: Run): Flow | undefined {
  for (const branch of [call, ...call.chain]) {
    const holds = branch.definition === ELSE || runTest(branch.tests[0], run);
    if (holds) return runCommands(branch.block, run) ?? undefined;
  }
  return undefined;
}
