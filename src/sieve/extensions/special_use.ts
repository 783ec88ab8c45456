import { shown } from "../../codec/sieve/lexer.ts";
import type { Extension, ParameterDefinition } from "../extension.ts";
import { filingTag } from "../filing_tags.ts";

const ATTRIBUTE = /^\\[A-Za-z][A-Za-z0-9_-]*$/;

function attributeProblem(text: string): string | null {
  return ATTRIBUTE.test(text) ? null : `"${shown(text)}" is not a special use, as "\\\\Junk" is`;
}

const ATTRIBUTES: ParameterDefinition = { name: "special uses", kind: "texts", check: attributeProblem };

/** Folders by what they are for (RFC 8579). */
export const SPECIAL_USE: Extension = {
  name: "special-use",
  tests: [{
    name: "specialuse_exists",
    parameters: [{ name: "a folder's name", kind: "text", optional: true }, ATTRIBUTES],
    test(call, run) {
      const folder = run.optionalText(call, 0);
      if (folder !== null && !run.host.mailboxExists(folder)) return false;
      return run.texts(call, 1).every((attribute) => run.host.specialUseExists(folder, attribute));
    },
  }],
  tags: filingTag(["fileinto"], {
    name: "specialuse",
    value: { name: "a special use", kind: "text", check: attributeProblem },
    apply: (draft, value, run) => draft.specialUse = value?.kind === "text" ? run.expand(value) : null,
  }),
};
