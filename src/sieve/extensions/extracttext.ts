import type { CommandCall } from "../call.ts";
import type { Extension } from "../extension.ts";
import { readableText } from "../message/body_texts.ts";
import { applyModifiers, modifierTags } from "../modifiers.ts";
import { currentPart } from "../parts_in_view.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";
import { checkTarget, setTarget } from "../variable_names.ts";

/** Puts the text of the current part into a variable (RFC 5703 §7); of a part that is no text, nothing. */
export const EXTRACTTEXT: Extension = {
  name: "extracttext",
  commands: [{
    name: "extracttext",
    tags: [
      ...modifierTags("lower", "upper", "lowerfirst", "upperfirst", "quotewildcard", "length"),
      { name: "first", value: { name: "a number of characters", kind: "number" } },
    ],
    parameters: [{ name: "a variable's name", kind: "text", constant: true }],
    check(call, checker) {
      checkTarget(call, 0, checker);
      if (!checker.requires("variables")) {
        checker.error(call.position, '"extracttext" needs require "variables" at the top of the script');
      }
    },
    run: extractText,
  }],
};

function extractText(call: CommandCall, run: Run): void {
  const part = currentPart(run);
  if (part === null) throw new ScriptProblem('"extracttext" is of use only inside "foreverypart"');
  const most = Math.min(run.number(call, "first") ?? Infinity, run.limits.variableChars);
  // Four octets a character at most, and transfer encodings take no more than three for one.
  const text = part.type === "text" ? readableText(run.view.raw, part, 12 * most) : "";
  run.chargeText(text.length);
  setTarget(call, applyModifiers(call, [...text.slice(0, 2 * most)].slice(0, most).join("")), run);
}
