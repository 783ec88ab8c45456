import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** A value that SQLite stores as it is. Whole numbers must be safe integers. */
export type SqlValue = SQLInputValue;
export type Row = Record<string, unknown>;

/**
 * One open SQLite file with its statements kept prepared. Handlers of stored actors get this and nothing else;
 * BEGIN, COMMIT and ROLLBACK belong to the host.
 *
 * SQLite plans with the value of a bare `LIMIT ?`, and so compiles the statement anew for every value bound to it:
 * statements that run often say `LIMIT ? + 0`, which costs a quarter.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** The same for `tuples`, as one statement returns its rows in one form. */
  readonly #arrays = new Map<string, StatementSync>();
  /** Grows whenever rows may have changed: tells the host whether a turn wrote anything. */
  writes = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs SQL without results or parameters; several statements are allowed. */
  exec(sql: string): void {
    this.writes++;
    this.#db.exec(sql);
  }

  /** BEGIN, COMMIT and savepoints: the host's, never a handler's. */
  control(sql: string): void {
    this.#prepare(sql).run();
  }

  /** Whether a transaction is open (SQLite ends it by itself on some errors, a full disk among them). */
  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  /** All rows. The query itself must be bounded (LIMIT or a key range). */
  all<T = Row>(sql: string, ...params: SqlValue[]): T[] {
    return this.#prepare(sql).all(...params) as T[];
  }

  /** All rows as arrays, in the order of the columns: half the cost of `all` where thousands are read. */
  tuples<T extends unknown[]>(sql: string, ...params: SqlValue[]): T[] {
    let statement = this.#arrays.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      // Exists in the runtime; Deno's type of StatementSync does not know it yet.
      (statement as StatementSync & { setReturnArrays(on: boolean): void }).setReturnArrays(true);
      keep(this.#arrays, sql, statement);
    }
    return statement.all(...params) as unknown as T[];
  }

  /** The first row, if any. */
  get<T = Row>(sql: string, ...params: SqlValue[]): T | undefined {
    return this.#prepare(sql).get(...params) as T | undefined;
  }

  /** Rows one at a time, for scans that may stop early. The statement must not be used again meanwhile. */
  iterate<T = Row>(sql: string, ...params: SqlValue[]): IterableIterator<T> {
    return this.#prepare(sql).iterate(...params) as unknown as IterableIterator<T>;
  }

  /** Changes rows; says how many, and the last rowid. */
  run(sql: string, ...params: SqlValue[]): { changes: number; lastId: number } {
    const result = this.#prepare(sql).run(...params);
    this.writes++;
    return { changes: Number(result.changes), lastId: Number(result.lastInsertRowid) };
  }

  /** Makes a pure function usable in SQL. */
  define(name: string, fn: (...args: SqlValue[]) => SqlValue): void {
    this.#db.function(name, { deterministic: true, varargs: true }, fn as never);
  }

  /** The whole database as bytes (in-memory databases of tests and simulation). */
  serialize(): Uint8Array {
    return (this.#db as unknown as { serialize(): Uint8Array }).serialize();
  }

  /** Gives memory back while nobody needs it: prepared statements are made again when they are next used. */
  relax(): void {
    this.#statements.clear();
    this.#arrays.clear();
    this.#db.exec("PRAGMA shrink_memory");
  }

  close(): void {
    this.#statements.clear();
    this.#arrays.clear();
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      keep(this.#statements, sql, statement);
    }
    return statement;
  }
}

/** Statements kept prepared of each form: far more than the handlers have, yet bounded, as a search makes its own SQL. */
const KEPT_STATEMENTS = 200;

function keep(statements: Map<string, StatementSync>, sql: string, statement: StatementSync): void {
  if (statements.size >= KEPT_STATEMENTS) {
    for (const oldest of statements.keys()) {
      statements.delete(oldest);
      break;
    }
  }
  statements.set(sql, statement);
}

/** Opens an in-memory database, for tests and simulation. */
export function openMemoryDatabase(): Database {
  const db = new Database(new DatabaseSync(":memory:"));
  db.exec("PRAGMA foreign_keys=ON");
  return db;
}

/**
 * Opens or creates a file in WAL mode at synchronous=NORMAL: a commit is written but not yet on the disk, and the
 * host syncs the -wal file before any reply leaves (docs/adr/0003-commit.md).
 */
export function openFileDatabase(path: string): Database {
  const db = new Database(new DatabaseSync(path));
  try {
    db.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; " +
        "PRAGMA cache_size=-2000; PRAGMA temp_store=MEMORY",
    );
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
