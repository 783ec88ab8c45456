import { Fault } from "../../src/base/fault.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import type { Action } from "../../src/sieve/outcome.ts";
import type { NewMessage } from "./contract.ts";
import type { Filed } from "./filter/contract.ts";
import { emailId } from "./content.ts";
import { fileMessage } from "./file_message.ts";
import { filingFolder } from "./filing_folder.ts";
import { parseFlags } from "./flags.ts";
import type { LogChange } from "./log_change.ts";
import { nextModSeq } from "./log.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

/** A message and the folder that it goes to. */
export interface Copy {
  folder: Folder;
  message: NewMessage;
}

/** The copies that actions ask for, one a folder at most; the later flags hold (RFC 5228 §2.10.3). Folders are made. */
export function copiesOf(
  turn: MailboxTurn,
  actions: readonly Action[],
  given: NewMessage,
  changes: LogChange[],
  notes: string[],
): Copy[] {
  const copies = new Map<Folder, Copy>();
  for (const action of actions) {
    if (action.type !== "keep" && action.type !== "fileinto") continue;
    let folder = action.type === "keep" ? inbox(turn) : filingFolder(turn, action, changes);
    if (!folder && action.type === "fileinto") notes.push(`no folder ${action.mailbox}: kept in INBOX`);
    folder ??= inbox(turn);
    const known = copies.get(folder);
    const flags = action.flags && usableFlags(turn, action.flags, notes);
    if (known) {
      if (flags) known.message = { ...known.message, flags };
      continue;
    }
    const { message: edited } = action;
    const message = edited ? { ...given, raw: edited, summary: summarize(edited) } : given;
    copies.set(folder, { folder, message: flags ? { ...message, flags } : message });
  }
  return [...copies.values()];
}

/** A message that this server wrote, to be filed. */
export function writtenMessage(turn: MailboxTurn, raw: Uint8Array, flags: readonly string[]): NewMessage {
  return { raw, summary: summarize(raw), flags: usableFlags(turn, flags, []), internalDateMs: turn.nowMs };
}

/** Where mail is kept. */
export function inbox(turn: MailboxTurn): Folder {
  const folder = catalog(turn).byName.get("INBOX");
  if (!folder) throw new Error("a mailbox without INBOX");
  return folder;
}

/** Files copies in their order; those of one folder share a modseq. */
export function fileCopies(
  turn: MailboxTurn,
  copies: readonly Copy[],
  changes: LogChange[],
): { filed: Filed[]; emailIds: string[] } {
  const stamps = new Map<Folder, number>();
  const filed: Filed[] = [], emailIds: string[] = [];
  for (const { folder, message } of copies) {
    const modSeq = stamps.get(folder) ?? nextModSeq(turn, folder).modSeq;
    stamps.set(folder, modSeq);
    const { uid, hash, change } = fileMessage(turn, folder, modSeq, message);
    changes.push(change);
    filed.push({ folder: folder.name, uid, uidValidity: folder.uidValidity });
    emailIds.push(emailId(hash));
  }
  return { filed, emailIds };
}

/** Flags without those that are none or find no room here: mail is not refused for a flag. */
export function usableFlags(turn: MailboxTurn, flags: readonly string[], notes: string[]): string[] {
  return flags.filter((flag) => {
    try {
      parseFlags(turn, [flag], true);
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      notes.push(`flag ${flag.slice(0, 100)} is not set: ${error.message}`);
      return false;
    }
  });
}
