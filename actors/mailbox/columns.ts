import type { FetchColumns, FetchRow } from "./contract.ts";

/** Fields that all rows of a page have, or none. */
const OPTIONAL = [
  "envelope",
  "bodyStructure",
  "parts",
  "emailId",
  "threadId",
  "saveDateMs",
  "preview",
  "sections",
] as const;

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
  for (const name of OPTIONAL) {
    if (first?.[name] === undefined) continue;
    Object.assign(columns, { [name]: rows.map((row) => row[name]) });
  }
  return columns;
}
