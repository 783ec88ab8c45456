import type { Turn } from "../../src/actor/actor.ts";
import { concat, EMPTY } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { QueueContract } from "./contract.ts";
import type { QueueState } from "./settings.ts";

type ReadBody = QueueContract["readBody"];

/** One page of a message: whole rows where the offset allows, so that an aligned reader copies nothing. */
export function readBody(request: ReadBody["request"], turn: Turn<QueueState>): ReadBody["reply"] {
  const { id, offset } = request;
  const size = turn.db.get<{ size: number }>("SELECT size FROM item WHERE id=?", id)?.size;
  if (size === undefined) throw new Fault("not_found", "no such message in the queue");
  const length = Math.min(Math.max(request.length, 1), 4 * LIMITS.bodyChunkBytes);
  const data = readRange(turn.db, id, offset, Math.min(offset + length, size));
  const next = offset + data.length;
  return { data, next: next < size && data.length > 0 ? next : null };
}

/** Octets of a stored body from `start` to before `end`. */
export function readRange(db: Database, id: string, start: number, end: number): Uint8Array {
  if (end <= start) return EMPTY;
  const size = LIMITS.bodyChunkBytes;
  const first = Math.floor(start / size);
  const rows = db.all<{ data: Uint8Array }>(
    "SELECT data FROM body WHERE item=? AND part BETWEEN ? AND ? ORDER BY part",
    id,
    first,
    Math.floor((end - 1) / size),
  );
  if (!rows.length) return EMPTY;
  const bytes = concat(rows.map((row) => row.data));
  return bytes.subarray(start - first * size, end - first * size);
}
