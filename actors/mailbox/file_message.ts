import { Fault } from "../../src/base/fault.ts";
import { hex } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { noteChanged } from "./changed_runs.ts";
import { FLAG, type Identity, type NewMessage, type StorageLimits } from "./contract.ts";
import type { MessageChange } from "./log_change.ts";
import { storeContent } from "./content.ts";
import { parseFlags } from "./flags.ts";
import { countMessage, insertMessageRow } from "./message_row.ts";
import { joinMarks, readerOf } from "./own_seen.ts";
import { appendSpan } from "./spans.ts";
import { type Folder, type MailboxTurn, messageCount, usedBytes } from "./state.ts";
import { forkGap, isCutOff } from "./log.ts";
import { filedAtMs, separateTwin } from "./twins.ts";

/** Throws `too_big` or `over_quota` when messages of these sizes may not come in. */
export function checkRoom(turn: MailboxTurn, sizes: readonly number[], limits: StorageLimits): void {
  let sum = 0;
  for (const size of sizes) {
    if (size > limits.messageBytes) throw new Fault("too_big", "the message is too big for this mailbox");
    sum += size;
  }
  checkQuota(turn, sum, sizes.length, limits);
}

/** Throws `over_quota` when so many more bytes or messages do not fit. */
export function checkQuota(turn: MailboxTurn, bytes: number, messages: number, limits: StorageLimits): void {
  if (messageCount(turn) + messages > (limits.quotaMessages ?? LIMITS.mailboxMessages)) {
    throw new Fault("over_quota", "the mailbox has as many messages as it may have");
  }
  if (limits.quotaBytes !== null && usedBytes(turn) + bytes > limits.quotaBytes) {
    throw new Fault("over_quota", "the mailbox is full");
  }
}

/**
 * A server that is cut off from the home leaves so many UIDs of a folder to it, so that no UID names one message here
 * and another there, for clients that go from one to the other meanwhile.
 */
const FORK_UIDS = 10_000;

/** The next UIDs of a folder; throws `limit` at the end of the 32 bits. */
export function takeUids(turn: MailboxTurn, folder: Folder, count: number): number {
  const skipped = !folder.forkUid && isCutOff(turn) ? forkGap(turn, FORK_UIDS) : 0;
  if (folder.uidNext + skipped + count > 0xffffffff) throw new Fault("limit", "the folder has no UIDs left");
  if (skipped) folder.forkUid = folder.uidNext;
  const first = folder.uidNext + skipped;
  folder.uidNext = first + count;
  return first;
}

/** Flags of a new message as a row holds them: who brings it as \Seen has seen it, where \Seen is each reader's own. */
function flagsOf(
  turn: MailboxTurn,
  folder: Folder,
  flags: readonly string[],
  as: Identity | undefined,
): { bits: number; line: string } {
  const { bits, keywords } = parseFlags(turn, flags, true);
  const reader = bits & FLAG.seen ? readerOf(turn, folder, as) : null;
  if (!reader) return { bits, line: keywords.join(" ") };
  return { bits: bits & ~FLAG.seen, line: joinMarks([reader.seen], keywords) };
}

/**
 * Files one message: bytes, row, run of UIDs and counters. The caller has given the folder its modseq, and writes the
 * folder and the log. `as` brings it: nobody named is the owner.
 */
export function fileMessage(
  turn: MailboxTurn,
  folder: Folder,
  modSeq: number,
  message: NewMessage,
  as?: Identity,
): { uid: number; hash: Uint8Array; change: MessageChange } {
  const { bits, line } = flagsOf(turn, folder, message.flags, as);
  const { contentId, hash, threadId, known } = storeContent(turn, message.raw, message.summary);
  const uid = takeUids(turn, folder, 1);
  const filedMs = filedAtMs(turn);
  const change: MessageChange = {
    op: "message",
    folder: folder.id,
    uid,
    modSeq,
    flags: bits,
    keywords: line,
    internalDateMs: Math.floor(message.internalDateMs),
    saveDateMs: filedMs,
    size: message.raw.length,
    hash: hex(hash),
    threadId,
  };
  insertMessageRow(turn, folder.fid, change, contentId);
  noteChanged(turn, folder, [uid, uid], modSeq);
  if (known) change.saveDateMs = separateTwin(turn.db, folder.fid, uid, contentId, filedMs);
  appendSpan(turn.db, folder.fid, uid, uid);
  countMessage(folder, change);
  if (!known) change.fresh = true;
  return { uid, hash, change };
}
