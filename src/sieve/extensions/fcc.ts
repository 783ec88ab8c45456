import type { ActionDraft } from "../draft.ts";
import type { Extension } from "../extension.ts";
import type { FileCopy } from "../outcome.ts";
import { folderProblem } from "./fileinto.ts";

/** Files a copy of what is sent (RFC 8580). */
export const FCC: Extension = {
  name: "fcc",
  tags: [{
    of: ["vacation", "notify"],
    tag: {
      name: "fcc",
      value: { name: "a folder's name", kind: "text", check: folderProblem },
      apply: (draft, value, run) => draft.fcc = value?.kind === "text" ? run.expand(value) : null,
    },
  }],
};

/** Where the copy goes that a call's tags ask for; null when they ask for none. */
export function fileCopy({ fcc, flags, create, specialUse, mailboxId }: ActionDraft): FileCopy | null {
  return fcc === null ? null : { mailbox: fcc, flags, create, specialUse, mailboxId };
}
