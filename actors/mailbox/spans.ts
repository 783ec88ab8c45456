import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import { uidIntersect, uidSubtract } from "../../src/codec/imap/uid_set.ts";
import type { Database } from "../../src/storage/database.ts";

/** Existing UIDs between two bounds, as runs. Cost: the runs, not the messages. */
export function existingUids(db: Database, fid: number, first = 1, last = 0xffffffff): UidSet {
  const out: number[] = [];
  for (const [from, to] of runsAround(db, fid, first, last)) {
    if (to >= first) out.push(Math.max(from, first), Math.min(to, last));
  }
  return out;
}

/** Whole runs from the one at or before `first` to the one at or before `last`; the first may end before `first`. */
function runsAround(db: Database, fid: number, first: number, last: number): [number, number][] {
  return db.tuples<[number, number]>(
    `SELECT first_uid, last_uid FROM span WHERE fid = ?1 AND first_uid <= ?3 AND first_uid >=
       ifnull((SELECT max(first_uid) FROM span WHERE fid = ?1 AND first_uid <= ?2), 0) ORDER BY first_uid`,
    fid,
    first,
    last,
  );
}

/** Existing UIDs of a set. */
export function existingOf(db: Database, fid: number, uids: UidSet): UidSet {
  if (!uids.length) return [];
  return uidIntersect(existingUids(db, fid, uids[0], uids[uids.length - 1]), uids);
}

/** Adds UIDs above all existing ones. */
export function appendSpan(db: Database, fid: number, first: number, last: number): void {
  const grown = db.run(
    `UPDATE span SET last_uid = ?3 WHERE fid = ?1 AND last_uid = ?2 - 1
       AND first_uid = (SELECT max(first_uid) FROM span WHERE fid = ?1)`,
    fid,
    first,
    last,
  );
  if (grown.changes) return;
  db.run("INSERT INTO span (fid, first_uid, last_uid) VALUES (?, ?, ?)", fid, first, last);
}

/** Runs that are taken out one by one; more of them are one pass over all spans between the first and the last. */
const SINGLY = 500;

/** Takes UIDs out; the set holds existing UIDs only. */
export function removeFromSpans(db: Database, fid: number, uids: UidSet): void {
  if (uids.length > 2 * SINGLY) return removeBetween(db, fid, uids);
  for (let i = 0; i < uids.length; i += 2) removeBetween(db, fid, [uids[i], uids[i + 1]]);
}

function removeBetween(db: Database, fid: number, uids: UidSet): void {
  const first = uids[0], last = uids[uids.length - 1];
  const touched = runsAround(db, fid, first, last);
  const from = touched[0][0], to = touched[touched.length - 1][0];
  db.run("DELETE FROM span WHERE fid = ? AND first_uid BETWEEN ? AND ?", fid, from, to);
  insertSpans(db, fid, uidSubtract(touched.flat(), uids));
}

/** Writes all runs of a folder anew. */
export function writeSpans(db: Database, fid: number, uids: UidSet): void {
  db.run("DELETE FROM span WHERE fid = ?", fid);
  insertSpans(db, fid, uids);
}

function insertSpans(db: Database, fid: number, uids: UidSet): void {
  for (let i = 0; i < uids.length; i += 2) {
    db.run("INSERT INTO span (fid, first_uid, last_uid) VALUES (?, ?, ?)", fid, uids[i], uids[i + 1]);
  }
}
