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
}
