import type { TestDefinition } from "../extension.ts";
import { headersInView } from "../fields.ts";
import { checkFieldNames } from "../header_names.ts";

/** All of the header fields are there (RFC 5228 §5.5). */
export const EXISTS: TestDefinition = {
  name: "exists",
  parameters: [{ name: "names of header fields", kind: "texts" }],
  check: checkFieldNames,
  test(call, run) {
    const headers = headersInView(call, run);
    return run.texts(call, 0).every((name) => headers.some((header) => header.fields(name).length > 0));
  },
};
