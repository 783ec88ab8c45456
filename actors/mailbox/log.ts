import type { Hlc } from "../../src/base/hlc.ts";
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
  const last = lastEntry(turn);
  const position = last.end + 1;
  // Time goes on in the log even when the clock was set back while this mailbox was closed.
  const hlc = Math.max(turn.now, last.hlc);
  turn.db.run(
    "INSERT INTO log (position, request_id, hlc, changes) VALUES (?, ?, ?, ?)",
    position,
    turn.requestId,
    hlc,
    JSON.stringify(changes),
  );
  turn.state.log = { end: position, hlc };
}

/** The position of the last entry; 0 before the first. */
export function logEnd(turn: MailboxTurn): number {
  return lastEntry(turn).end;
}

function lastEntry(turn: MailboxTurn): { end: number; hlc: Hlc } {
  return turn.state.log ??= turn.db.get<{ end: number; hlc: Hlc }>(
    "SELECT position AS end, hlc FROM log ORDER BY position DESC LIMIT 1",
  ) ?? { end: 0, hlc: 0 };
}

/** Entries after a position, at most `limit` and about a page of bytes, but at least one. */
export function readLog(request: ReadLog["request"], turn: MailboxTurn): ReadLog["reply"] {
  const limit = Math.max(1, Math.min(request.limit, LIMITS.fetchPageRows));
  const entries: LogEntry[] = [];
  let bytes = 0;
  const rows = turn.db.iterate<{ position: number; request_id: string; hlc: number; changes: string }>(
    "SELECT position, request_id, hlc, changes FROM log WHERE position > ? ORDER BY position LIMIT ?",
    request.after,
    limit,
  );
  for (const row of rows) {
    bytes += row.changes.length;
    if (entries.length && bytes > LIMITS.fetchPageBytes) break;
    entries.push({
      position: row.position,
      requestId: row.request_id,
      hlc: row.hlc,
      changes: JSON.parse(row.changes) as LogChange[],
    });
  }
  return { entries, end: logEnd(turn) };
}
