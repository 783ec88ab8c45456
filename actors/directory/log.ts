import { createHash } from "node:crypto";
import { appendEntry } from "../../src/actor/replica.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { DirectoryContract, DirectoryLogEntry } from "./contract.ts";
import { type TableName, TABLES } from "./schema.ts";
import { type DirectoryState, type DirectoryTurn, forget } from "./state.ts";

type Row = Record<string, string | number | null>;

/** A whole row as it is after the change; `row` null removes it. */
export type RowChange = { table: TableName; key: string; row: Row | null };

const SQL = Object.fromEntries(
  Object.entries(TABLES).map(([table, { key, columns }]) => {
    const values = columns.filter((column) => !(key as readonly string[]).includes(column));
    return [table, {
      put: `INSERT INTO ${table}(${columns.join()}) VALUES(${columns.map(() => "?").join()}) ` +
        `ON CONFLICT(${key.join()}) DO UPDATE SET ${values.map((c) => `${c}=excluded.${c}`).join()}`,
      remove: `DELETE FROM ${table} WHERE ${key.map((c) => `${c}=?`).join(" AND ")}`,
    }];
  }),
) as Record<TableName, { put: string; remove: string }>;

/** The key of a row in the log: a domain's name, an account's id, `local@domain` of an alias or group. */
export function rowKey(table: TableName, row: Row): string {
  if (table === "domains") return String(row.name);
  if (table === "accounts") return String(row.id);
  return `${row.local}@${row.domain}`;
}

/** A row put in place, as a change. */
export function put(table: TableName, row: Row): RowChange {
  return { table, key: rowKey(table, row), row };
}

/** A row taken away, as a change. */
export function removal(table: TableName, row: Row): RowChange {
  return { table, key: rowKey(table, row), row: null };
}

/** Makes the changes of one turn and logs them; every write of the directory's tables comes through here. */
export function commitChanges(turn: DirectoryTurn, changes: readonly RowChange[]): void {
  if (!changes.length) return;
  for (const { table, key, row } of changes) {
    if (row) turn.db.run(SQL[table].put, ...TABLES[table].columns.map((column) => row[column]));
    else turn.db.run(SQL[table].remove, ...keyValues(table, key));
  }
  appendEntry(turn, changes);
  forget(turn.state);
  turn.publish("changed", {});
}

/** Values of a table's key columns, in their order. */
function keyValues(table: TableName, key: string): string[] {
  if (TABLES[table].key.length === 1) return [key];
  const at = key.lastIndexOf("@");
  return [key.slice(at + 1), key.slice(0, at)];
}

/** Committed changes after a position, oldest first, at most `limit`. */
export function readLog(
  { after, limit }: DirectoryContract["readLog"]["request"],
  turn: DirectoryTurn,
): DirectoryContract["readLog"]["reply"] {
  const rows = turn.db.all<{ position: number; request_id: string; hlc: number; changes: string }>(
    "SELECT * FROM log WHERE position>? ORDER BY position LIMIT ?",
    after,
    Math.max(1, Math.min(limit, LIMITS.pageItems)),
  );
  const entries: DirectoryLogEntry[] = rows.map((row) => ({
    position: row.position,
    requestId: row.request_id,
    hlc: row.hlc,
    changes: JSON.parse(row.changes),
  }));
  return { entries, end: logEnd(turn.db) };
}

/** Position of the last committed change; 0 before the first. */
export function logEnd(db: Database): number {
  return db.get<{ end: number }>("SELECT coalesce(max(position),0) AS end FROM log")!.end;
}

/** SHA-256 over all logged tables in key order: equal on two servers that hold the same. */
export function hashOf(turn: { db: Database; state: DirectoryState }): { position: number; hash: string } {
  if (turn.state.hash === null) {
    const digest = createHash("sha256");
    for (const table of Object.keys(TABLES) as TableName[]) {
      const { key, columns } = TABLES[table];
      digest.update(`${table}\n`);
      const rows = turn.db.iterate<Row>(`SELECT ${columns.join()} FROM ${table} ORDER BY ${key.join()}`);
      for (const row of rows) digest.update(JSON.stringify(columns.map((column) => row[column])) + "\n");
    }
    turn.state.hash = digest.digest("hex");
  }
  return { position: logEnd(turn.db), hash: turn.state.hash };
}
