import { Fault } from "../../src/base/fault.ts";
import type { Turn } from "../../src/actor/actor.ts";
import type { Database } from "../../src/storage/database.ts";
import type { FolderContents } from "./folder_contents.ts";
import type { FolderId } from "./contract.ts";

/** A folder's row, in memory. Handlers change it and write it back with `saveFolder`. */
export interface Folder {
  /** Short key inside the file. */
  readonly fid: number;
  readonly id: FolderId;
  name: string;
  readonly uidValidity: number;
  uidNext: number;
  highestModSeq: number;
  messages: number;
  unseen: number;
  deleted: number;
  size: number;
  /** Messages from this UID on are \Recent: no session has taken them yet. */
  recentFrom: number;
  /** What was expunged up to this modseq is no longer remembered run by run. */
  vanishedFrom: number;
  /** What changed up to this modseq is no longer remembered run by run. */
  changedFrom: number;
  specialUse: string[];
  /**
   * Modseqs in this range were left to the other server by one that is cut off; 0 and 0: none. `forkTo` is negative
   * once the other server has read what came of it.
   */
  forkFrom: number;
  forkTo: number;
  /** The first UID that was left to the other server; 0: none. */
  forkUid: number;
}

/** All folders, and the sums over them. */
export interface Catalog {
  readonly byId: Map<FolderId, Folder>;
  readonly byName: Map<string, Folder>;
}

/**
 * Caches of an activation, each read from the file when first wanted (opening a file stays cheap) and kept in step by
 * the handlers. The host drops them whenever a turn rolls back.
 */
export interface MailboxState {
  catalog: Catalog | null;
  /** Keywords by their lower-case form: the first spelling is kept. */
  keywords: Map<string, string> | null;
  /** The id that the next content gets. */
  nextContent: number | null;
  /** Rights by folder and identifier. */
  acl: Map<FolderId, Map<string, string>> | null;
  /** Contents of the folder that was searched last. */
  contents: FolderContents | null;
  /** Folders in which each reader has an own \Seen. */
  ownSeen: Set<FolderId> | null;
  /** Unread messages by folder and reader, as of a modseq. */
  unseen: Map<string, { modSeq: number; count: number }> | null;
  /** The run of changed messages that was noted last. */
  noted: { fid: number; modSeq: number; first: number; last: number } | null;
}

/** A turn of a mailbox, with its caches. */
export type MailboxTurn = Turn<MailboxState>;

/** Caches that know nothing yet. */
export function emptyState(): MailboxState {
  return {
    catalog: null,
    keywords: null,
    nextContent: null,
    acl: null,
    contents: null,
    ownSeen: null,
    unseen: null,
    noted: null,
  };
}

interface FolderRow {
  fid: number;
  id: string;
  name: string;
  uid_validity: number;
  uid_next: number;
  highest_modseq: number;
  messages: number;
  unseen: number;
  deleted: number;
  size: number;
  recent_from: number;
  vanished_from: number;
  changed_from: number;
  special_use: string;
  fork_from: number;
  fork_to: number;
  fork_uid: number;
}

/** Every folder of a file (at most `LIMITS.folders`), in no order. */
export function readFolders(db: Database): Folder[] {
  return db.all<FolderRow>("SELECT * FROM folder").map((row) => ({
    fid: row.fid,
    id: row.id,
    name: row.name,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    highestModSeq: row.highest_modseq,
    messages: row.messages,
    unseen: row.unseen,
    deleted: row.deleted,
    size: row.size,
    recentFrom: row.recent_from,
    vanishedFrom: row.vanished_from,
    changedFrom: row.changed_from,
    specialUse: row.special_use ? row.special_use.split(" ") : [],
    forkFrom: row.fork_from,
    forkTo: row.fork_to,
    forkUid: row.fork_uid,
  }));
}

/** The folders of this mailbox. */
export function catalog(turn: MailboxTurn): Catalog {
  const known = turn.state.catalog;
  if (known) return known;
  const folders = readFolders(turn.db);
  return turn.state.catalog = {
    byId: new Map(folders.map((folder) => [folder.id, folder])),
    byName: new Map(folders.map((folder) => [folder.name, folder])),
  };
}

/** The folder of an id; throws `not_found`. */
export function folderById(turn: MailboxTurn, id: FolderId): Folder {
  const folder = catalog(turn).byId.get(id);
  if (!folder) throw new Fault("not_found", "no such folder");
  return folder;
}

/** Writes a folder's counters back. */
export function saveFolder(turn: MailboxTurn, folder: Folder): void {
  turn.db.run(
    `UPDATE folder SET uid_next = ?, highest_modseq = ?, messages = ?, unseen = ?, deleted = ?, size = ?,
       recent_from = ?, vanished_from = ?, changed_from = ?, fork_from = ?, fork_to = ?, fork_uid = ? WHERE fid = ?`,
    folder.uidNext,
    folder.highestModSeq,
    folder.messages,
    folder.unseen,
    folder.deleted,
    folder.size,
    folder.recentFrom,
    folder.vanishedFrom,
    folder.changedFrom,
    folder.forkFrom,
    folder.forkTo,
    folder.forkUid,
    folder.fid,
  );
}

/** Messages of all folders: RFC 9208 MESSAGE. */
export function messageCount(turn: MailboxTurn): number {
  let messages = 0;
  for (const folder of catalog(turn).byId.values()) messages += folder.messages;
  return messages;
}

/** Bytes of all messages: RFC 9208 STORAGE. */
export function usedBytes(turn: MailboxTurn): number {
  let bytes = 0;
  for (const folder of catalog(turn).byId.values()) bytes += folder.size;
  return bytes;
}
