import { Fault } from "../../src/base/fault.ts";
import type { FolderId, Identity } from "./contract.ts";
import { SHARED_SEEN } from "./own_seen.ts";
import { demand, isOwner, rightsOf } from "./rights.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import { SERVER_ENTRIES } from "./tables.ts";

/** Rights of which one makes a folder's annotations somebody's business, with `l` (RFC 5464 §3.3). */
const ANY = "rswip";
const PRIVATE = "/private";

/** How the stored names of one guest's private entries begin: no client can write an `@` there (RFC 5464 §3.2.1). */
export function guestPrefix(as: Identity): string {
  return `${PRIVATE}@${as.id}`;
}

/** Whether a stored entry is a guest's own, which is nobody else's business. */
export function isGuests(entry: string): boolean {
  return entry.startsWith(`${PRIVATE}@`);
}

/** Whether somebody may see and set annotations of a folder. */
export function mayAnnotate(turn: MailboxTurn, folder: Folder | null, as: Identity | undefined): boolean {
  if (isOwner(turn, as)) return true;
  const rights = folder ? rightsOf(turn, folder, as) : "";
  return rights.includes("l") && [...ANY].some((right) => rights.includes(right));
}

/** Throws unless somebody may see and set annotations of a folder, or of the server with null. */
export function demandAnnotations(turn: MailboxTurn, folder: Folder | null, as: Identity | undefined): void {
  if (isOwner(turn, as)) return;
  if (!folder) throw new Fault("denied", "a mailbox's own annotations are its owner's");
  demand(turn, folder, as, "l");
  demand(turn, folder, as, ANY, true);
}

/**
 * Throws unless somebody may set an entry. Private ones are each reader's own; shared ones belong to the folder's state
 * and take `w`, and the rule of \Seen is administration.
 */
export function demandEntry(
  turn: MailboxTurn,
  folder: Folder | null,
  as: Identity | undefined,
  entry: string,
): void {
  if (isOwner(turn, as) || !folder || entry.startsWith(`${PRIVATE}/`)) return;
  demand(turn, folder, as, entry === SHARED_SEEN ? "a" : "w");
}

/** The folder's id, or that of the server's entries. */
export function placeOf(folder: Folder | null): FolderId {
  return folder?.id ?? SERVER_ENTRIES;
}

/** An entry as it is stored: guests have private entries of their own. */
export function storedEntry(turn: MailboxTurn, as: Identity | undefined, entry: string): string {
  const guest = !isOwner(turn, as) && (entry === PRIVATE || entry.startsWith(`${PRIVATE}/`));
  return guest ? guestPrefix(as!) + entry.slice(PRIVATE.length) : entry;
}

/** A stored entry as its reader names it. */
export function shownEntry(turn: MailboxTurn, as: Identity | undefined, entry: string): string {
  return isOwner(turn, as) || !isGuests(entry) ? entry : PRIVATE + entry.slice(guestPrefix(as!).length);
}
