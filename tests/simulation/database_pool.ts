import { type Database, openMemoryDatabase } from "../../src/storage/database.ts";

/**
 * Databases in memory that one history after the other uses. To make the tables and to prepare the statements costs
 * more than most histories do with them, so a used database is emptied and keeps both.
 */
const POOL = new Map<string, Database[]>();

/** More would only take memory: a history has two servers with a few files each. */
const KEPT = 16;

/** A database without rows; its tables may be there already. `sort` names what tables it has. */
export function emptyDatabase(sort: string): Database {
  const known = POOL.get(sort)?.pop();
  if (known) return known;
  const db = openMemoryDatabase();
  // Statements stay prepared, as memory is no concern here.
  db.relax = () => {};
  return db;
}

/** Takes back a database that nobody uses any more. */
export function recycle(sort: string, db: Database): void {
  const pool = POOL.get(sort) ?? [];
  POOL.set(sort, pool);
  if (pool.length >= KEPT || db.inTransaction) return db.close();
  const tables = db.tuples<[string, string]>("SELECT name, sql FROM sqlite_schema WHERE type = 'table'");
  db.control("BEGIN");
  for (const [name, sql] of tables) {
    // The word index is never filled here, and its tables are its own business.
    if (!/^(words|sqlite_)/.test(name) && !sql.startsWith("CREATE VIRTUAL")) db.run(`DELETE FROM "${name}"`);
  }
  db.control("COMMIT");
  pool.push(db);
}
