import { Fault } from "../../src/base/fault.ts";
import { appendUid, type UidSet, uidUnion } from "../../src/codec/imap/uid_set.ts";
import { type FetchRow, FLAG, type MailboxContract } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { flagNames, type Flags, joinKeywords, parseFlags } from "./flags.ts";
import { commitChanges, followingModSeq, nextModSeq, unchanged } from "./log.ts";
import { eventsOf } from "./run_event.ts";
import { existingOf } from "./spans.ts";
import { type Folder, folderById, type MailboxTurn } from "./state.ts";

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
  /** All rows with it, as runs. */
  uids: number[];
  count: number;
}

/**
 * STORE (RFC 9051 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3). Rows are grouped by the flags that they have, so one
 * UPDATE a group and run does it; rows that would stay the same keep their modseq.
 */
export function store(request: Store["request"], turn: MailboxTurn): Store["reply"] {
  const folder = folderById(turn, request.folder);
  if (request.flags.some((flag) => flag.toLowerCase() === "\\recent")) {
    throw new Fault("invalid", "\\Recent cannot be stored");
  }
  const wanted = parseFlags(turn, request.flags, request.mode !== "remove");
  const existing = existingOf(turn.db, folder.fid, request.uids);
  const failed: number[] = [];
  const outcomes = new Map<string, Outcome>();
  const rows: FetchRow[] = [];
  const nextSeq = followingModSeq(turn, folder);
  for (let i = 0; i < existing.length; i += 2) {
    for (const row of readRun(turn, folder, existing[i], existing[i + 1])) {
      if (request.unchangedSince !== undefined && row[1] > request.unchangedSince) {
        appendUid(failed, row[0]);
        continue;
      }
      const outcome = outcomeOf(outcomes, row, request.mode, wanted);
      appendUid(outcome.uids, row[0]);
      outcome.count++;
      if (request.silent) continue;
      rows.push(toRow(row, outcome, nextSeq));
    }
  }
  const changing = [...outcomes.entries()].filter(([, outcome]) => outcome.changes);
  if (!changing.length) return { rows, changed: [], failed, stamp: unchanged(folder) };
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
  commitChanges(turn, changes, [folder]);
  const groups = changing.map(([, { uids, add, remove }]) => ({ uids, flags: [...add, ...remove] }));
  return { rows, changed, failed, stamp, ...eventsOf(turn, "FLAG", folder, groups) };
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
    flags: outcome.bits,
    keywords: outcome.keywords,
    internalDateMs: row[4],
    size: row[5],
  };
}

function outcomeOf(
  outcomes: Map<string, Outcome>,
  row: MessageTuple,
  mode: Store["request"]["mode"],
  wanted: Flags,
): Outcome {
  const key = `${row[2]} ${row[3]}`;
  let outcome = outcomes.get(key);
  if (!outcome) outcomes.set(key, outcome = work(row[2], row[3], mode, wanted));
  return outcome;
}

function work(bits: number, line: string, mode: Store["request"]["mode"], wanted: Flags): Outcome {
  const before = line ? line.split(" ") : [];
  let after: string[];
  let newBits: number;
  if (mode === "add") {
    newBits = bits | wanted.bits;
    after = [...new Set([...before, ...wanted.keywords])].sort();
  } else if (mode === "remove") {
    newBits = bits & ~wanted.bits;
    after = before.filter((name) => !wanted.keywords.includes(name));
  } else {
    newBits = wanted.bits;
    after = wanted.keywords;
  }
  const keywords = after.join(" ");
  return {
    bits: newBits,
    keywords,
    changes: newBits !== bits || keywords !== line,
    add: [...flagNames(newBits & ~bits), ...after.filter((name) => !before.includes(name))],
    remove: [...flagNames(bits & ~newBits), ...before.filter((name) => !after.includes(name))],
    uids: [],
    count: 0,
  };
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
      `UPDATE message SET flags = ?, keywords = ?, modseq = ?
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

/** Sets \Seen on existing rows of a folder that lack it; the caller commits. */
export function markSeen(turn: MailboxTurn, folder: Folder, uids: UidSet, modSeq: number): LogChange {
  for (let i = 0; i < uids.length; i += 2) {
    const { changes } = turn.db.run(
      `UPDATE message SET flags = flags | ${FLAG.seen}, modseq = ?
       WHERE fid = ? AND uid BETWEEN ? AND ? AND flags & ${FLAG.seen} = 0`,
      modSeq,
      folder.fid,
      uids[i],
      uids[i + 1],
    );
    folder.unseen -= changes;
  }
  return { op: "flags", folder: folder.id, uids, modSeq, add: ["\\Seen"], remove: [] };
}
