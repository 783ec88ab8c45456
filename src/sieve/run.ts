import { checkEventRules } from "./event_rules.ts";
import type { RunInput } from "./input.ts";
import { runCommands } from "./interpret.ts";
import { draftKeep } from "./filing.ts";
import type { KeepAction, Outcome } from "./outcome.ts";
import { ScriptProblem } from "./problem.ts";
import { Run } from "./run_state.ts";
import type { Script } from "./script.ts";
import { Variables } from "./variables.ts";

/** Of an error's sentence. */
const MOST_MESSAGE_CHARS = 1000;

/** Runs a script over one message. Never throws for anything that a script or a message can do. */
export function run(script: Script, input: RunInput): Outcome {
  return runAll([script], input);
}

/**
 * Runs several scripts one after the other: the administrator's before, the user's own, the administrator's after.
 * The next one runs as long as the message would be kept (by `keep` or implicitly); its keep takes the place of the
 * former one. An error in one of them ends with the implicit keep.
 */
export function runAll(scripts: readonly Script[], input: RunInput): Outcome {
  if (scripts.length === 0) throw new RangeError("no script to run");
  const state = new Run(scripts[0], input);
  try {
    scripts.forEach((script, index) => {
      if (index > 0 && !goesOn(state, script)) return;
      checkEventRules(script, state);
      runCommands(script.commands, state);
    });
    state.results.finish(() => implicitKeep(state));
  } catch (error) {
    if (!(error instanceof ScriptProblem)) throw error;
    return broken(error, state);
  }
  const { results: { actions }, marks, notes, steps } = state;
  return { actions, marks, notes, steps, error: null };
}

/** Whether the message would be kept so far: then the next script decides, with variables of its own. */
function goesOn(state: Run, script: Script): boolean {
  const { results } = state;
  const kept = results.actions.findIndex((action) => action.type === "keep");
  if (!results.implicitKeep && kept < 0) return false;
  if (kept >= 0) results.actions.splice(kept, 1);
  results.implicitKeep = true;
  state.round++;
  state.variables = new Variables(state.limits);
  state.enabled = new Set(script.requires);
  return true;
}

/** The keep that nobody asked for, with the flags and edits that the script left (RFC 5232 §4, RFC 5293 §7). */
function implicitKeep(state: Run): KeepAction {
  return { type: "keep", implicit: true, ...draftKeep(null, state) };
}

/** RFC 5228 §2.10.6: an error leaves the message as it came, in INBOX. */
function broken(problem: ScriptProblem, state: Run): Outcome {
  const { line, column } = problem.position ?? { line: 1, column: 1 };
  return {
    actions: [{ type: "keep", implicit: true, flags: null, message: null }],
    marks: [],
    notes: state.notes,
    steps: state.steps,
    error: { script: problem.script, line, column, message: oneLine(problem.message) },
  };
}

/** Scripts put what they like into `error`; logs and notes want a line. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MOST_MESSAGE_CHARS);
}
