import { Fault } from "../base/fault.ts";
import type { Database } from "./database.ts";

/** One step forward of a file's schema; its place in the list (from 1) is the version that it leads to. */
export type Migration = string | ((db: Database) => void);

/** The schema version of a file. */
export function schemaVersion(db: Database): number {
  return db.get<{ user_version: number }>("PRAGMA user_version")!.user_version;
}

/**
 * Brings a file to the newest schema, one transaction a step, forward only. Runs at activation, so files migrate
 * when they are first used. A file from a newer release is refused untouched.
 */
export function migrate(db: Database, migrations: readonly Migration[]): void {
  const from = schemaVersion(db);
  if (from > migrations.length) {
    throw new Fault("unavailable", `the file has schema ${from}, this release knows ${migrations.length}`);
  }
  for (let version = from; version < migrations.length; version++) {
    const step = migrations[version];
    db.exec("BEGIN IMMEDIATE");
    try {
      if (typeof step === "string") db.exec(step);
      else step(db);
      db.exec(`PRAGMA user_version=${version + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      // A full disk has ended the transaction already.
      if (db.inTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}
