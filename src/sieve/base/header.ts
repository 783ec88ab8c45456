import type { TestDefinition } from "../extension.ts";
import { fieldsInView } from "../fields.ts";
import { checkFieldNames } from "../header_names.ts";
import { matchesAny } from "../match/matcher.ts";
import { decodedValue } from "../message/header_view.ts";
import { mimeValue } from "../mime_value.ts";

/** The value of a header field matches (RFC 5228 §5.7). */
export const HEADER: TestDefinition = {
  name: "header",
  matching: true,
  parameters: [{ name: "names of header fields", kind: "texts" }, {
    name: "texts to compare with",
    kind: "texts",
  }],
  check: checkFieldNames,
  test(call, run) {
    const valueOf = mimeValue(call, run), values: string[] = [];
    for (const field of fieldsInView(call, run, run.texts(call, 0))) {
      if (valueOf === null) values.push(decodedValue(field));
      else values.push(...valueOf(field));
    }
    return matchesAny(call, values, call.parameters[1], run);
  },
};
