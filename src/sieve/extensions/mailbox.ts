import type { Extension } from "../extension.ts";
import { filingTag } from "../filing_tags.ts";

/** Whether folders are there, and making one that is missing (RFC 5490 §3.1, §3.2). */
export const MAILBOX: Extension = {
  name: "mailbox",
  tests: [{
    name: "mailboxexists",
    parameters: [{ name: "names of folders", kind: "texts" }],
    test: (call, run) => run.texts(call, 0).every((name) => run.host.mailboxExists(name)),
  }],
  tags: filingTag(["fileinto"], { name: "create", apply: (draft) => draft.create = true }),
};
