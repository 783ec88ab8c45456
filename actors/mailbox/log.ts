import { appendEntry, logEnd, readEntries } from "../../src/actor/replica.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { LogChange, LogEntry, MailboxContract, Stamp } from "./contract.ts";
import { type Folder, type MailboxTurn, saveFolder } from "./state.ts";

type ReadLog = MailboxContract["readLog"];

/** Gives a folder its next modseq; all rows that a turn touches in one folder share it (RFC 7162 §3.1). */
export function nextModSeq(folder: Folder): Stamp {
  const previousModSeq = folder.highestModSeq;
  return { folder: folder.id, previousModSeq, modSeq: ++folder.highestModSeq };
}

/** The stamp of a folder in which nothing happened. */
export function unchanged(folder: Folder): Stamp {
  return { folder: folder.id, previousModSeq: folder.highestModSeq, modSeq: folder.highestModSeq };
}

/**
 * Ends a turn that changed something: writes the touched folders and the one log entry, and tells watchers. Same
 * transaction as the change, so the log never lacks nor invents one.
 */
export function commitChanges(
  turn: MailboxTurn,
  changes: readonly LogChange[],
  touched: readonly Folder[],
): void {
  for (const folder of touched) {
    saveFolder(turn, folder);
    turn.publish(`folder:${folder.id}`, { folder: folder.id, modSeq: folder.highestModSeq });
  }
  appendEntry(turn, changes);
}

/** Entries after a position, at most `limit` and about a page of bytes, but at least one. */
export function readLog(request: ReadLog["request"], turn: MailboxTurn): ReadLog["reply"] {
  const limit = Math.max(1, Math.min(request.limit, LIMITS.fetchPageRows));
  const entries: LogEntry[] = readEntries(turn.db, request.after, limit, LIMITS.fetchPageBytes);
  return { entries, end: logEnd(turn).position };
}
