import type { Database } from "../storage/database.ts";
import type { Tables } from "./rows.ts";

/** Tables that every actor has and the runtime keeps: its own, and the log. */
const RUNTIME = new Set(["host_done", "host_outbox", "host_replica", "log"]);

/**
 * Tables and columns of a file that nobody declared: neither joined by `tables`, nor named in `local`, by `table` or
 * `table.column`, each with the reason why the other server need not hold it or how else it gets it. Also what is
 * declared and not there. For a test of each actor, so that new kinds of state are not forgotten when servers heal.
 */
export function undeclaredColumns(
  db: Database,
  tables: Tables,
  local: Readonly<Record<string, string>>,
): string[] {
  const there = new Set<string>();
  const missing: string[] = [];
  const names = db.all<{ name: string; type: string }>("PRAGMA table_list")
    .filter(({ name, type }) => ["table", "virtual"].includes(type) && !name.startsWith("sqlite_"))
    .map(({ name }) => name).filter((name) => !RUNTIME.has(name)).sort();
  for (const table of names) {
    there.add(table);
    const joined = Object.hasOwn(tables, table) ? tables[table] : null;
    const columns = db.all<{ name: string }>(`PRAGMA table_info("${table}")`).map(({ name }) => name);
    for (const column of columns) {
      const name = `${table}.${column}`;
      there.add(name);
      const declared = joined && (joined.key.includes(column) || Object.hasOwn(joined.columns, column));
      if (!declared && !Object.hasOwn(local, table) && !Object.hasOwn(local, name)) missing.push(name);
    }
  }
  const declared = Object.entries(tables).flatMap(([table, { key, columns }]) =>
    [...key, ...Object.keys(columns)].map((column) => `${table}.${column}`)
  );
  const gone = [...declared, ...Object.keys(local)].filter((name) => !there.has(name));
  return [...missing, ...gone.map((name) => `${name}: declared but not there`)];
}
