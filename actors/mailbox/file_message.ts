import { Fault } from "../../src/base/fault.ts";
import { hex } from "../../src/base/bytes.ts";
import { FLAG, type LogChange, type NewMessage, type StorageLimits } from "./contract.ts";
import { storeContent } from "./content.ts";
import { joinKeywords, parseFlags } from "./flags.ts";
import { appendSpan } from "./spans.ts";
import { type Folder, type MailboxTurn, usedBytes } from "./state.ts";
import { separateTwins } from "./twins.ts";

/** Throws `too_big` or `over_quota` when messages of these sizes may not come in. */
export function checkRoom(turn: MailboxTurn, sizes: readonly number[], limits: StorageLimits): void {
  let sum = 0;
  for (const size of sizes) {
    if (size > limits.messageBytes) throw new Fault("too_big", "the message is too big for this mailbox");
    sum += size;
  }
  checkQuota(turn, sum, limits);
}

/** Throws `over_quota` when so many more bytes do not fit. */
export function checkQuota(turn: MailboxTurn, bytes: number, limits: StorageLimits): void {
  if (limits.quotaBytes !== null && usedBytes(turn) + bytes > limits.quotaBytes) {
    throw new Fault("over_quota", "the mailbox is full");
  }
}

/** The next UID of a folder; throws `limit` at the end of the 32 bits. */
export function takeUids(folder: Folder, count: number): number {
  if (folder.uidNext + count > 0xffffffff) throw new Fault("limit", "the folder has no UIDs left");
  const first = folder.uidNext;
  folder.uidNext += count;
  return first;
}

/**
 * Files one message: bytes, row, run of UIDs and counters. The caller has given the folder its modseq, and writes the
 * folder and the log.
 */
export function fileMessage(
  turn: MailboxTurn,
  folder: Folder,
  modSeq: number,
  message: NewMessage,
): { uid: number; hash: Uint8Array; change: LogChange } {
  const { bits, keywords } = parseFlags(turn, message.flags, true);
  const { contentId, hash, threadId, known } = storeContent(turn, message.raw, message.summary);
  const uid = takeUids(folder, 1);
  const size = message.raw.length;
  const internalDateMs = Math.floor(message.internalDateMs);
  turn.db.run(
    `INSERT INTO message (fid, uid, modseq, flags, keywords, internal_ms, save_ms, size, content_id, born)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    folder.fid,
    uid,
    modSeq,
    bits,
    joinKeywords(keywords),
    internalDateMs,
    turn.nowMs,
    size,
    contentId,
    modSeq,
  );
  let saveDateMs = turn.nowMs;
  if (known) {
    separateTwins(turn.db, folder.fid, uid, uid);
    const row = turn.db.get<{ save_ms: number }>(
      "SELECT save_ms FROM message WHERE fid = ? AND uid = ?",
      folder.fid,
      uid,
    );
    saveDateMs = row!.save_ms;
  }
  appendSpan(turn.db, folder.fid, uid, uid);
  folder.messages++;
  folder.size += size;
  if (!(bits & FLAG.seen)) folder.unseen++;
  if (bits & FLAG.deleted) folder.deleted++;
  const change: LogChange = {
    op: "message",
    folder: folder.id,
    uid,
    modSeq,
    flags: bits,
    keywords: keywords.join(" "),
    internalDateMs,
    saveDateMs,
    size,
    hash: hex(hash),
    threadId,
  };
  return { uid, hash, change };
}
