import type { Call, CommandCall, TestCall } from "./call.ts";
import type { Flow } from "./extension.ts";
import { ScriptProblem } from "./problem.ts";
import type { Run } from "./run_state.ts";

/** Runs commands until one says where else to go on. */
export function runCommands(commands: readonly CommandCall[], run: Run): Flow | null {
  for (const command of commands) {
    const flow = at(command, run, () => command.definition.run(command, run) ?? null);
    if (flow !== null) return flow;
  }
  return null;
}

/** What a test says. */
export function runTest(test: TestCall, run: Run): boolean {
  return at(test, run, () => test.definition.test(test, run));
}

/** Runs one call; an error inside that knows no place gets this one. */
function at<T>(call: Call, run: Run, action: () => T): T {
  try {
    run.charge(1);
    for (const guard of call.guards) {
      if (!run.enabled.has(guard)) {
        throw new ScriptProblem(`the extension "${guard}" is not switched on here`);
      }
    }
    return action();
  } catch (error) {
    if (error instanceof ScriptProblem && error.position === null) {
      error.position = call.position;
      error.script = run.scriptName;
    }
    throw error;
  }
}
