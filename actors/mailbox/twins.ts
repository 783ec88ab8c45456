import type { Turn } from "../../src/actor/actor.ts";
import type { Database } from "../../src/storage/database.ts";

/**
 * The save date of a message filed now. Its lowest bit tells which of two servers filed it, so that both may file the
 * same bytes in the same millisecond while they are cut off: content and save date name one message for ever.
 */
export function filedAtMs(turn: Pick<Turn, "nowMs" | "node">): number {
  return turn.nowMs - turn.nowMs % 2 + turn.node.slot;
}

/** How far back in a folder messages of the same millisecond may lie. */
const TAIL = 1000;

/**
 * UIDLs are made of a message's content and the moment it was saved (see `pop.ts`). Equal messages that are filed into
 * one folder in the same millisecond get save dates two milliseconds apart, so that no two UIDLs of a folder are ever
 * equal. Call it after rows `first` to `last` were inserted and before they are logged.
 */
export function separateTwins(db: Database, fid: number, first: number, last: number): void {
  // Moving one may bring it to where another one is.
  while (moveTwins(db, fid, first, last));
}

/** The same for one row; says its save date. Looks at rows with its content only. */
export function separateTwin(
  db: Database,
  fid: number,
  uid: number,
  contentId: number,
  saveMs: number,
): number {
  const latest = db.get<{ save_ms: number | null }>(
    `SELECT max(save_ms) AS save_ms FROM message
     WHERE fid = ? AND uid BETWEEN ? AND ? AND content_id = ? AND save_ms BETWEEN ? AND ?`,
    fid,
    Math.max(1, uid - TAIL),
    uid - 1,
    contentId,
    saveMs,
    saveMs + 2 * TAIL,
  )!.save_ms;
  if (latest === null) return saveMs;
  db.run("UPDATE message SET save_ms = ? WHERE fid = ? AND uid = ?", latest + 2, fid, uid);
  return latest + 2;
}

function moveTwins(db: Database, fid: number, first: number, last: number): boolean {
  const twins = db.tuples<[number, number]>(
    `SELECT uid, n FROM (
       SELECT uid, row_number() OVER (PARTITION BY content_id, save_ms ORDER BY uid) - 1 AS n
       FROM message WHERE fid = ? AND uid BETWEEN ? AND ?)
     WHERE n > 0 AND uid >= ?`,
    fid,
    Math.max(1, first - TAIL),
    last,
    first,
  );
  for (const [uid, n] of twins) {
    db.run("UPDATE message SET save_ms = save_ms + ? WHERE fid = ? AND uid = ?", 2 * n, fid, uid);
  }
  return twins.length > 0;
}
