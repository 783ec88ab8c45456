import { type FetchRow } from "../../../actors/mailbox/contract.ts";
import { type FetchColumns, OPTIONAL_COLUMNS } from "../../../actors/mailbox/rows/contract.ts";
import { unpackSections } from "../../codec/message/packed_sections.ts";

/** The rows of a page that travelled by column. */
export function fromColumns(columns: FetchColumns): FetchRow[] {
  const { uid, modSeq, flags, keywords, internalDateMs, size } = columns;
  const rows: FetchRow[] = new Array(uid.length);
  for (let i = 0; i < uid.length; i++) {
    rows[i] = {
      uid: uid[i],
      modSeq: modSeq[i] ?? 0,
      flags: flags[i],
      keywords: keywords ? keywords[i] : "",
      internalDateMs: internalDateMs[i] ?? 0,
      size: size[i] ?? 0,
    };
  }
  for (const name of OPTIONAL_COLUMNS) {
    const column = columns[name];
    if (column) fill(rows, name, column);
  }
  if (columns.sections) fill(rows, "sections", unpackSections(columns.sections));
  return rows;
}

function fill(rows: FetchRow[], name: keyof FetchRow, column: readonly unknown[]): void {
  for (let i = 0; i < rows.length; i++) (rows[i] as unknown as Record<string, unknown>)[name] = column[i]; // the contract pairs them
}
