import type { Extension } from "../extension.ts";
import { matcherOf, matchesAny } from "../match/matcher.ts";
import { applyModifiers, modifierTags } from "../modifiers.ts";
import { checkTarget, setTarget } from "../variable_names.ts";

/** Variables in strings, `set` and the test `string` (RFC 5229). */
export const VARIABLES: Extension = {
  name: "variables",
  changesReading: true,
  commands: [{
    name: "set",
    tags: modifierTags("lower", "upper", "lowerfirst", "upperfirst", "quotewildcard", "length"),
    parameters: [
      { name: "a variable's name", kind: "text", constant: true },
      { name: "a value", kind: "text" },
    ],
    check: (call, checker) => checkTarget(call, 0, checker),
    run: (call, run) => setTarget(call, applyModifiers(call, run.text(call, 1)), run),
  }],
  tests: [{
    name: "string",
    matching: true,
    parameters: [{ name: "texts", kind: "texts" }, { name: "texts to compare with", kind: "texts" }],
    test(call, run) {
      const texts = run.texts(call, 0);
      // RFC 5229 §5: an empty string counts as none.
      const values = matcherOf(call).type.counts ? texts.filter((text) => text !== "") : texts;
      return matchesAny(call, values, call.parameters[1], run);
    },
  }],
};
