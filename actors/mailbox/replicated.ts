import type { MailboxContract } from "./contract.ts";

/** SELECT is not among them: \Recent is the business of one server. */
const CHANGES: ReadonlySet<string> = new Set<keyof MailboxContract>([
  "createFolder",
  "deleteFolder",
  "renameFolder",
  "subscribe",
  "store",
  "expunge",
  "copy",
  "append",
  "deliver",
  "fileCopy",
  "setAcl",
  "deleteAcl",
  "putScript",
  "deleteScript",
  "renameScript",
  "setActiveScript",
  "setAnnotations",
  "runEvent",
  "filterMessages",
  "moveHome",
]);

/** Whether a request changes what both servers of a pair hold: it runs at the mailbox's home. */
export function mailboxChanges(name: string, request: unknown): boolean {
  return CHANGES.has(name) ||
    (name === "fetch" && (request as MailboxContract["fetch"]["request"]).markSeen === true) ||
    (name === "runScript" && (request as MailboxContract["runScript"]["request"]).apply);
}
