import type { Extension } from "../extension.ts";
import { filingTag } from "../filing_tags.ts";

/** Folders by their MAILBOXID, which outlives a change of name (RFC 9042). */
export const MAILBOXID: Extension = {
  name: "mailboxid",
  tests: [{
    name: "mailboxidexists",
    parameters: [{ name: "ids of folders", kind: "texts" }],
    test: (call, run) => run.texts(call, 0).every((id) => run.host.mailboxIdExists(id)),
  }],
  tags: filingTag(["fileinto"], {
    name: "mailboxid",
    value: { name: "a folder's id", kind: "text" },
    apply: (draft, value, run) => draft.mailboxId = value?.kind === "text" ? run.expand(value) : null,
  }),
};
