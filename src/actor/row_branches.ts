import type { Database } from "../storage/database.ts";
import { type LogEntry, markOf, sameMark } from "./replica.ts";
import { joinRow, type RowOp } from "./row_join.ts";
import {
  type JoinedRow,
  type JoinMark,
  keyOfRow,
  pick,
  putRow,
  readCells,
  readRow,
  type Row,
  type RowChange,
  type RowKey,
  ruleOf,
  type Tables,
  writeJoined,
} from "./rows.ts";

/** Joining two branches of a log, as far as rows by key are concerned. */

/** What both branches did to one row. */
type Touched = { table: string; key: RowKey; mine: RowOp[]; theirs: RowOp[] };

/** The rows that entries touch, each once, in the order of tables and keys. */
export function touchedRows(tables: Tables, entries: readonly LogEntry[]): { table: string; key: RowKey }[] {
  const touched = new Map<string, Touched>();
  for (const entry of entries) gather(touched, tables, entry, null);
  return sorted(tables, touched);
}

/**
 * Joins the other side's branch into this one, the home's, and writes the outcome. `mine` and `theirs` are all entries
 * since the common mark, joins among them: what an earlier join took in is not taken in again. The answer is every row
 * that either side touched, as it is now: put in place on the other side, both hold the same.
 */
export function joinRows(
  db: Database,
  tables: Tables,
  mine: readonly LogEntry[],
  theirs: readonly LogEntry[],
): JoinedRow[] {
  const joined = joinedEnd(mine, theirs);
  const known = new Set(mine.map((entry) => entry.requestId));
  const touched = new Map<string, Touched>();
  for (const entry of mine) gather(touched, tables, entry, "mine");
  for (const entry of theirs) {
    const side = entry.position > joined ? "theirs" : null;
    gather(touched, tables, entry, side, known.has(entry.requestId));
  }
  const rows: JoinedRow[] = [];
  const copies: { table: string; row: Row }[] = [];
  for (const { table, key, mine, theirs } of sorted(tables, touched)) {
    const rule = tables[table];
    const { row, lost } = joinRow(rule, readCells(db, tables, table, key), mine, theirs);
    rows.push({ table, key, row });
    if (!lost || !rule.copyOf) continue;
    const named = { ...lost, ...Object.fromEntries(rule.key.map((column, i) => [column, key[i]])) };
    copies.push({ table, row: named });
  }
  writeJoined(db, tables, rows);
  for (const { table, row } of copies) rows.push(...keepCopy(db, tables, table, row));
  return rows;
}

function keepCopy(db: Database, tables: Tables, table: string, lost: Row): JoinedRow[] {
  const rule = tables[table];
  const columns = Object.keys(rule.columns);
  const taken = (row: Row) => {
    const there = readRow(db, tables, table, keyOfRow(rule, row));
    return there !== null && columns.some((column) => there[column] !== row[column]);
  };
  const copy = rule.copyOf!(lost, taken);
  const change = taken(copy) ? null : putRow({ db }, tables, table, copy);
  return change ? [{ table, key: change.key, row: pick(copy, columns) }] : [];
}

/** Up to which position of theirs an earlier join of mine took everything in. */
function joinedEnd(mine: readonly LogEntry[], theirs: readonly LogEntry[]): number {
  const ends = mine.flatMap((entry) => entry.changes as JoinMark[]) // only joins are looked at further
    .flatMap((change) => change.op === "join" && change.branch ? [change.branch.end] : []);
  const held = theirs.filter((entry) => ends.some((end) => sameMark(end, markOf(entry))));
  return Math.max(0, ...held.map((entry) => entry.position));
}

/**
 * Notes the rows of an entry; with a side also what was done to them, as far as a repeated request counts at all. A join
 * only repeats what both sides logged.
 */
function gather(
  touched: Map<string, Touched>,
  tables: Tables,
  entry: LogEntry,
  side: "mine" | "theirs" | null,
  repeated = false,
): void {
  for (const change of entry.changes as (RowChange | JoinMark)[]) { // other changes have another op
    const parts = change.op === "row" ? [change] : change.op === "join" ? change.rows ?? [] : [];
    for (const { table, key } of parts) {
      const { eachSide } = ruleOf(tables, table);
      const id = JSON.stringify([table, key]);
      const row = touched.get(id) ?? { table, key, mine: [], theirs: [] };
      touched.set(id, row);
      if (side && change.op === "row" && (!repeated || eachSide)) {
        row[side].push({ stamp: entry.hlc, change });
      }
    }
  }
}

function sorted(tables: Tables, touched: Map<string, Touched>): Touched[] {
  const order = Object.keys(tables);
  const name = ({ table, key }: Touched) =>
    `${String(order.indexOf(table)).padStart(4, "0")}${JSON.stringify(key)}`;
  return [...touched.values()].map((row) => ({ row, at: name(row) }))
    .sort((a, b) => a.at < b.at ? -1 : 1).map(({ row }) => row);
}
