import type { Extension } from "../extension.ts";

const TESTS = ["header", "address", "exists"];

/**
 * `:mime` makes tests look at the headers of MIME parts, and `header` at pieces of their values (RFC 5703 §4).
 */
export const MIME: Extension = {
  name: "mime",
  tags: [
    { of: TESTS, tag: { name: "mime" } },
    { of: TESTS, tag: { name: "anychild", with: "mime" } },
    ...["type", "subtype", "contenttype"].map((name) => ({
      of: ["header"],
      tag: { name, group: "mime option", with: "mime" },
    })),
    {
      of: ["header"],
      tag: {
        name: "param",
        group: "mime option",
        with: "mime",
        value: { name: "names of parameters", kind: "texts" as const },
      },
    },
  ],
};
