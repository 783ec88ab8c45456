import { joinRows } from "../../src/actor/row_branches.ts";
import { type JoinedRow, readRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import type { FolderId } from "./contract.ts";
import type { LogEntry } from "./log_change.ts";
import { activeScript } from "./scripts.ts";
import type { MailboxTurn } from "./state.ts";
import { ACTIVE_SCRIPT, SERVER_ENTRIES, TABLES } from "./tables.ts";

/**
 * Joins what both sides did to rows by key; the answer is every row that either side touched, as a join puts it in place.
 * `whole`: there is no common mark, and both sides tell all that they have.
 * `folders` are those of the joined mailbox.
 */
export function joinKeyedRows(
  turn: MailboxTurn,
  mine: readonly LogEntry[],
  theirs: readonly LogEntry[],
  whole: boolean,
  folders: readonly { id: FolderId }[],
): JoinedRow[] {
  const rows = whole
    ? joinRows(turn.db, TABLES, [asMade(mine, "here")], [asMade(theirs, "there")])
    : joinRows(turn.db, TABLES, mine, theirs);
  return settleAnnotations(turn, settleActive(turn, rows), folders);
}

/** A whole state as one entry that makes every row. Nobody knows when: where two differ this side's stays. */
function asMade(entries: readonly LogEntry[], requestId: string): LogEntry {
  const changes: RowChange[] = [];
  for (const change of entries.flatMap((entry) => entry.changes)) {
    if (change.op !== "join") continue;
    for (const { table, key, row } of change.rows) {
      changes.push({ op: "row", table, key, set: row, was: null });
    }
  }
  return { position: 1, requestId, hlc: 0, changes };
}

/** Folders that only one side had may be gone: their annotations go with them. */
function settleAnnotations(
  turn: MailboxTurn,
  rows: JoinedRow[],
  folders: readonly { id: FolderId }[],
): JoinedRow[] {
  const there = new Set([SERVER_ENTRIES, ...folders.map(({ id }) => id)]);
  return rows.map((joined) => {
    const { table, key, row } = joined;
    if (table !== "annotation" || row === null || there.has(String(key[0]))) return joined;
    removeRow(turn, TABLES, table, key);
    return { table, key, row: null };
  });
}

/** One server may have deleted the script that the other one made active: then none is. */
function settleActive(turn: MailboxTurn, rows: JoinedRow[]): JoinedRow[] {
  const name = activeScript(turn.db);
  if (name === null || readRow(turn.db, TABLES, "script", [name])) return rows;
  const left = rows.filter(({ table, key }) => table !== "setting" || key[0] !== ACTIVE_SCRIPT);
  return [...left, { table: "setting", key: [ACTIVE_SCRIPT], row: { value: null } }];
}
