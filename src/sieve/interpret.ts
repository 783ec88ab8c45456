import type { Call, CommandCall, TestCall } from "./call.ts";
import type { Flow } from "./extension.ts";
import { ScriptProblem } from "./problem.ts";
import type { Run } from "./run_state.ts";

/** Runs commands until one says where else to go on. */
export function runCommands(commands: readonly CommandCall[], run: Run): Flow | null {
  for (const command of commands) {
    try {
      begin(command, run);
      const flow = command.definition.run(command, run);
      if (flow) return flow;
    } catch (error) {
      throw placed(error, command, run);
    }
  }
  return null;
}

/** What a test says. */
export function runTest(test: TestCall, run: Run): boolean {
  try {
    begin(test, run);
    return test.definition.test(test, run);
  } catch (error) {
    throw placed(error, test, run);
  }
}

function begin({ guards }: Call, run: Run): void {
  run.charge(1);
  for (const guard of guards) {
    if (!run.enabled.has(guard)) throw new ScriptProblem(`the extension "${guard}" is not switched on here`);
  }
}

/** An error that knows no place gets that of the call in which it came up. */
function placed(error: unknown, call: Call, run: Run): unknown {
  if (error instanceof ScriptProblem && error.position === null) {
    error.position = call.position;
    error.script = run.scriptName;
  }
  return error;
}
