import { formatDiagnostic } from "../../codec/sieve/diagnostic.ts";
import { shown } from "../../codec/sieve/lexer.ts";
import { LIMITS } from "../../base/limits.ts";
import type { CommandCall } from "../call.ts";
import { checkEventRules } from "../event_rules.ts";
import type { Extension, Flow } from "../extension.ts";
import { runCommands } from "../interpret.ts";
import { MessageView } from "../message/message_view.ts";
import { currentPart, setCurrentPart } from "../parts_in_view.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";
import type { Script } from "../script.ts";
import { checkVariableNames } from "../variable_names.ts";
import { Variables } from "../variables.ts";

/** Scripts inside scripts, and variables that they share (RFC 6609). */
export const INCLUDE: Extension = {
  name: "include",
  commands: [
    {
      name: "include",
      tags: [
        { name: "personal", group: "location" },
        { name: "global", group: "location" },
        { name: "once" },
        { name: "optional" },
      ],
      parameters: [{ name: "a script's name", kind: "text", constant: true, check: scriptNameProblem }],
      run: include,
    },
    { name: "return", run: (): Flow => ({ type: "return" }) },
    {
      name: "global",
      parameters: [{ name: "names of variables", kind: "texts", constant: true }],
      check(call, checker) {
        checkVariableNames(call.parameters[0], checker);
        if (!checker.requires("variables")) {
          checker.error(call.position, '"global" needs require "variables" at the top of the script');
        }
      },
      run(call, run) {
        for (const name of run.texts(call, 0)) run.variables.share(name.toLowerCase());
      },
    },
  ],
  namespace: {
    name: "global",
    read: (name, run) => run.variables.getGlobal(name),
    write: (name, value, run) => run.variables.setGlobal(name, value),
  },
};

const SEEN = Symbol("included scripts");

interface Seen {
  /** Included at least once, or being run, by location and name. */
  names: Set<string>;
  /** How many includes there were, and how deep this one is. */
  count: number;
  depth: number;
}

function include(call: CommandCall, run: Run): Flow | undefined {
  const location = call.tags.has("global") ? "global" : "personal", name = run.text(call, 0);
  const seen = run.state<Seen>(SEEN, () => ({ names: new Set(), count: 0, depth: 0 }));
  const id = `${location} ${name}`;
  if (call.tags.has("once") && seen.names.has(id)) return undefined;
  const script = find(location, name, call, run);
  if (script === null) return undefined;
  seen.names.add(id);
  if (++seen.count > run.limits.includes) {
    throw new ScriptProblem(`scripts are included more than ${run.limits.includes} times`);
  }
  if (seen.depth >= run.limits.includeDepth) {
    throw new ScriptProblem(`scripts include each other more than ${run.limits.includeDepth} levels deep`);
  }
  seen.depth++;
  const flow = inside(run, script, name);
  seen.depth--;
  // Only `stop` ends the including script too; a `break` has no loop here (RFC 6609 §3.5).
  return flow?.type === "stop" ? flow : undefined;
}

function find(location: "personal" | "global", name: string, call: CommandCall, run: Run): Script | null {
  const found = run.host.includedScript(location, name);
  if (found === null) {
    if (call.tags.has("optional")) return null;
    throw new ScriptProblem(`there is no ${location} script "${shown(name)}" to include`);
  }
  if (found.script !== null) return found.script;
  const [first] = found.errors;
  throw new ScriptProblem(
    `the included script "${shown(name)}" has errors: ${first ? formatDiagnostic(first) : ""}`,
  );
}

/** Runs a script with its own variables and extensions; inside `foreverypart` the part is all it sees. */
function inside(run: Run, script: Script, name: string): Flow | null {
  const { variables, enabled, scriptName, view } = run, part = currentPart(run);
  run.variables = new Variables(run.limits, variables.globals);
  run.enabled = new Set(script.requires);
  run.scriptName = name;
  checkEventRules(script, run);
  if (part !== null) {
    run.view = new MessageView(view.raw.subarray(part.headerStart, part.bodyEnd), null);
    setCurrentPart(run, null);
  }
  const flow = runCommands(script.commands, run);
  Object.assign(run, { variables, enabled, scriptName, view });
  setCurrentPart(run, part);
  return flow;
}

/** RFC 5804 §1.6: no control characters; and a slash could be taken for a way to elsewhere (RFC 6609 §4). */
function scriptNameProblem(name: string): string | null {
  const bad = name === "" || [...name].length > LIMITS.scriptNameChars || /[\p{Cc}\u2028\u2029/]/u.test(name);
  return bad ? `"${shown(name)}" cannot be the name of a script` : null;
}
