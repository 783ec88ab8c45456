import { appendEntry, eachEntry, logEnd, readHome } from "../../src/actor/replica.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { MailboxContract, Stamp } from "./contract.ts";
import type { LogChange, LogEntry } from "./log_change.ts";
import { readContent } from "./exchange.ts";
import { affectedBy, tellFolder } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn, saveFolder } from "./state.ts";

type ReadLog = MailboxContract["readLog"];

/**
 * A server that is cut off from the home leaves so many modseqs to it, so that a client which comes over with one that
 * only the home can have given is known by it, and gets told everything.
 */
const FORK_GAP = 1_000_000;

/** Gives a folder its next modseq; all rows that a turn touches in one folder share it (RFC 7162 §3.1). */
export function nextModSeq(turn: MailboxTurn, folder: Folder): Stamp {
  const previousModSeq = folder.highestModSeq;
  const modSeq = followingModSeq(turn, folder);
  if (modSeq > previousModSeq + 1) {
    if (!folder.forkTo) folder.forkFrom = previousModSeq;
    folder.forkTo = previousModSeq + forkGap(turn, FORK_GAP);
  }
  folder.highestModSeq = modSeq;
  return { folder: folder.id, previousModSeq, modSeq };
}

/** Both servers hold the same again: what comes next is no part of the last fork. */
export function closeForks(turn: MailboxTurn): void {
  for (const folder of catalog(turn).byId.values()) {
    if (!folder.forkTo && !folder.forkUid) continue;
    folder.forkFrom = folder.forkTo = folder.forkUid = 0;
    saveFolder(turn, folder);
  }
}

/**
 * The other server reads what this one did while it was cut off, and goes on above it. Should this one not hear of
 * that, it must keep clear of the numbers given then: the next ones it gives leave room once more.
 */
export function showForks(turn: MailboxTurn): void {
  for (const folder of catalog(turn).byId.values()) {
    if (folder.forkTo <= 0 && !folder.forkUid) continue;
    folder.forkUid = 0;
    folder.forkTo = -Math.abs(folder.forkTo);
    saveFolder(turn, folder);
  }
}

/** The modseq that comes next. */
export function followingModSeq(turn: MailboxTurn, folder: Folder): number {
  const next = folder.highestModSeq + 1;
  return folder.forkTo <= 0 && isCutOff(turn) ? next + forkGap(turn, FORK_GAP) : next;
}

/**
 * How many numbers a server that is cut off leaves free. Both are when the home was given away and the other one never
 * heard of it: they must not come to the same numbers.
 */
export function forkGap(turn: MailboxTurn, least: number): number {
  return least * (1 + turn.node.slot);
}

/** Whether this turn changes a mailbox whose home is the other server: then that one is out of sight. */
export function isCutOff(turn: MailboxTurn): boolean {
  return turn.node.paired && readHome(turn.db, turn.node).home !== turn.node.id;
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
  const affected = affectedBy(changes);
  for (const folder of touched) {
    saveFolder(turn, folder);
    tellFolder(turn, folder, affected);
  }
  appendEntry(turn, changes);
}

/** Entries after a position, at most `limit` and about a page of bytes, but at least one; with their messages if wanted. */
export function readLog(request: ReadLog["request"], turn: MailboxTurn): ReadLog["reply"] {
  const limit = Math.max(1, Math.min(request.limit, LIMITS.fetchPageRows));
  const end = logEnd(turn).position;
  const entries = eachEntry<LogChange>(turn.db, request.after, limit, LIMITS.fetchPageBytes);
  if (!request.contents) return { entries: [...entries], end, contents: [], absent: [] };
  return { ...withContents(turn, entries, new Set(request.except)), end };
}

/** The entries whose messages fit into one page of bytes, and those messages. */
function withContents(
  turn: MailboxTurn,
  all: Iterable<LogEntry>,
  except: ReadonlySet<string>,
): Omit<ReadLog["reply"], "end"> {
  const entries: LogEntry[] = [];
  const contents: Uint8Array[] = [];
  const absent: string[] = [];
  let bytes = 0;
  for (const entry of all) {
    if (bytes >= LIMITS.replicaPageBytes) break;
    entries.push(entry);
    if (except.has(entry.requestId)) continue;
    for (const change of entry.changes) {
      if (change.op !== "message" || !change.fresh) continue;
      const raw = readContent(turn, change.hash);
      if (raw) contents.push(raw);
      else absent.push(change.hash);
      bytes += raw?.length ?? 0;
    }
  }
  return { entries, contents, absent };
}
