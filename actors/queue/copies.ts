import { deserialize, serialize } from "node:v8";
import type { Turn } from "../../src/actor/actor.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { QueueContract } from "./contract.ts";
import { schedule } from "./schedule.ts";
import type { QueueState } from "./settings.ts";
import { insertItem, type Submission } from "./submit.ts";

/**
 * Copies of mail that the other server of a pair has on its way out, for the case that it is gone for good. They are
 * dropped when that server is done with them, and sent only by an administrator's word.
 */

type KeepCopy = QueueContract["keepCopy"];
type TakeOver = QueueContract["takeOver"];

/** Keeps a copy; a repeat changes nothing. */
export function keepCopy({ id, node, submission }: KeepCopy["request"], turn: Turn): KeepCopy["reply"] {
  turn.db.run(
    "INSERT OR IGNORE INTO copy (id, node, submission, kept_ms) VALUES (?, ?, ?, ?)",
    id,
    node,
    serialize(submission),
    turn.nowMs,
  );
  return {};
}

/** The other server is done with these. */
export function dropCopies({ ids }: { ids: string[] }, turn: Turn): Record<string, never> {
  for (const id of ids) turn.db.run("DELETE FROM copy WHERE id = ?", id);
  return {};
}

/** Makes a page of another server's mail our own; ask again while there is `more`. */
export function takeOver({ node }: TakeOver["request"], turn: Turn<QueueState>): TakeOver["reply"] {
  const rows = turn.db.all<{ id: string; submission: Uint8Array }>(
    "SELECT id, submission FROM copy WHERE node = ? ORDER BY id LIMIT ?",
    node,
    LIMITS.turnsPerCommit,
  );
  for (const { id, submission } of rows) {
    insertItem(deserialize(submission) as Submission, turn);
    turn.db.run("DELETE FROM copy WHERE id = ?", id);
  }
  if (rows.length) schedule(turn);
  return { taken: rows.length, more: rows.length === LIMITS.turnsPerCommit };
}

/** Messages with a copy on the other server that are done here, so that it may drop them. */
export function doneCopies(
  _request: Record<string, never>,
  turn: Turn,
): QueueContract["doneCopies"]["reply"] {
  return {
    ids: turn.db.tuples<[string]>("SELECT id FROM copy_done ORDER BY id LIMIT ?", LIMITS.pageItems).flat(),
  };
}

/** The other server has dropped these. */
export function forgetDone({ ids }: { ids: string[] }, turn: Turn): Record<string, never> {
  for (const id of ids) turn.db.run("DELETE FROM copy_done WHERE id = ?", id);
  return {};
}

/** Notes that a message is done, if the other server keeps a copy of it. */
export function noteDone(db: Database, id: string): void {
  db.run("INSERT OR IGNORE INTO copy_done (id) SELECT id FROM item WHERE id = ? AND copied = 1", id);
}
