import type { Database } from "../src/storage/database.ts";
import { schemaVersion } from "../src/storage/migrate.ts";

/** A file as SQL that makes it again, without what the runtime and a word index keep for themselves. For fixtures. */
export function dumpSql(db: Database): string {
  const lines: string[] = [];
  const objects = db.all<{ type: string; name: string; sql: string }>(
    `SELECT type, name, sql FROM sqlite_schema
     WHERE sql NOT NULL AND name NOT LIKE 'words\\_%' ESCAPE '\\' AND name NOT LIKE 'host\\_%' ESCAPE '\\'
     ORDER BY rowid`,
  );
  for (const { sql } of objects) lines.push(`${sql};`);
  for (const { type, name } of objects) {
    if (type !== "table" || name === "words") continue;
    const columns = db.tuples<[string]>("SELECT name FROM pragma_table_info(?)", name).flat();
    const quoted = columns.map((column) => `quote(${column})`).join(" || ', ' || ");
    for (const [row] of db.tuples<[string]>(`SELECT ${quoted} FROM ${name}`)) {
      lines.push(`INSERT INTO ${name} VALUES (${row});`);
    }
  }
  return lines.concat(`PRAGMA user_version = ${schemaVersion(db)};`).join("\n");
}
