import { Fault } from "../../src/base/fault.ts";
import { appendRange, appendUid, type UidSet, uidUnion } from "../../src/codec/imap/uid_set.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { changeFlags, unseenIn } from "./change_flags.ts";
import { noteChanged } from "./changed_runs.ts";
import { flagRuns } from "./flag_runs.ts";
import { type FetchRow, FLAG, type MailboxContract, type StoredRun } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { flagNames, type Flags, joinKeywords, parseFlags, permittedFlags } from "./flags.ts";
import { commitChanges, followingModSeq, nextModSeq, unchanged } from "./log.ts";
import {
  isSeen,
  joinMarks,
  type Reader,
  readerOf,
  type RowFlags,
  shownFlags,
  splitMarks,
  withMark,
} from "./own_seen.ts";
import { demand, type FlagRights, flagRights, folderFor, rightsOf } from "./rights.ts";
import { eventsOf } from "./run_event.ts";
import { existingOf } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";

type Store = MailboxContract["store"];
type MessageTuple = [
  uid: number,
  modseq: number,
  flags: number,
  keywords: string,
  internal: number,
  size: number,
];

/** What becomes of all rows that have the same flags now. */
interface Outcome {
  bits: number;
  keywords: string;
  changes: boolean;
  add: string[];
  remove: string[];
  /** The flags as the one who stores sees them. */
  shown: RowFlags;
  /** All rows with it, as runs. */
  uids: number[];
  count: number;
}

/**
 * STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3). Rows are grouped by the flags that they have, so one
 * UPDATE a group and run does it; rows that would stay the same keep their modseq.
 */
export function store(request: Store["request"], turn: MailboxTurn): Store["reply"] {
  const folder = folderFor(turn, request.folder, request.as, "r");
  if (request.flags.some((flag) => flag.toLowerCase() === "\\recent")) {
    throw new Fault("invalid", "\\Recent cannot be stored");
  }
  const may = flagRights(rightsOf(turn, folder, request.as));
  demandFlags(turn, folder, request, may);
  const wanted = parseFlags(turn, permittedFlags(request.flags, may), request.mode !== "remove");
  const how = { mode: request.mode, wanted, may, reader: readerOf(turn, folder, request.as) };
  const existing = existingOf(turn.db, folder.fid, request.uids);
  const failed: number[] = [];
  const outcomes = new Map<string, Outcome>();
  const rows: FetchRow[] = [];
  const nextSeq = followingModSeq(turn, folder);
  // Where nobody is told of single rows, those with the same flags need not be looked at one by one.
  const plain = (request.silent || request.byRun) && request.unchangedSince === undefined;
  for (const run of plain ? flagRuns(turn.db, folder.fid, existing) : []) {
    const outcome = outcomeOf(outcomes, run.bits, run.keywords, how);
    appendRange(outcome.uids, run.first, run.last);
    outcome.count += run.last - run.first + 1;
  }
  for (let i = 0; i < existing.length && !plain; i += 2) {
    for (const row of readRun(turn, folder, existing[i], existing[i + 1])) {
      if (request.unchangedSince !== undefined && row[1] > request.unchangedSince) {
        appendUid(failed, row[0]);
        continue;
      }
      const outcome = outcomeOf(outcomes, row[2], row[3], how);
      appendUid(outcome.uids, row[0]);
      outcome.count++;
      if (request.silent) continue;
      rows.push(toRow(row, outcome, nextSeq));
    }
  }
  const changing = [...outcomes.entries()].filter(([, outcome]) => outcome.changes);
  const runs = plain && !request.silent ? { runs: storedRuns(turn, folder, outcomes.values(), nextSeq) } : {};
  if (!changing.length) return { rows, ...runs, changed: [], failed, stamp: unchanged(folder) };
  const stamp = nextModSeq(turn, folder);
  const protectedBy = request.unchangedSince ?? Number.MAX_SAFE_INTEGER;
  let changed: UidSet = [];
  const changes: LogChange[] = [];
  for (const [key, outcome] of changing) {
    update(turn, folder, existing, key, outcome, stamp.modSeq, protectedBy);
    changed = changed.length ? uidUnion(changed, outcome.uids) : outcome.uids;
    const { add, remove, uids } = outcome;
    changes.push({ op: "flags", folder: folder.id, uids, modSeq: stamp.modSeq, add, remove });
  }
  noteChanged(turn, folder, changed, stamp.modSeq);
  commitChanges(turn, changes, [folder]);
  const groups = changing.map(([, { uids, add, remove }]) => ({ uids, flags: [...add, ...remove] }));
  return { rows, ...runs, changed, failed, stamp, ...eventsOf(turn, "FLAG", folder, groups) };
}

/** What the messages of each outcome look like now; those that stay as they are keep their modseqs. */
function storedRuns(
  turn: MailboxTurn,
  folder: Folder,
  outcomes: Iterable<Outcome>,
  modSeq: number,
): StoredRun[] {
  const runs: StoredRun[] = [];
  for (const { uids, shown, changes } of outcomes) {
    const { bits: flags, keywords } = shown;
    if (changes) {
      runs.push({ uids, flags, keywords, modSeq });
      continue;
    }
    const byModSeq = new Map<number, number[]>();
    for (let i = 0; i < uids.length; i += 2) {
      for (const [uid, kept] of readRun(turn, folder, uids[i], uids[i + 1])) {
        const same = byModSeq.get(kept);
        if (same) appendUid(same, uid);
        else byModSeq.set(kept, [uid, uid]);
      }
    }
    for (const [kept, same] of byModSeq) runs.push({ uids: same, flags, keywords, modSeq: kept });
  }
  return runs;
}

/** STORE fails only for who may change none of the flags (RFC 4314 §4); others change those that they may. */
function demandFlags(turn: MailboxTurn, folder: Folder, request: Store["request"], may: FlagRights): void {
  if (request.mode === "replace" ? may.bits || may.keywords : permittedFlags(request.flags, may).length) {
    return;
  }
  if (request.flags.length || request.mode === "replace") demand(turn, folder, request.as, "swt");
}

function readRun(turn: MailboxTurn, folder: Folder, first: number, last: number): MessageTuple[] {
  return turn.db.tuples<MessageTuple>(
    `SELECT uid, modseq, flags, ifnull(keywords, ''), internal_ms, size FROM message
     WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid`,
    folder.fid,
    first,
    last,
  );
}

function toRow(row: MessageTuple, outcome: Outcome, modSeq: number): FetchRow {
  return {
    uid: row[0],
    modSeq: outcome.changes ? modSeq : row[1],
    flags: outcome.shown.bits,
    keywords: outcome.shown.keywords,
    internalDateMs: row[4],
    size: row[5],
  };
}

/** What is to be done to every row. */
interface How {
  mode: Store["request"]["mode"];
  wanted: Flags;
  may: FlagRights;
  reader: Reader | null;
}

function outcomeOf(outcomes: Map<string, Outcome>, bits: number, keywords: string, how: How): Outcome {
  const key = `${bits} ${keywords}`;
  let outcome = outcomes.get(key);
  if (!outcome) outcomes.set(key, outcome = work(bits, keywords, how));
  return outcome;
}

function work(bits: number, line: string, { mode, wanted, may, reader }: How): Outcome {
  const { marks, keywords: before } = splitMarks(line);
  // An own \Seen is a mark, and the common one stays as it is.
  const held = reader ? FLAG.seen : 0;
  let after: string[];
  let newBits: number;
  if (mode === "add") {
    newBits = bits | wanted.bits & ~held;
    after = [...new Set([...before, ...wanted.keywords])].sort();
  } else if (mode === "remove") {
    newBits = bits & ~(wanted.bits & ~held);
    after = before.filter((name) => !wanted.keywords.includes(name));
  } else {
    newBits = bits & ~(may.bits & ~held) | wanted.bits & ~held;
    after = may.keywords ? wanted.keywords : before;
  }
  const marked = reader && mark(bits, marks, reader, mode, wanted, may);
  const keywords = joinMarks(marked ?? marks, after);
  if (marked && keywords.length > LIMITS.seenMarksChars) {
    throw new Fault("limit", "the message has too many readers");
  }
  const [marksOn, marksOff] = marked ? turnedMarks(marked, reader) : [[], []];
  return {
    bits: newBits,
    keywords,
    shown: shownFlags(newBits, keywords, reader),
    changes: newBits !== bits || keywords !== line,
    add: [...flagNames(newBits & ~bits), ...after.filter((name) => !before.includes(name)), ...marksOn],
    remove: [...flagNames(bits & ~newBits), ...before.filter((name) => !after.includes(name)), ...marksOff],
    uids: [],
    count: 0,
  };
}

/** The marks after a reader's own \Seen has changed; null when it does not. */
function mark(
  bits: number,
  marks: readonly string[],
  reader: Reader,
  mode: How["mode"],
  wanted: Flags,
  may: FlagRights,
): string[] | null {
  const named = (wanted.bits & FLAG.seen) !== 0;
  if (!named && (mode !== "replace" || !(may.bits & FLAG.seen))) return null;
  const seen = named && mode !== "remove";
  return seen === isSeen(bits, marks, reader) ? null : withMark(marks, reader, seen);
}

/** Both words stand in the log, so that a later word of the other server decides about both. */
function turnedMarks(marks: readonly string[], reader: Reader): [on: string[], off: string[]] {
  return marks.includes(reader.seen) ? [[reader.seen], [reader.unseen]] : [[reader.unseen], [reader.seen]];
}

/**
 * Writes one group. Its own runs, or the runs that were asked for with the old flags as condition: whichever are
 * fewer, as flags that alternate from row to row would otherwise make a statement each.
 */
function update(
  turn: MailboxTurn,
  folder: Folder,
  existing: UidSet,
  key: string,
  outcome: Outcome,
  modSeq: number,
  protectedBy: number,
): void {
  const space = key.indexOf(" ");
  const oldBits = Number(key.slice(0, space));
  const oldKeywords = key.slice(space + 1) || null;
  const runs = outcome.uids.length < existing.length ? outcome.uids : existing;
  let count = 0;
  for (let i = 0; i < runs.length; i += 2) {
    count += turn.db.run(
      `UPDATE message SET flags = ?, ${unseenIn(oldBits, outcome.bits)} keywords = ?, modseq = ?
       WHERE fid = ? AND uid BETWEEN ? AND ? AND flags = ? AND keywords IS ? AND modseq <= ?`,
      outcome.bits,
      joinKeywords(outcome.keywords ? outcome.keywords.split(" ") : []),
      modSeq,
      folder.fid,
      runs[i],
      runs[i + 1],
      oldBits,
      oldKeywords,
      // A row that an earlier group of this turn brought to these very flags has the new modseq: leave it.
      Math.min(protectedBy, modSeq - 1),
    ).changes;
  }
  if (count !== outcome.count) throw new Error(`store changed ${count} rows of ${outcome.count}`);
  const turned = (bit: number) => Number((outcome.bits & bit) !== 0) - Number((oldBits & bit) !== 0);
  folder.unseen -= count * turned(FLAG.seen);
  folder.deleted += count * turned(FLAG.deleted);
}

/** Sets \Seen on existing rows of a folder that lack it, the reader's own or the common one; the caller commits. */
export function markSeen(
  turn: MailboxTurn,
  folder: Folder,
  uids: UidSet,
  modSeq: number,
  reader: Reader | null,
): LogChange {
  if (reader) {
    const [add, remove] = [[reader.seen], [reader.unseen]];
    const change = { op: "flags" as const, folder: folder.id, uids, modSeq, add, remove };
    changeFlags(turn, folder, change);
    return change;
  }
  for (let i = 0; i < uids.length; i += 2) {
    const { changes } = turn.db.run(
      `UPDATE message SET flags = flags | ${FLAG.seen}, unseen = NULL, modseq = ?
       WHERE fid = ? AND uid BETWEEN ? AND ? AND flags & ${FLAG.seen} = 0`,
      modSeq,
      folder.fid,
      uids[i],
      uids[i + 1],
    );
    folder.unseen -= changes;
  }
  noteChanged(turn, folder, uids, modSeq);
  return { op: "flags", folder: folder.id, uids, modSeq, add: ["\\Seen"], remove: [] };
}
