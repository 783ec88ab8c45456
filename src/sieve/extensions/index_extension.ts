import type { Extension } from "../extension.ts";

const TESTS = ["header", "address", "date"];

/** Only the field of a number is looked at, counted from the front or from the end (RFC 5260 §6). */
export const INDEX: Extension = {
  name: "index",
  tags: [
    { of: TESTS, tag: { name: "index", value: { name: "the number of a field", kind: "number" } } },
    { of: TESTS, tag: { name: "last", with: "index" } },
  ],
};
