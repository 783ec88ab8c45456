import type { HomeChange, HomeClaim, LogEntry as Entry, LogMark } from "../../src/actor/replica.ts";
import type { JoinedRow, RowChange } from "../../src/actor/rows.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import type { FolderId } from "./contract.ts";

/** One committed change with its results: applying it is mechanical. */
export type LogEntry = Entry<LogChange>;

/** A message that came into a folder. */
export type MessageChange = Extract<LogChange, { op: "message" }>;

/** What can stand in the log: results, not commands. Bodies are named by hash and travel apart. */
export type LogChange =
  | ({ op: "folder" } & FolderHead)
  | { op: "folder-gone"; id: FolderId; name: string }
  | { op: "subscription"; name: string; on: boolean }
  | {
    op: "message";
    folder: FolderId;
    uid: number;
    modSeq: number;
    flags: number;
    keywords: string;
    internalDateMs: number;
    saveDateMs: number;
    size: number;
    hash: string;
    threadId: string;
    /** MOVE: where it came from. */
    from?: { folder: FolderId; uid: number };
    /** The mailbox had no message of this content before. */
    fresh?: true;
  }
  | { op: "flags"; folder: FolderId; uids: UidSet; modSeq: number; add: string[]; remove: string[] }
  | { op: "expunge"; folder: FolderId; uids: UidSet; modSeq: number }
  | RowChange
  | HomeChange
  | JoinChange;

/**
 * The outcome of a heal, or (with `branch` null) the whole mailbox: what both sides hold from here on. Whatever stands
 * in no list stays as it is.
 */
export interface JoinChange {
  op: "join";
  /** The other side's branch that it replaces. */
  branch: { common: LogMark; end: LogMark } | null;
  claim: HomeClaim;
  uidValidity: number;
  /** All folders; others are gone. */
  folders: JoinFolder[];
  /** Subscriptions that either side changed, or all. */
  subscriptions: { name: string; on: boolean }[];
  /** Rows of `tables.ts` that either side changed, or all. */
  rows: JoinedRow[];
}

/** A folder after a join, with the rows that either side touched. */
export interface JoinFolder extends FolderHead {
  rows: JoinRow[];
  /** UIDs that one side gave or had and that stand for nothing any more; told as vanished at `modSeq`. */
  gone: UidSet;
}

/** A message after a join: `born` when it came after the common mark. */
export type JoinRow = [
  uid: number,
  modSeq: number,
  flags: number,
  keywords: string,
  internalDateMs: number,
  saveDateMs: number,
  size: number,
  hash: string,
  threadId: string,
  born: 0 | 1,
];

/** How far one side's folders are: what a heal has to know beside the entries. */
export interface MailboxTip {
  folders: FolderHead[];
  /** The largest UIDVALIDITY ever given. */
  uidValidity: number;
}

/** A folder without its messages. */
export interface FolderHead {
  id: FolderId;
  name: string;
  uidValidity: number;
  specialUse: string[];
  uidNext: number;
  modSeq: number;
}
