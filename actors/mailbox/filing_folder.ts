import { Fault } from "../../src/base/fault.ts";
import type { FolderChoice } from "../../src/sieve/outcome.ts";
import { createUses, makeFolder } from "./create.ts";
import type { LogChange } from "./log_change.ts";
import { folderName } from "./names.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

/** A folder by a name as a script writes it; null when there is none, or the name cannot be one. */
export function folderNamed(turn: MailboxTurn, name: string): Folder | null {
  const known = catalog(turn).byName.get(name);
  if (known) return known;
  try {
    return catalog(turn).byName.get(folderName(name)) ?? null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/**
 * The folder that a script wants a copy in: by MAILBOXID (RFC 9042 §4), by special use (RFC 8579 §4), by name; made when
 * it says so (RFC 5490 §3.2). Null when there is none: then the copy is kept in INBOX. This is the one place that says
 * where in the owner's mailbox scripts file; `copies_elsewhere.ts` is for the others.
 */
export function filingFolder(
  turn: MailboxTurn,
  choice: FolderChoice & { mailbox: string },
  changes: LogChange[],
): Folder | null {
  const found = folderByMark(turn, choice) ?? folderNamed(turn, choice.mailbox);
  if (found || !choice.create) return found;
  try {
    const uses = choice.specialUse === null ? [] : createUses(turn, [choice.specialUse]);
    return makeFolder(turn, folderName(choice.mailbox), uses, changes);
  } catch (error) {
    // A name that cannot be a folder, or one folder too many.
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** The folder that is meant whatever name the script writes; null when there is none. */
export function folderByMark(
  turn: MailboxTurn,
  { mailboxId, specialUse }: Pick<FolderChoice, "mailboxId" | "specialUse">,
): Folder | null {
  const byId = mailboxId === null ? undefined : catalog(turn).byId.get(mailboxId);
  return byId ?? (specialUse === null ? null : folderOfUse(turn, specialUse));
}

function folderOfUse(turn: MailboxTurn, use: string): Folder | null {
  for (const folder of catalog(turn).byId.values()) {
    if (folder.specialUse.some((one) => one.toLowerCase() === use.toLowerCase())) return folder;
  }
  return null;
}
