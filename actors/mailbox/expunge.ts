import { appendUid, uidCount, uidHas, type UidSet } from "../../src/codec/imap/uid_set.ts";
import { lastChanged } from "./changed_runs.ts";
import { FLAG, type MailboxContract } from "./contract.ts";
import { releaseContents } from "./content_refs.ts";
import { commitChanges, nextModSeq, unchanged } from "./log.ts";
import { folderFor } from "./rights.ts";
import { existingOf, removeFromSpans } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";

type Expunge = MailboxContract["expunge"];

/** Runs of expunged UIDs that one folder remembers; older ones are told as "all that is missing" (RFC 7162 §3.2.7). */
const REMEMBERED_RUNS = 10_000;

/** Messages of a UID EXPUNGE that are looked at one by one. */
const SMALL_SET = 5_000;
/** How many of the messages that changed last EXPUNGE looks at, one after the other, until it has found all. */
const LOOKS = [100, 5_000, Infinity];

/**
 * Removes messages with \Deleted: all (EXPUNGE, CLOSE), or those of a set (UID EXPUNGE, RFC 4315 §2.1). The end of a
 * MOVE to another mailbox (RFC 6851) takes just its messages, for which it needs the right to mark them deleted, too.
 */
export function expunge(request: Expunge["request"], turn: MailboxTurn): Expunge["reply"] {
  const folder = folderFor(turn, request.folder, request.as, request.moved ? "rte" : "re");
  const gone: number[] = [];
  const contents = new Map<number, number>();
  for (
    const [uid, content] of request.moved
      ? movedRows(turn, folder, request)
      : deletedRows(turn, folder, request)
  ) {
    appendUid(gone, uid);
    contents.set(content, (contents.get(content) ?? 0) + 1);
  }
  if (!gone.length) return { expunged: [], stamp: unchanged(folder) };
  const stamp = nextModSeq(turn, folder);
  removeMessages(turn, folder, gone, stamp.modSeq);
  releaseContents(turn, contents);
  commitChanges(turn, [{ op: "expunge", folder: folder.id, uids: gone, modSeq: stamp.modSeq }], [folder]);
  return { expunged: gone, stamp };
}

type Row = [uid: number, content: number];

function movedRows(turn: MailboxTurn, folder: Folder, { uids }: Expunge["request"]): Row[] {
  return rowsOf(turn, folder, existingOf(turn.db, folder.fid, uids ?? []), false);
}

/**
 * Messages with \Deleted, by UID. Those of a small set are looked at one by one. Else they mostly got the flag a moment
 * ago, and are among what changed last: the whole folder is gone through only when some do not.
 */
function deletedRows(turn: MailboxTurn, folder: Folder, { uids }: Expunge["request"]): Row[] {
  if (!folder.deleted) return [];
  if (uids && uidCount(uids) <= SMALL_SET) {
    return rowsOf(turn, folder, existingOf(turn.db, folder.fid, uids), true);
  }
  let rows: Row[] = [];
  for (const messages of LOOKS) {
    if (rows.length === folder.deleted || folder.deleted > messages) continue;
    rows = rowsOf(
      turn,
      folder,
      messages === Infinity ? [1, 0xffffffff] : lastChanged(turn, folder, messages),
      true,
    );
  }
  return uids ? rows.filter(([uid]) => uidHas(uids, uid)) : rows;
}

function rowsOf(turn: MailboxTurn, folder: Folder, uids: UidSet, deletedOnly: boolean): Row[] {
  const rows: Row[][] = [];
  for (let i = 0; i < uids.length; i += 2) {
    rows.push(turn.db.tuples<Row>(
      `SELECT uid, content_id FROM message WHERE fid = ? AND uid BETWEEN ? AND ? AND flags & ? = ? ORDER BY uid`,
      folder.fid,
      uids[i],
      uids[i + 1],
      deletedOnly ? FLAG.deleted : 0,
      deletedOnly ? FLAG.deleted : 0,
    ));
  }
  return rows.flat();
}

/**
 * Takes existing messages out of a folder: rows, runs and counters, with a note for QRESYNC. Their contents are the
 * caller's to release (or not, when they move).
 */
export function removeMessages(turn: MailboxTurn, folder: Folder, uids: UidSet, modSeq: number): void {
  const { db } = turn;
  for (let i = 0; i < uids.length; i += 2) {
    const run = [folder.fid, uids[i], uids[i + 1]] as const;
    subtractFromCounters(folder, countersOf(turn, ...run));
    db.run("DELETE FROM message WHERE fid = ? AND uid BETWEEN ? AND ?", ...run);
  }
  noteExpunged(turn, folder, uids, modSeq);
  removeFromSpans(db, folder.fid, uids);
}

/** Remembers for QRESYNC that UIDs went. */
export function noteExpunged(turn: MailboxTurn, folder: Folder, uids: UidSet, modSeq: number): void {
  for (let i = 0; i < uids.length; i += 2) {
    turn.db.run(
      "INSERT OR REPLACE INTO expunged (fid, modseq, first_uid, last_uid) VALUES (?, ?, ?, ?)",
      folder.fid,
      modSeq,
      uids[i],
      uids[i + 1],
    );
  }
  if (uids.length) forgetOldRuns(turn, folder);
}

/** Sums over a run of messages, as a folder counts them. */
export interface Counters {
  messages: number;
  unseen: number;
  deleted: number;
  size: number;
}

/** The counters' share of a run of UIDs. */
export function countersOf(turn: MailboxTurn, fid: number, first: number, last: number): Counters {
  const [[messages, unseen, deleted, size]] = turn.db.tuples<[number, number, number, number]>(
    `SELECT count(*), ifnull(sum(flags & ${FLAG.seen} = 0), 0), ifnull(sum(flags & ${FLAG.deleted} != 0), 0),
       ifnull(sum(size), 0) FROM message WHERE fid = ? AND uid BETWEEN ? AND ?`,
    fid,
    first,
    last,
  );
  return { messages, unseen, deleted, size };
}

function subtractFromCounters(folder: Folder, counters: Counters): void {
  folder.messages -= counters.messages;
  folder.unseen -= counters.unseen;
  folder.deleted -= counters.deleted;
  folder.size -= counters.size;
}

/** Keeps the memory of expunged UIDs bounded: beyond the bound the older half is forgotten, and from when is noted. */
function forgetOldRuns(turn: MailboxTurn, folder: Folder): void {
  const { db } = turn;
  const { n } = db.get<{ n: number }>("SELECT count(*) AS n FROM expunged WHERE fid = ?", folder.fid)!;
  if (n <= REMEMBERED_RUNS) return;
  const cut = db.get<{ modseq: number }>(
    "SELECT modseq FROM expunged WHERE fid = ? ORDER BY modseq LIMIT 1 OFFSET ?",
    folder.fid,
    Math.floor(n / 2),
  )!.modseq;
  db.run("DELETE FROM expunged WHERE fid = ? AND modseq <= ?", folder.fid, cut);
  folder.vanishedFrom = cut;
}
