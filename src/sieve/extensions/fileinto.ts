import { utf8 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { draftOf } from "../draft.ts";
import type { Extension } from "../extension.ts";
import { draftFiling } from "../filing.ts";

/** Filing into a folder by its name (RFC 5228 §4.1). */
export const FILEINTO: Extension = {
  name: "fileinto",
  commands: [{
    name: "fileinto",
    parameters: [{ name: "a folder's name", kind: "text", check: folderProblem }],
    run(call, run) {
      const draft = draftOf(call, run);
      const { create, specialUse, mailboxId } = draft;
      const choice = { create, specialUse, mailboxId };
      run.results.take({
        type: "fileinto",
        mailbox: run.text(call, 0),
        ...choice,
        ...draftFiling(draft, run),
      });
      if (!draft.copy) run.results.implicitKeep = false;
    },
  }],
};

/** What is wrong with a folder's name; whether there is such a folder is for delivery to see. */
export function folderProblem(name: string): string | null {
  if (name.trim() === "") return "a folder's name must not be empty";
  if (/[\x00-\x1f\x7f]/.test(name)) return "a folder's name must not hold control characters";
  return utf8(name).length > LIMITS.folderNameBytes ? "this folder's name is too long" : null;
}
