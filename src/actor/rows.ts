import { createHash } from "node:crypto";
import { Fault } from "../base/fault.ts";
import type { Database } from "../storage/database.ts";
import type { LogMark } from "./replica.ts";

/**
 * Rows by key that two servers hold alike. A table says once how two versions of each column join; everything else
 * follows: what a change looks like in the log, how the other server applies it, and what a heal makes of two branches.
 * A row is named by its key for good. Beside the key there must be no UNIQUE constraint, as rows of both sides meet.
 */

/** What a column may hold: a change is JSON, so there are no blobs. */
export type Cell = string | number | null;

/** A row or a part of one, by column. */
export type Row = Record<string, Cell>;

/** The values of a row's key columns, in their order. */
export type RowKey = (string | number)[];

/**
 * How two versions of a column join. `last`: the later change wins, of two at the same time the home's. `union`: a
 * JSON list as a set; additions of both stay, removals hold. `counter`: the differences of both add up. `max`, `min`:
 * by value, null being none. `never`: does not change while the row is there; of two that were made apart the home's
 * stays. `copy`: as `last`, and the version that lost is kept as a row of its own, which the table's `copyOf` makes.
 */
export type ColumnRule = "last" | "union" | "counter" | "max" | "min" | "never" | "copy";

/** How a table joins. */
export type TableRule = {
  key: readonly string[];
  /** Every column beside the key. Columns that are a server's own are left out, and need a default. */
  columns: Readonly<Record<string, ColumnRule>>;
  /**
   * `wins`: a removal beats every change on the other side, but not a row that was made anew there later. `last`: a
   * later change on the other side brings the row back.
   */
  removal: "wins" | "last";
  /**
   * A request that both servers carried out made rows here that each knew for itself: those of both stay. Otherwise what
   * only the other side's copy of the request made goes. Not for counters, which would count twice.
   */
  eachSide?: true;
  /**
   * For `copy` columns: the row under which a lost version is kept, its key included. `taken` says whether another row
   * is there. The same version must always get the same row.
   */
  copyOf?: (lost: Row, taken: (row: Row) => boolean) => Row;
};

/** The joined tables of an actor by name; in this order they are hashed and written. */
export type Tables = Readonly<Record<string, TableRule>>;

/** A change of one row in the log. */
export type RowChange = {
  op: "row";
  table: string;
  key: RowKey;
  /** The columns that really changed, all of them in a new row; null removes it. The key is not among them. */
  set: Row | null;
  /** Null: the row is new. Else what a join needs of before: lists and counters, and of a removed row maybe all. */
  was?: Row | null;
  /** The same in another form (a stronger hash of the same password): in a join it beats no change of the other side. */
  weak?: true;
};

/** A row as a join or a snapshot left it, without its key; null when it is not there. */
export type JoinedRow = { table: string; key: RowKey; row: Row | null };

/** What this file has to know of a join in the log. Rows of the tables here stand under `rows`. */
export type JoinMark = {
  op: "join";
  /** The other side's entries that it took in; null when it is the whole state. */
  branch: { common: LogMark; end: LogMark } | null;
  rows?: JoinedRow[];
};

type TableSql = { get: string; put: string; remove: string; all: string };
const SQL = new WeakMap<TableRule, TableSql>();

function sqlOf(table: string, rule: TableRule): TableSql {
  const known = SQL.get(rule);
  if (known) return known;
  const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`);
  const columns = quoted(Object.keys(rule.columns));
  const key = quoted(rule.key);
  const where = key.map((name) => `${name}=?`).join(" AND ");
  const update = columns.length
    ? `UPDATE SET ${columns.map((name) => `${name}=excluded.${name}`)}`
    : "NOTHING";
  const sql = {
    get: `SELECT ${[...columns, ...key]} FROM "${table}" WHERE ${where}`,
    put: `INSERT INTO "${table}"(${[...key, ...columns]}) VALUES(${[...key, ...columns].map(() => "?")}) ` +
      `ON CONFLICT(${key}) DO ${update}`,
    remove: `DELETE FROM "${table}" WHERE ${where}`,
    all: `SELECT ${[...key, ...columns]} FROM "${table}" ORDER BY ${key}`,
  };
  SQL.set(rule, sql);
  return sql;
}

/** The rule of a table; Fault `invalid` for one that a newer release may know. */
export function ruleOf(tables: Tables, table: string): TableRule {
  if (!Object.hasOwn(tables, table)) throw new Fault("invalid", `no joined table ${table}`);
  return tables[table];
}

/** The key of a row. */
export function keyOfRow(rule: TableRule, row: Row): RowKey {
  return rule.key.map((column) => row[column] as string | number); // key columns are never null
}

/** A stored row with its key; null when there is none. */
export function readRow(db: Database, tables: Tables, table: string, key: RowKey): Row | null {
  const found = db.get<Row>(sqlOf(table, ruleOf(tables, table)).get, ...key);
  return found ? { ...found } : null;
}

/** The same without its key. */
export function readCells(db: Database, tables: Tables, table: string, key: RowKey): Row | null {
  const row = readRow(db, tables, table, key);
  for (const column of tables[table].key) delete row?.[column];
  return row;
}

/** Puts the columns of a row in place that `cells` names; a new row needs all. */
function writeCells(db: Database, tables: Tables, table: string, key: RowKey, cells: Row): void {
  const columns = Object.keys(tables[table].columns);
  db.run(sqlOf(table, tables[table]).put, ...key, ...columns.map((column) => cells[column]));
}

/** Whether a join of two versions needs to know what the column held before. */
const needsBefore = (rule: ColumnRule) => rule === "counter" || rule === "union";

/** Some columns of a row. */
export function pick(cells: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, cells[column]]));
}

/** Stores a whole row, its key included. The change for the log; null when the row was just so. */
export function putRow(
  { db }: { db: Database },
  tables: Tables,
  table: string,
  row: Row,
  options: { weak?: boolean } = {},
): RowChange | null {
  const rule = ruleOf(tables, table);
  const key = keyOfRow(rule, row);
  const before = readCells(db, tables, table, key);
  const names = Object.keys(rule.columns);
  const changed = names.filter((column) => !before || before[column] !== row[column]);
  if (before && !changed.length) return null;
  const frozen = changed.find((column) => before && rule.columns[column] === "never");
  if (frozen) throw new Error(`${table}.${frozen} does not change`);
  writeCells(db, tables, table, key, row);
  const change: RowChange = { op: "row", table, key, set: pick(row, changed) };
  const kept = changed.filter((column) => needsBefore(rule.columns[column]));
  if (!before) change.was = null;
  else if (kept.length) change.was = pick(before, kept);
  if (options.weak) change.weak = true;
  return change;
}

/** Takes a row away. The change for the log; null when there was none. */
export function removeRow(
  { db }: { db: Database },
  tables: Tables,
  table: string,
  key: RowKey,
): RowChange | null {
  const rule = ruleOf(tables, table);
  const before = readCells(db, tables, table, key);
  if (!before) return null;
  db.run(sqlOf(table, rule).remove, ...key);
  const change: RowChange = { op: "row", table, key, set: null };
  const kept = Object.keys(rule.columns).filter((column) =>
    rule.removal === "last" || needsBefore(rule.columns[column])
  );
  if (kept.length) change.was = pick(before, kept);
  return change;
}

/** Makes a change that the other server logged. Fault `conflict` when it does not fit: the two do not hold the same. */
export function applyRow(db: Database, tables: Tables, { table, key, set }: RowChange): void {
  const rule = ruleOf(tables, table);
  if (!set) return void db.run(sqlOf(table, rule).remove, ...key);
  const cells = { ...readCells(db, tables, table, key), ...set };
  const missing = Object.keys(rule.columns).find((column) => cells[column] === undefined);
  if (missing) throw new Fault("conflict", `${table} ${key}: a change of a row that is not there`);
  writeCells(db, tables, table, key, cells);
}

/** Puts rows of a join in place, as they are. */
export function writeJoined(db: Database, tables: Tables, rows: readonly JoinedRow[]): void {
  for (const { table, key, row } of rows) {
    if (!row) db.run(sqlOf(table, ruleOf(tables, table)).remove, ...key);
  }
  for (const { table, key, row } of rows) {
    if (row) applyRow(db, tables, { op: "row", table, key, set: row });
  }
}

/** Every row of every table, for a snapshot. */
export function allRows(db: Database, tables: Tables): JoinedRow[] {
  const rows: JoinedRow[] = [];
  for (const [table, rule] of Object.entries(tables)) {
    for (const found of db.iterate<Row>(sqlOf(table, rule).all)) {
      rows.push({ table, key: keyOfRow(rule, found), row: pick(found, Object.keys(rule.columns)) });
    }
  }
  return rows;
}

/** Replaces every row of every table by those of a snapshot. */
export function replaceAll(db: Database, tables: Tables, rows: readonly JoinedRow[]): void {
  for (const table of Object.keys(tables)) db.run(`DELETE FROM "${table}"`);
  writeJoined(db, tables, rows);
}

/** SHA-256 over all tables in the order of their keys: equal on two servers that hold the same. */
export function hashRows(db: Database, tables: Tables): string {
  const digest = createHash("sha256");
  for (const [table, rule] of Object.entries(tables)) {
    digest.update(`${table}\n`);
    const columns = [...rule.key, ...Object.keys(rule.columns)];
    for (const row of db.iterate<Row>(sqlOf(table, rule).all)) {
      digest.update(JSON.stringify(columns.map((column) => row[column])) + "\n");
    }
  }
  return digest.digest("hex");
}
