import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { Turn } from "./actor.ts";
import {
  appendEntry,
  type HomeClaim,
  logEnd,
  type LogMark,
  markOf,
  readHome,
  type ReplicaContract,
  sameMark,
  writeHome,
} from "./replica.ts";

/** Handlers that are the same for every replicated actor, as its log table has one form. */

type Common = ReplicaContract<unknown, unknown>;

/** Where this copy stands. */
export function replicaState(_request: Record<string, never>, turn: Turn): Common["replicaState"]["reply"] {
  const end = logEnd(turn);
  const first = turn.db.get<{ first: number | null }>("SELECT min(position) AS first FROM log")!.first;
  return { ...readHome(turn.db, turn.node), end, first: first ?? end.position + 1 };
}

/** Marks below a position, newest first. */
export function listMarks(request: Common["listMarks"]["request"], turn: Turn): Common["listMarks"]["reply"] {
  const rows = turn.db.all<{ position: number; requestId: string; hlc: number }>(
    "SELECT position, request_id AS requestId, hlc FROM log WHERE position < ? ORDER BY position DESC LIMIT ?",
    request.before,
    Math.max(1, Math.min(request.limit, LIMITS.fetchPageRows)),
  );
  return { marks: rows.map(markOf) };
}

/** The first of the given marks that this log holds too. */
export function commonMark(
  request: Common["commonMark"]["request"],
  turn: Turn,
): Common["commonMark"]["reply"] {
  return { mark: request.marks.find((mark) => hasMark(turn, mark)) ?? null };
}

/** Whether this log holds a mark. */
export function hasMark(turn: Pick<Turn, "db">, mark: LogMark): boolean {
  const row = turn.db.get<{ position: number; requestId: string; hlc: number }>(
    "SELECT position, request_id AS requestId, hlc FROM log WHERE position = ?",
    mark.position,
  );
  return row !== undefined && sameMark(markOf(row), mark);
}

/**
 * Gives the home to a server of the pair. Only the home itself can: the entry is the last one that it orders. A server
 * that cannot see the home must not take it, as there would be two who give the same numbers.
 */
export function moveHome({ to }: Common["moveHome"]["request"], turn: Turn): HomeClaim {
  const now = readHome(turn.db, turn.node);
  if (now.home === to) return now;
  if (turn.node.paired && now.home !== turn.node.id) {
    throw new Fault("unavailable", `only ${now.home} can give its home away, and it is not there`);
  }
  const claim = { home: to, epoch: now.epoch + 1 };
  writeHome(turn.db, claim);
  appendEntry(turn, [{ op: "home", ...claim }]);
  return claim;
}

/** Entries that the peer has are kept a while longer, so that a restored backup finds where it stood. */
export function acked({ mark }: Common["acked"]["request"], turn: Turn): Common["acked"]["reply"] {
  if (hasMark(turn, mark)) {
    turn.db.run("DELETE FROM log WHERE position <= ?", mark.position - LIMITS.logKeptEntries);
  }
  return { clean: sameMark(logEnd(turn), mark) };
}

/** Whether a reply says that the peer holds everything of an actor. */
export function isClean(name: string, reply: unknown): boolean {
  return name === "acked" && (reply as Common["acked"]["reply"]).clean;
}

/** The common handlers by name. */
export const replicaHandlers = { replicaState, listMarks, commonMark, moveHome, acked };
