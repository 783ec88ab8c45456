import { joinPieces, packSections, type SectionPieces } from "../../src/codec/message/packed_sections.ts";
import { type FetchRow } from "./contract.ts";
import { type FetchColumns, OPTIONAL_COLUMNS } from "./rows/contract.ts";

/** A row as it was read: its sections are still in pieces. */
export type ReadRow = Omit<FetchRow, "sections"> & { pieces?: SectionPieces[] };

/** A row by itself. */
export function toFetchRow({ pieces, ...row }: ReadRow): FetchRow {
  return pieces ? { ...row, sections: pieces.map(joinPieces) } : row;
}

/** The rows of one page by column. */
export function toColumns(rows: readonly ReadRow[]): FetchColumns {
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
  if (first?.pieces) columns.sections = packSections(rows.map(({ pieces }) => pieces!));
  return columns;
}
