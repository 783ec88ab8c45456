import { putRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Mark } from "../../src/sieve/outcome.ts";
import type { MailboxTurn } from "./state.ts";
import { type MarkRow, TABLES } from "./tables.ts";

/** Marks taken away in one turn: a delivery brings one or two, so there are never many. */
const PRUNED = 20;

/** Whether something is remembered now. */
export function remembers({ db, nowMs }: MailboxTurn, kind: string, key: string): boolean {
  return db.get("SELECT 1 FROM mark WHERE kind = ? AND key = ? AND until_ms > ?", kind, key, nowMs) !==
    undefined;
}

/** Remembers, and forgets what ended long ago or is too much; the changes for the log. */
export function putMarks(
  turn: MailboxTurn,
  marks: readonly (Omit<Mark, "kind"> & { kind: string })[],
): RowChange[] {
  if (!marks.length) return [];
  const changes = marks.map(({ kind, key, untilMs }) =>
    putRow(turn, TABLES, "mark", { kind, key, until_ms: Math.floor(untilMs) } satisfies MarkRow)
  );
  const { count } = turn.db.get<{ count: number }>("SELECT count(*) AS count FROM mark")!;
  const rows = turn.db.tuples<[string, string, number]>(
    "SELECT kind, key, until_ms FROM mark ORDER BY until_ms LIMIT ?",
    PRUNED,
  );
  rows.forEach(([kind, key, untilMs], i) => {
    if (untilMs > turn.nowMs - LIMITS.sieveMarkGraceMs && count - i <= LIMITS.sieveMarks) return;
    changes.push(removeRow(turn, TABLES, "mark", [kind, key]));
  });
  return changes.filter((change) => change !== null);
}
