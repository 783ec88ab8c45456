import { LIMITS } from "../../src/base/limits.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import { appendUid } from "../../src/codec/imap/uid_set.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import { type FetchRow, FLAG, type FolderId, type Identity, PUBLIC_PREFIX } from "./contract.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/**
 * \Seen of a folder is common to all who read it, or each reader has an own one. Which of the two an annotation of the
 * folder says. An own mark is a word among a message's keywords that no client can write or see: so it is logged,
 * joined and carried along as any flag is. Who has made no mark has the common \Seen, which stays as it was when own
 * marks began: nothing turns unread by the change, and marks wait when \Seen is common again.
 */
export const SHARED_SEEN = "/shared/vendor/mallard/shared-seen";

/** How the words begin; `%` stands in no keyword (RFC 9051 §9, atom-char). */
const SIGN = "%";
/** Characters of an account's id that tell it from others: 50 bits of chance. */
const ID_CHARS = 10;
/** Counts of unread messages that are kept, one a folder and reader. */
const KEPT_COUNTS = 1000;

/** The two words of one reader; a message has one of them or none. */
export interface Reader {
  seen: string;
  unseen: string;
}

/** Bits and keywords, as a row holds them or as a client is told. */
export interface RowFlags {
  bits: number;
  keywords: string;
}

/** Whether readers of a folder have a \Seen of their own. */
export function hasOwnSeen(turn: MailboxTurn, folder: FolderId): boolean {
  turn.state.ownSeen ??= new Set(
    turn.db.tuples<[string]>(
      "SELECT folder FROM annotation WHERE entry = ? AND lower(value) = 'false'",
      SHARED_SEEN,
    ).flat(),
  );
  return turn.state.ownSeen.has(folder);
}

/** Whose \Seen it is that one who acts sees and sets in a folder; null: the common one. */
export function readerOf(turn: MailboxTurn, folder: Folder, as: Identity | undefined): Reader | null {
  if (!hasOwnSeen(turn, folder.id)) return null;
  const id = as?.id ?? turn.name;
  // A public mailbox has no owner who reads.
  if (id.startsWith(PUBLIC_PREFIX)) return null;
  const tail = id.slice(-ID_CHARS).toLowerCase();
  return { seen: SIGN + tail, unseen: `${SIGN}-${tail}` };
}

/** Whether a word among keywords is somebody's mark. */
export function isMark(word: string): boolean {
  return word.startsWith(SIGN);
}

/** The marks and the keywords proper of a row. */
export function splitMarks(line: string): { marks: string[]; keywords: string[] } {
  const words = line ? line.split(" ") : [];
  if (!line.includes(SIGN)) return { marks: [], keywords: words };
  return { marks: words.filter(isMark), keywords: words.filter((word) => !isMark(word)) };
}

/** Whether a reader has seen a message of these flags. */
export function isSeen(bits: number, marks: readonly string[], reader: Reader | null): boolean {
  const common = (bits & FLAG.seen) !== 0;
  if (!reader) return common;
  return marks.includes(reader.seen) || (common && !marks.includes(reader.unseen));
}

/** The flags of a row as a reader sees them. */
export function shownFlags(bits: number, line: string, reader: Reader | null): RowFlags {
  if (!line.includes(SIGN)) return { bits, keywords: line };
  const { marks, keywords } = splitMarks(line);
  const seen = isSeen(bits, marks, reader);
  return { bits: seen ? bits | FLAG.seen : bits & ~FLAG.seen, keywords: keywords.join(" ") };
}

/** Makes a row as it is stored one as a reader sees it. */
export function showRow(row: FetchRow, reader: Reader | null): FetchRow {
  if (!row.keywords.includes(SIGN)) return row;
  const shown = shownFlags(row.flags, row.keywords, reader);
  [row.flags, row.keywords] = [shown.bits, shown.keywords];
  return row;
}

/** The marks of a message after a reader made one. */
export function withMark(marks: readonly string[], reader: Reader, seen: boolean): string[] {
  const others = marks.filter((word) => word !== reader.seen && word !== reader.unseen);
  return [...others, seen ? reader.seen : reader.unseen].sort();
}

/** Marks and keywords as one line, in the order of a row. */
export function joinMarks(marks: readonly string[], keywords: readonly string[]): string {
  return [...marks, ...keywords].sort().join(" ");
}

/** Condition that a reader has seen a message of `message m`: 0 or 1, never NULL. */
export function seenSql(reader: Reader | null): { sql: string; params: SqlValue[] } {
  if (!reader) return { sql: `m.flags & ${FLAG.seen} != 0`, params: [] };
  const words = "instr(' ' || ifnull(m.keywords, '') || ' ', ?)";
  return {
    sql: `(${words} > 0 OR (m.flags & ${FLAG.seen} != 0 AND ${words} = 0))`,
    params: [` ${reader.seen} `, ` ${reader.unseen} `],
  };
}

/** How many messages of a folder a reader has not seen. Counted again only after the folder has changed. */
export function unseenCount(turn: MailboxTurn, folder: Folder, reader: Reader | null): number {
  if (!reader) return folder.unseen;
  const kept = turn.state.unseen ??= new Map();
  const key = `${folder.id} ${reader.seen}`;
  const known = kept.get(key);
  if (known?.modSeq === folder.highestModSeq) return known.count;
  const { sql, params } = seenSql(reader);
  const [[count]] = turn.db.tuples<[number]>(
    `SELECT count(*) FROM message m WHERE m.fid = ? AND NOT ${sql}`,
    folder.fid,
    ...params,
  );
  if (kept.size >= KEPT_COUNTS) kept.clear();
  kept.set(key, { modSeq: folder.highestModSeq, count });
  return count;
}

/** The first message of a folder that a reader has not seen. */
export function firstUnseen(turn: MailboxTurn, folder: Folder, reader: Reader | null): number | null {
  if (!unseenCount(turn, folder, reader)) return null;
  const { sql, params } = seenSql(reader);
  const [from, unseen] = reader
    ? ["message m", `NOT ${sql}`]
    : ["message m INDEXED BY message_unseen", "m.unseen IS NOT NULL"];
  return turn.db.get<{ uid: number }>(
    `SELECT m.uid FROM ${from} WHERE m.fid = ? AND ${unseen} ORDER BY m.uid LIMIT 1`,
    folder.fid,
    ...params,
  )?.uid ?? null;
}

/** Those of existing messages that have room for one more mark. */
export function roomForMarks(turn: MailboxTurn, folder: Folder, uids: UidSet): UidSet {
  const found: number[] = [];
  for (let i = 0; i < uids.length; i += 2) {
    const rows = turn.db.tuples<[number]>(
      `SELECT uid FROM message WHERE fid = ? AND uid BETWEEN ? AND ? AND length(ifnull(keywords, '')) < ?
       ORDER BY uid`,
      folder.fid,
      uids[i],
      uids[i + 1],
      LIMITS.seenMarksChars,
    );
    for (const [uid] of rows) appendUid(found, uid);
  }
  return found;
}

/** Messages of a folder that somebody has marked: those that look different when the rule changes. */
export function markedUids(turn: MailboxTurn, folder: Folder): UidSet {
  const found: number[] = [];
  const rows = turn.db.tuples<[number]>(
    `SELECT uid FROM message WHERE fid = ? AND instr(ifnull(keywords, ''), '${SIGN}') > 0 ORDER BY uid`,
    folder.fid,
  );
  for (const [uid] of rows) appendUid(found, uid);
  return found;
}

/** A reader has seen a message or not, never both. */
export function checkMarks(marks: readonly string[], tell: (problem: string) => void): void {
  const seen = new Set(marks);
  for (const word of marks) {
    if (word.startsWith(`${SIGN}-`) && seen.has(SIGN + word.slice(2))) {
      tell(`marks ${word.slice(2)} both ways`);
    }
  }
}
