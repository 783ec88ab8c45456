import { LIMITS } from "../../src/base/limits.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import type { FetchColumns } from "./rows/contract.ts";
import { type Reader, shownFlags } from "./own_seen.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/**
 * A page of UIDs and flags alone, the question that clients ask most: read straight into columns, without the numbers
 * that nobody asked for.
 */
export function bareColumns(
  turn: MailboxTurn,
  folder: Folder,
  existing: UidSet,
  limitRows: number,
  reader: Reader | null,
): { columns: FetchColumns; next: number | null } {
  const uid: number[] = [], flags: number[] = [], keywords: string[] = [];
  let any = false;
  let next: number | null = null;
  const most = Math.min(limitRows, LIMITS.searchPageRows);
  for (let i = 0; i < existing.length && next === null; i += 2) {
    if (uid.length >= most) {
      next = existing[i];
      break;
    }
    const rows = turn.db.tuples<[number, number, string | null]>(
      "SELECT uid, flags, keywords FROM message WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ? + 0",
      folder.fid,
      existing[i],
      existing[i + 1],
      most - uid.length,
    );
    for (const row of rows) {
      uid.push(row[0]);
      const shown = row[2] === null ? null : shownFlags(row[1], row[2], reader);
      flags.push(shown?.bits ?? row[1]);
      keywords.push(shown?.keywords ?? "");
      any ||= shown !== null && shown.keywords !== "";
    }
    const last = uid[uid.length - 1];
    if (uid.length >= most && last < existing[i + 1]) next = last + 1;
  }
  const columns = { uid, flags, keywords: any ? keywords : null, modSeq: [], internalDateMs: [], size: [] };
  return { columns, next };
}
