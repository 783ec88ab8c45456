import type { Extension, ParameterDefinition } from "../extension.ts";
import { ScriptProblem } from "../problem.ts";

const NAMES: ParameterDefinition = { name: "the names of extensions", kind: "texts", constant: true };

/** Extensions that are used only where they are there, and errors of the script's own (RFC 5463). */
export const IHAVE: Extension = {
  name: "ihave",
  tests: [{
    name: "ihave",
    parameters: [NAMES],
    check(call, checker) {
      const names = call.parameters[0];
      if (names?.kind !== "texts" || names.constant === null) return;
      const has = names.constant.every((name) => checker.requires(name) || checker.offers(name));
      call.data = has ? names.constant.flatMap((name) => checker.implied(name)) : null;
    },
    test(call, run) {
      const names = call.data as string[] | null; // The check above put it there.
      for (const name of names ?? []) run.enabled.add(name);
      return names !== null;
    },
  }],
  commands: [{
    name: "error",
    parameters: [{ name: "a message", kind: "text" }],
    run(call, run) {
      throw new ScriptProblem(run.text(call, 0));
    },
  }],
};
