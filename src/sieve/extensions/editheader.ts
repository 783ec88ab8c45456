import { shown } from "../../codec/sieve/lexer.ts";
import { foldedField } from "../compose/field.ts";
import type { CommandCall } from "../call.ts";
import type { Extension, ParameterDefinition } from "../extension.ts";
import { isFieldName } from "../header_names.ts";
import { matchesAny } from "../match/matcher.ts";
import { decodedValue, type FieldView } from "../message/header_view.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";

/** Fields that scripts may neither add nor delete: trails of the message's way (RFC 5293 §6). */
const KEPT = new Set(["received", "auto-submitted", "return-path", "delivered-to", "x-original-to"]);

const NAME: ParameterDefinition = { name: "a header field's name", kind: "text", check: nameProblem };

/** Changes the header of the message that is filed or sent on (RFC 5293). */
export const EDITHEADER: Extension = {
  name: "editheader",
  commands: [
    {
      name: "addheader",
      tags: [{ name: "last" }],
      parameters: [NAME, { name: "a value", kind: "text" }],
      run: addHeader,
    },
    {
      name: "deleteheader",
      matching: true,
      tags: [
        { name: "index", value: { name: "the number of a field", kind: "number" } },
        { name: "last", with: "index" },
      ],
      parameters: [NAME, { name: "values of fields", kind: "texts", optional: true }],
      run: deleteHeader,
    },
  ],
};

const ADDED = Symbol("added headers");

function addHeader(call: CommandCall, run: Run): void {
  const name = run.text(call, 0), value = run.text(call, 1);
  if (KEPT.has(name.toLowerCase())) return;
  const added = run.state(ADDED, () => ({ count: 0 }));
  if (++added.count > run.limits.addedHeaders) {
    throw new ScriptProblem(`the script adds more than ${run.limits.addedHeaders} header fields`);
  }
  const folded = foldedField(name, value.replace(/\s*\r?\n\s*/g, " ").trim());
  run.message.header.add({ name, folded, source: null }, call.tags.has("last"));
}

function deleteHeader(call: CommandCall, run: Run): void {
  const name = run.text(call, 0);
  if (KEPT.has(name.toLowerCase())) return;
  const { header } = run.message;
  const fields = selected(header.fields(name), run.number(call, "index"), call.tags.has("last"));
  const patterns = call.parameters[1];
  const gone = fields.filter((field) =>
    patterns === null || matchesAny(call, [decodedValue(field)], patterns, run)
  );
  header.remove(new Set(gone));
}

function selected(fields: readonly FieldView[], index: number | null, last: boolean): readonly FieldView[] {
  if (index === null) return fields;
  const one = last ? fields[fields.length - index] : fields[index - 1];
  return one === undefined ? [] : [one];
}

function nameProblem(name: string): string | null {
  return isFieldName(name) ? null : `"${shown(name)}" cannot be the name of a header field`;
}
