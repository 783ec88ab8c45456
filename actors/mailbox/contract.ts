import type { FetchColumns, FetchItems } from "./rows/contract.ts";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import type { SortColumn, SortCriterion } from "../../src/codec/imap/sort.ts";
import type { PackedThreads } from "../../src/codec/imap/thread.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import type { SectionResult } from "../../src/codec/message/section.ts";
import type { MessageSummary } from "../../src/codec/message/summary.ts";
import type { Acting } from "./acting.ts";
import type { DeliveryFilter, Filed, FilterContract, FilterReport, ImapEvent } from "./filter/contract.ts";
import type { MailboxReplicaContract } from "./replica/contract.ts";
import type { SharingContract } from "./sharing/contract.ts";

export * from "./acting.ts";
export type * from "./events.ts";
export type { ScriptInfo, ScriptLimits } from "./filter/contract.ts";

/** A folder's stable id (RFC 8474 MAILBOXID); survives RENAME. */
export type FolderId = string;

/** System flags as bits of `FetchRow.flags`. */
export const FLAG = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const;

/** What an account may hold; resolved user > domain > global by the directory, carried by each session. */
export interface StorageLimits {
  /** Bytes of all messages; null is no limit. */
  quotaBytes: number | null;
  messageBytes: number;
  /** Messages of all folders (RFC 9208 §5.2): the server's bound unless given. */
  quotaMessages?: number;
}

/** A folder as LIST tells it. */
export interface FolderInfo {
  id: FolderId;
  /** Full name, UTF-8 (NFC), levels separated by `/`; the inbox is `INBOX`. */
  name: string;
  uidValidity: number;
  /** `\Drafts`, `\Sent` … (RFC 6154). */
  specialUse: string[];
  subscribed: boolean;
  /** What the one who acts may do here; left out for the owner. */
  rights?: string;
}

/** All that STATUS and SELECT tell of a folder. */
export interface FolderStatus extends FolderInfo {
  uidNext: number;
  highestModSeq: number;
  messages: number;
  unseen: number;
  deleted: number;
  recent: number;
  /** Sum of the messages' sizes, RFC 8438. */
  size: number;
}

/** One message as rows travel: `keywords` is one string, sorted, separated by spaces. */
export interface FetchRow {
  uid: number;
  modSeq: number;
  flags: number;
  keywords: string;
  internalDateMs: number;
  size: number;
  envelope?: string;
  bodyStructure?: string;
  /** JSON of `MimePart`, for BODY. */
  parts?: string;
  emailId?: string;
  threadId?: string;
  saveDateMs?: number;
  preview?: string;
  /** One answer for each asked section; null when the part does not exist, a number for `binary-size`. */
  sections?: SectionResult[];
}

/** Messages that a STORE left with the same flags and modseq. */
export interface StoredRun {
  uids: UidSet;
  flags: number;
  keywords: string;
  modSeq: number;
}

/** One message on its way in by APPEND or delivery. Body bytes are the whole message. */
export interface NewMessage {
  raw: Uint8Array;
  summary: MessageSummary;
  /** System flags (`\Seen`) and keywords, as given. */
  flags: string[];
  internalDateMs: number;
}

/** How a folder stood before and after a change, so that a session knows whether it missed anything between. */
export interface Stamp {
  folder: FolderId;
  previousModSeq: number;
  modSeq: number;
}

/** Everything that happened in a folder after a modSeq: what a session needs to catch up, and QRESYNC's answer. */
export interface FolderChanges {
  highestModSeq: number;
  uidNext: number;
  /** UIDs that appeared and still exist. */
  added: UidSet;
  /** UIDs that are gone (only those that existed at `since`, when that is known; repeats are harmless). */
  vanished: UidSet;
  /** Rows whose flags changed (added ones included), ascending. */
  changed: FetchRow[];
  recent: number;
  /** The folder itself is gone: close it. */
  gone: boolean;
}

/**
 * Everything a mailbox answers. Names are IMAP's; `folder` is an id, `name` a full folder name. Watch topics:
 * `folder:<id>` with `FolderEvent`; `messages` (of every folder) with `MessagesEvent`; `folders` (the list, subscriptions)
 * with `FolderListEvent`; `scripts` (they, or which is active) with `{}`; `annotations` with `AnnotationEvent`.
 */
export type MailboxContract = {
  listFolders: { request: Acting; reply: { folders: FolderInfo[]; subscriptions: string[] } };
  createFolder: { request: Acting & { name: string; specialUse?: string[] }; reply: { folder: FolderInfo } };
  deleteFolder: { request: Acting & { name: string }; reply: { folder: FolderId } };
  renameFolder: { request: Acting & { from: string; to: string }; reply: { folder: FolderInfo } };
  /** Subscriptions are names; RFC 9051 §6.3.7 lets them outlive the folder. */
  subscribe: { request: { name: string; on: boolean }; reply: Record<string, never> };
  status: { request: Acting & { name: string }; reply: FolderStatus };
  /** Many at once, for LIST-STATUS; missing names are left out. */
  statuses: { request: Acting & { names: string[] }; reply: { folders: FolderStatus[] } };

  /** Opens a folder for a session. `claimRecent` (SELECT, not EXAMINE) takes the \Recent messages. */
  select: {
    /** `withoutUids`: for who has the folder open, and wants to know the rest anew. */
    request: Acting & { name: string; claimRecent: boolean; withoutUids?: true };
    reply: {
      status: FolderStatus;
      /** All UIDs, as runs. */
      uids: UidSet;
      /** \Recent messages (a suffix of the UIDs): taken by this session with `claimRecent`, otherwise only shown. */
      recent: UidSet;
      firstUnseenUid: number | null;
      /** Keywords in use in the mailbox, for FLAGS and PERMANENTFLAGS. */
      keywords: string[];
      rights: string;
      /**
       * For a server of a pair: modseqs after the first and up to the second number, and those above the folder's
       * highest, were given by the other server while this one could not see it. Null on a server alone.
       */
      foreign: [number, number] | null;
    };
  };
  /** What changed after `since`. */
  changes: { request: Acting & { folder: FolderId; since: number }; reply: FolderChanges };
  /** UIDs of `known` that are gone; exact, for QRESYNC and VANISHED (RFC 7162 §3.2). */
  vanished: { request: Acting & { folder: FolderId; known: UidSet; since: number }; reply: { uids: UidSet } };

  /**
   * One page of rows, ascending; ask again from `next`. At least one row a page. `markSeen` sets \Seen in the same turn.
   * Fault `limit`: the sections of one message come to more than a page between processes can hold.
   */
  fetch: {
    request: Acting & {
      folder: FolderId;
      uids: UidSet;
      items: FetchItems;
      markSeen?: boolean;
      changedSince?: number;
      limitRows?: number;
      limitBytes?: number;
      /** Octets of sections that the asker has room for: a message with more comes in no page, but `needs` tells of it. */
      roomBytes?: number;
      /** Answer with `columns` and empty `rows`. */
      byColumn?: boolean;
    };
    reply: {
      rows: FetchRow[];
      columns?: FetchColumns;
      next: number | null;
      /** Nothing but this: octets of the message at `next`, for which there was no room. */
      needs?: number;
      stamp: Stamp | null;
      events?: ImapEvent[];
    };
  };
  /** One page of a search, on from UID `next`; `highestModSeq` counts where the key asks for mod-sequences. */
  search: {
    request: Acting & { folder: FolderId; key: SearchKey; from?: number };
    reply: { uids: UidSet; next: number | null; highestModSeq: number };
  };
  /** A search in order (RFC 5256). Several pages come by UID with the values of the keys, to be put in order together. */
  sort: {
    request: Acting & { folder: FolderId; key: SearchKey; by: SortCriterion[]; from?: number };
    reply: { uids: Uint32Array; columns: SortColumn[]; next: number | null; highestModSeq: number };
  };
  /** One page of what THREAD works on. Without `references` neither ids nor references come. */
  threadRows: {
    request: Acting & { folder: FolderId; key: SearchKey; references: boolean; from?: number };
    reply: PackedThreads & { next: number | null; highestModSeq: number };
  };
  store: {
    request: Acting & {
      folder: FolderId;
      uids: UidSet;
      mode: "add" | "remove" | "replace";
      flags: string[];
      unchangedSince?: number;
      /** Leave `rows` empty. */
      silent?: boolean;
      /** Without `unchangedSince`: answer `runs` in place of `rows`, which travel and are made in no time. */
      byRun?: boolean;
    };
    /** `failed`: UIDs that `unchangedSince` protected (RFC 7162 MODIFIED). */
    reply: {
      rows: FetchRow[];
      runs?: StoredRun[];
      changed: UidSet;
      failed: UidSet;
      stamp: Stamp;
      events?: ImapEvent[];
    };
  };
  /** Removes messages with \Deleted, all or those of `uids`; with `moved` just `uids`, which were copied elsewhere. */
  expunge: {
    request: Acting & { folder: FolderId; uids?: UidSet; moved?: boolean };
    reply: { expunged: UidSet; stamp: Stamp };
  };
  /** COPY and MOVE: all or nothing. `uids` that are gone are skipped. Source and destination correspond in order. */
  copy: {
    request: Acting & { folder: FolderId; uids: UidSet; to: string; limits: StorageLimits; move: boolean };
    reply: {
      uidValidity: number;
      source: UidSet;
      destination: UidSet;
      /** The destination folder. */
      target: Stamp;
      /** The source folder; null for COPY. */
      origin: Stamp | null;
      events?: ImapEvent[];
    };
  };
  append: {
    request: Acting & {
      name: string;
      messages: NewMessage[];
      limits: StorageLimits;
      /** Goes in the same turn (RFC 8508 §3.4); `conflict` when it is gone already. */
      replaces?: { folder: FolderId; uid: number };
    };
    /** `replaced`: the folder that the replaced message left. */
    reply: {
      uidValidity: number;
      uids: UidSet;
      stamp: Stamp;
      replaced: Stamp | null;
      events?: ImapEvent[];
    };
  };

  /**
   * Final delivery. Idempotent under the request id. The folder is made when missing, but in a public mailbox. With
   * `filter` the scripts decide where the message goes, all in this turn; what leaves goes through the outbox. Fault
   * `rejected`: they refuse it; `conflict`: they name a folder of another mailbox, and the filter does not say which
   * `places` there are (nothing is done then). With `as` it is mail to the folder's address (RFC 4314 §4, `p`): `denied` and
   * `not_found` as for any request of others.
   */
  deliver: {
    request: Acting & { message: NewMessage; folder: string; limits: StorageLimits; filter?: DeliveryFilter };
    /** The first copy; `also` names the others. With an empty `folder` nothing was filed. */
    reply: Filed & { emailId: string; also?: Filed[]; filtered?: FilterReport };
  };

  /** RFC 9208 figures of the whole mailbox. */
  usage: { request: Record<string, never>; reply: { bytes: number; messages: number; folders: number } };
  /** POP3's view of INBOX: UIDLs never change for a message, on either server. */
  popList: {
    request: { folder?: string };
    reply: { folder: FolderId; messages: { uid: number; size: number; uidl: string }[] };
  };

  /**
   * Annotations (RFC 5464) of folders by name, the empty one being the server; names that are no folder are left out.
   * Entries are in lower case. An entry that is not there has null, unless `depth` (levels below, `Infinity` for all) is
   * asked for. Values of more than `maxBytes` are left out; `longest` is the length of the longest of them, or 0.
   * A folder that is not to be asked is refused, or left out with `among`. Private entries are the asker's own.
   */
  getAnnotations: {
    request: Acting & {
      names: string[];
      entries: string[];
      depth?: number;
      maxBytes?: number;
      among?: boolean;
    };
    reply: {
      folders: { name: string; values: { entry: string; value: string | null }[] }[];
      longest: number;
    };
  };
  /** All or none. Faults: `too_big` for a value, `limit` for their number, `over_quota` for all together. */
  setAnnotations: {
    request: Acting & { name: string; values: { entry: string; value: string | null }[] };
    reply: Record<string, never>;
  };

  /** Invariants of the file: one line for each broken one. */
  check: { request: Record<string, never>; reply: { problems: string[] } };
  /** Text of newly arrived messages goes into the word index; bounded per turn. `more` asks to come again. */
  index: { request: Record<string, never>; reply: { more: boolean } };
} & OtherParts;

/** What is written down elsewhere: Sieve, rights, and what the other server of a pair asks. */
type OtherParts = FilterContract & SharingContract & MailboxReplicaContract;
