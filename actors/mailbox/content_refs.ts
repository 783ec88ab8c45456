import { type UidSet, uidSet } from "../../src/codec/imap/uid_set.ts";
import type { MailboxTurn } from "./state.ts";

/** Rows of `body` that one content can have; its rows' ids are `content id * BODY_ROWS + n`. */
export const BODY_ROWS = 4096;

/** How often each content is used by the messages of a set of UIDs. */
export function countContents(turn: MailboxTurn, fid: number, uids: UidSet): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < uids.length; i += 2) {
    const rows = turn.db.tuples<[number]>(
      "SELECT content_id FROM message WHERE fid = ? AND uid BETWEEN ? AND ?",
      fid,
      uids[i],
      uids[i + 1],
    );
    for (const [id] of rows) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Notes one more use of a content that is there. */
export function shareContent(turn: MailboxTurn, id: number): void {
  turn.db.run(
    "INSERT INTO shared (content_id, extra) VALUES (?, 1) ON CONFLICT (content_id) DO UPDATE SET extra = extra + 1",
    id,
  );
}

/** Notes one more use of each content by the messages of a run of UIDs. */
export function shareContents(turn: MailboxTurn, fid: number, first: number, last: number): void {
  turn.db.run(
    `INSERT INTO shared (content_id, extra)
       SELECT content_id, count(*) FROM message WHERE fid = ? AND uid BETWEEN ? AND ? GROUP BY content_id
       ON CONFLICT (content_id) DO UPDATE SET extra = extra + excluded.extra`,
    fid,
    first,
    last,
  );
}

/**
 * Notes that messages are gone; contents that nothing uses any more are removed with their bytes. Removal goes by runs
 * of ids, as messages that arrived together mostly go together.
 */
export function releaseContents(turn: MailboxTurn, counts: ReadonlyMap<number, number>): void {
  if (!counts.size) return;
  const shared = sharedOf(turn, counts);
  const gone: number[] = [];
  for (const [id, count] of counts) {
    const left = (shared.get(id) ?? 0) + 1 - count;
    if (left <= 0) gone.push(id);
    else if (left > 1) turn.db.run("UPDATE shared SET extra = ? WHERE content_id = ?", left - 1, id);
    if (left <= 1 && shared.has(id)) turn.db.run("DELETE FROM shared WHERE content_id = ?", id);
  }
  removeContents(turn, uidSet(gone));
}

function sharedOf(turn: MailboxTurn, counts: ReadonlyMap<number, number>): Map<number, number> {
  let low = Infinity, high = 0;
  for (const id of counts.keys()) {
    if (id < low) low = id;
    if (id > high) high = id;
  }
  return new Map(
    turn.db.tuples<[number, number]>(
      "SELECT content_id, extra FROM shared WHERE content_id BETWEEN ? AND ?",
      low,
      high,
    ),
  );
}

function removeContents(turn: MailboxTurn, runs: UidSet): void {
  if (!runs.length) return;
  const { db } = turn;
  const indexed = db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value;
  for (let i = 0; i < runs.length; i += 2) {
    const first = runs[i], last = runs[i + 1];
    db.run("DELETE FROM content WHERE id BETWEEN ? AND ?", first, last);
    db.run("DELETE FROM brief WHERE content_id BETWEEN ? AND ?", first, last);
    db.run("DELETE FROM header WHERE content_id BETWEEN ? AND ?", first, last);
    db.run("DELETE FROM body WHERE id BETWEEN ? AND ?", first * BODY_ROWS, last * BODY_ROWS + BODY_ROWS - 1);
    if (first <= indexed) {
      db.run("INSERT INTO unindex (first_id, last_id) VALUES (?, ?)", first, Math.min(last, indexed));
    }
  }
}
