import { type FetchColumns, type FetchRow, OPTIONAL_COLUMNS } from "./contract.ts";

/** The rows of one page by column. */
export function toColumns(rows: readonly FetchRow[]): FetchColumns {
  const columns: FetchColumns = {
    uid: rows.map((row) => row.uid),
    modSeq: rows.map((row) => row.modSeq),
    flags: rows.map((row) => row.flags),
    keywords: rows.some((row) => row.keywords) ? rows.map((row) => row.keywords) : null,
    internalDateMs: rows.map((row) => row.internalDateMs),
    size: rows.map((row) => row.size),
  };
  const first = rows.length ? rows[0] : null;
  for (const name of OPTIONAL_COLUMNS) {
    if (first?.[name] === undefined) continue;
    Object.assign(columns, { [name]: rows.map((row) => row[name]) });
  }
  return columns;
}
