import { hex } from "../../src/base/bytes.ts";
import { uidCount, uidList, type UidSet } from "../../src/codec/imap/uid_set.ts";
import { FLAG, type MailboxContract } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { noteChanged } from "./changed_runs.ts";
import { type Carrying, settleMarks } from "./copy_marks.ts";
import { shareContents } from "./content_refs.ts";
import { type Counters, countersOf, removeMessages } from "./expunge.ts";
import { checkQuota, takeUids } from "./file_message.ts";
import { commitChanges, nextModSeq, unchanged } from "./log.ts";
import { flagRights, folderFor, namedFor, rightsOf } from "./rights.ts";
import { eventsOf } from "./run_event.ts";
import { appendSpan, existingOf } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";
import { filedAtMs, separateTwins } from "./twins.ts";

type Copy = MailboxContract["copy"];

/**
 * COPY and MOVE (RFC 9051 §6.4.7, §6.4.8). Flags, keywords and internal date go along, the save date is now. The bytes
 * are shared, yet each copy counts in the quota. A message may move within its folder: it gets a new UID.
 */
export function copy(request: Copy["request"], turn: MailboxTurn): Copy["reply"] {
  const origin = folderFor(turn, request.folder, request.as, request.move ? "rte" : "r");
  const target = namedFor(turn, request.to, request.as, "i");
  const may = flagRights(rightsOf(turn, target, request.as));
  const source = existingOf(turn.db, origin.fid, request.uids);
  const { uidValidity } = target;
  if (!source.length) {
    return {
      uidValidity,
      source,
      destination: [],
      target: unchanged(target),
      origin: request.move ? unchanged(origin) : null,
    };
  }
  const changes: LogChange[] = [];
  if (request.move) {
    const stamps = moveMessages(turn, { origin, target, move: true, as: request.as, may }, source, changes);
    commitChanges(turn, changes, origin === target ? [target] : [origin, target]);
    const events = eventsOf(turn, "COPY", target, [{ uids: stamps.destination, flags: [] }]);
    return { uidValidity, source, ...stamps, ...events };
  }
  checkQuota(turn, sizeOf(turn, origin, source), uidCount(source), request.limits);
  const stamp = nextModSeq(turn, target);
  const carrying = { origin, target, move: false, as: request.as, may };
  const destination = copyRows(turn, carrying, source, stamp.modSeq, changes);
  for (let i = 0; i < source.length; i += 2) shareContents(turn, origin.fid, source[i], source[i + 1]);
  commitChanges(turn, changes, [target]);
  const events = eventsOf(turn, "COPY", target, [{ uids: destination, flags: [] }]);
  return { uidValidity, source, destination, target: stamp, origin: null, ...events };
}

/** Moves existing messages; the caller writes the folders and the log. */
export function moveMessages(
  turn: MailboxTurn,
  carrying: Carrying,
  source: UidSet,
  changes: LogChange[],
): Pick<Copy["reply"], "destination" | "target" | "origin"> {
  const { origin, target } = carrying;
  const targetStamp = nextModSeq(turn, target);
  const originStamp = origin === target ? targetStamp : nextModSeq(turn, origin);
  const logged = changes.length;
  const destination = copyRows(turn, carrying, source, targetStamp.modSeq, changes);
  const sources = uidList(source);
  for (const change of changes.slice(logged)) {
    if (change.op === "message") change.from = { folder: origin.id, uid: sources.next().value! };
  }
  removeMessages(turn, origin, source, originStamp.modSeq);
  changes.push({ op: "expunge", folder: origin.id, uids: source, modSeq: originStamp.modSeq });
  return { destination, target: targetStamp, origin: originStamp };
}

function sizeOf(turn: MailboxTurn, folder: Folder, uids: UidSet): number {
  let size = 0;
  for (let i = 0; i < uids.length; i += 2) size += countersOf(turn, folder.fid, uids[i], uids[i + 1]).size;
  return size;
}

/** Inserts rows for the copies, run by run in the order of the source, with the flags that may be set there. */
function copyRows(
  turn: MailboxTurn,
  carrying: Carrying,
  source: UidSet,
  modSeq: number,
  changes: LogChange[],
): UidSet {
  const { origin, target, may } = carrying;
  const count = uidCount(source);
  const first = takeUids(turn, target, count);
  let next = first;
  for (let i = 0; i < source.length; i += 2) {
    turn.db.run(
      `INSERT INTO message (fid, uid, modseq, flags, keywords, internal_ms, save_ms, size, content_id, born, unseen)
         SELECT ?1, uid + ?2, ?3, flags & ?8, iif(?9, keywords, NULL), internal_ms, ?4, size, content_id, ?3,
           iif(flags & ?8 & ${FLAG.seen}, NULL, 1)
         FROM message WHERE fid = ?5 AND uid BETWEEN ?6 AND ?7`,
      target.fid,
      next - source[i],
      modSeq,
      filedAtMs(turn),
      origin.fid,
      source[i],
      source[i + 1],
      may.bits,
      Number(may.keywords),
    );
    next += source[i + 1] - source[i] + 1;
  }
  const last = first + count - 1;
  settleMarks(turn, carrying, source, first);
  separateTwins(turn.db, target.fid, first, last);
  appendSpan(turn.db, target.fid, first, last);
  noteChanged(turn, target, [first, last], modSeq);
  addToCounters(target, countersOf(turn, target.fid, first, last));
  logRows(turn, target, first, last, changes);
  return [first, last];
}

function addToCounters(folder: Folder, counters: Counters): void {
  folder.messages += counters.messages;
  folder.unseen += counters.unseen;
  folder.deleted += counters.deleted;
  folder.size += counters.size;
}

function logRows(turn: MailboxTurn, folder: Folder, first: number, last: number, changes: LogChange[]): void {
  const rows = turn.db.tuples<[number, number, number, string, number, number, number, Uint8Array, string]>(
    `SELECT m.uid, m.modseq, m.flags, ifnull(m.keywords, ''), m.internal_ms, m.save_ms, m.size, c.hash, c.thread_id
     FROM message m JOIN content c ON c.id = m.content_id WHERE m.fid = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid`,
    folder.fid,
    first,
    last,
  );
  for (const [uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size, hash, threadId] of rows) {
    changes.push({
      op: "message",
      folder: folder.id,
      uid,
      modSeq,
      flags,
      keywords,
      internalDateMs,
      saveDateMs,
      size,
      hash: hex(hash),
      threadId,
    });
  }
}
