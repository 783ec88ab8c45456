import type { Call, CommandCall, TestCall } from "../call.ts";
import type { Checker } from "../checker.ts";
import type { CommandDefinition, Extension, ParameterDefinition } from "../extension.ts";
import { filingTag } from "../filing_tags.ts";
import { currentFlags, parseFlags, setCurrentFlags } from "../flags.ts";
import { matchesAny } from "../match/matcher.ts";
import type { Run } from "../run_state.ts";
import { checkVariableNames } from "../variable_names.ts";

const FLAGS: ParameterDefinition = { name: "a list of flags", kind: "texts" };

/** Flags and keywords of the message that is filed (RFC 5232). */
export const IMAP4FLAGS: Extension = {
  name: "imap4flags",
  commands: [
    flagCommand("setflag", (_old, given) => given),
    flagCommand("addflag", (old, given) => [...old, ...given]),
    flagCommand("removeflag", (old, given) => {
      const gone = new Set(given.map((flag) => flag.toLowerCase()));
      return old.filter((flag) => !gone.has(flag.toLowerCase()));
    }),
  ],
  tests: [{
    name: "hasflag",
    matching: true,
    parameters: [{ name: "names of variables", kind: "texts", optional: true }, FLAGS],
    check: checkVariables,
    test: hasFlag,
  }],
  tags: filingTag(["keep", "fileinto"], {
    name: "flags",
    value: FLAGS,
    apply(draft, value, run) {
      const texts = value?.kind === "texts" ? run.expandAll(value) : [];
      draft.flags = parseFlags(texts, run.limits.flags);
    },
  }),
};

function flagCommand(name: string, change: (old: string[], given: string[]) => string[]): CommandDefinition {
  return {
    name,
    parameters: [{ name: "a variable's name", kind: "text", optional: true }, FLAGS],
    check: checkVariables,
    run(call: CommandCall, run: Run) {
      const variable = run.optionalText(call, 0)?.toLowerCase() ?? null;
      const given = parseFlags(run.texts(call, 1), run.limits.flags);
      const flags = parseFlags(change(flagsOf(variable, run), given), run.limits.flags);
      if (variable === null) setCurrentFlags(run, flags);
      else run.variables.set(variable, flags.join(" "));
    },
  };
}

/** RFC 5232 §1: without variables there are none to name. */
function checkVariables(call: Call, checker: Checker): void {
  const names = call.parameters[0];
  if (names === null) return;
  if (checker.requires("variables")) checkVariableNames(names, checker);
  else checker.error(call.position, 'flags in a variable need require "variables" at the top of the script');
}

function hasFlag(call: TestCall, run: Run): boolean {
  const names = call.parameters[0] === null ? [null] : run.texts(call, 0).map((name) => name.toLowerCase());
  const values = names.flatMap((name) => flagsOf(name, run));
  // Each string may hold several flags (RFC 5232 §2).
  const keys = run.texts(call, 1);
  const words = keys.some((key) => /\s/.test(key))
    ? keys.flatMap((key) => key.split(/\s+/)).filter(Boolean)
    : null;
  return matchesAny(call, values, words ?? call.parameters[1], run);
}

function flagsOf(variable: string | null, run: Run): string[] {
  if (variable === null) return currentFlags(run) ?? [];
  return parseFlags([run.variables.get(variable)], run.limits.flags);
}
