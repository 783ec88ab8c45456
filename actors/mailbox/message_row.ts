import { FLAG } from "./contract.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/** What a row of `message` holds, beside its folder and its content. */
export interface MessageRow {
  uid: number;
  modSeq: number;
  flags: number;
  /** Separated by spaces; empty for none. */
  keywords: string;
  /** Milliseconds since 1970. */
  internalDateMs: number;
  /** Milliseconds since 1970. */
  saveDateMs: number;
  size: number;
}

/** Inserts the row of a message that is born here with its modseq. Runs of UIDs and counters are the caller's. */
export function insertMessageRow(turn: MailboxTurn, fid: number, row: MessageRow, contentId: number): void {
  turn.db.run(
    `INSERT INTO message (fid, uid, modseq, flags, keywords, internal_ms, save_ms, size, content_id, born, unseen)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    fid,
    row.uid,
    row.modSeq,
    row.flags,
    row.keywords || null,
    row.internalDateMs,
    row.saveDateMs,
    row.size,
    contentId,
    row.modSeq,
    row.flags & FLAG.seen ? null : 1,
  );
}

/** Counts a message that came into a folder. */
export function countMessage(folder: Folder, { flags, size }: MessageRow): void {
  folder.messages++;
  folder.size += size;
  if (!(flags & FLAG.seen)) folder.unseen++;
  if (flags & FLAG.deleted) folder.deleted++;
}
