import {
  dropEntries,
  GENESIS,
  type HomeClaim,
  insertEntry,
  laterClaim,
  logEnd,
  type LogEntry,
  type LogMark,
  markOf,
  noteAnswered,
  readEntries,
  readHome,
  sameMark,
  writeHome,
} from "../../src/actor/replica.ts";
import { hasMark } from "../../src/actor/replica_handlers.ts";
import { joinRows, touchedRows } from "../../src/actor/row_branches.ts";
import { allRows, applyRow, type JoinedRow, replaceAll, writeJoined } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { settleClashes } from "./clashes.ts";
import { settlePublics } from "./public.ts";
import type { DirectoryChange, DirectoryContract, DirectoryJoin } from "./contract.ts";
import { telling } from "./events.ts";
import { TABLES } from "./schema.ts";
import type { DirectoryTurn } from "./state.ts";

type Entry = LogEntry<DirectoryChange>;
type Apply = DirectoryContract["applyLog"];
type Heal = DirectoryContract["heal"];

/** Takes over the other side's entries; see `ReplicaContract`. */
export function applyLog({ after, entries }: Apply["request"], turn: DirectoryTurn): Apply["reply"] {
  if (!sameMark(after, logEnd(turn))) throw new Fault("conflict", "the log ends elsewhere");
  const replaced = entries.some((entry) => joinOf(entry)?.branch === null) ? allRows(turn.db, TABLES) : [];
  const rows = [...replaced, ...touchedRows(TABLES, entries)];
  telling(turn, { rows: withoutRepeats(rows), quiet: quietAccounts(entries) }, () => {
    for (const entry of entries) applyEntry(entry, turn);
  });
  return { end: logEnd(turn) };
}

function applyEntry(entry: Entry, turn: DirectoryTurn): void {
  const end = logEnd(turn);
  const join = joinOf(entry);
  // It sets all that either branch touched, so it fits on the end of both and on the mark that both grew from.
  const replaces = join &&
    (join.branch === null || sameMark(join.branch.end, end) || sameMark(join.branch.common, end));
  if (!replaces && entry.position !== end.position + 1) {
    throw new Fault("conflict", `entry ${entry.position} does not follow ${end.position}`);
  }
  if (join && replaces) leaveBranch(join, turn);
  for (const change of entry.changes) {
    if (change.op === "row") applyRow(turn.db, TABLES, change);
    else writeHome(turn.db, claimOf(change));
  }
  if (join?.branch === null) replaceAll(turn.db, TABLES, join.rows);
  else if (join) writeJoined(turn.db, TABLES, join.rows);
  // The state of a log without entries is no entry.
  if (entry.position > GENESIS.position) insertEntry(turn, entry);
}

/** Removes the entries that a join takes the place of. */
function leaveBranch({ branch }: DirectoryJoin, turn: DirectoryTurn): void {
  const from = branch?.common ?? GENESIS;
  if (branch && !holds(turn, from)) throw new Fault("conflict", "the join begins at a mark that is not here");
  dropEntries(turn, from.position);
}

/** Joins the other side's branch into this one; see `ReplicaContract`. The one entry that it makes tells both sides all. */
export function heal({ common, theirs }: Heal["request"], turn: DirectoryTurn): Heal["reply"] {
  if (!holds(turn, common)) throw new Fault("conflict", "no such mark");
  const last = theirs.entries.at(-1);
  if (!sameMark(last ? markOf(last) : common, theirs.end)) {
    throw new Fault("invalid", "a branch without its end");
  }
  if (last && hasMark(turn, theirs.end)) throw new Fault("conflict", "the branch has come meanwhile");
  const mine = readEntries<DirectoryChange>(
    turn.db,
    common.position,
    LIMITS.logEntries,
    Number.MAX_SAFE_INTEGER,
  );
  if (mine.length && !sameMark(markOf(mine.at(-1)!), logEnd(turn))) {
    throw new Fault("conflict", "too far apart");
  }
  const claim = theirs.entries.flatMap(claimsOf).reduce(laterClaim, readHome(turn.db, turn.node));
  const touched = touchedRows(TABLES, [...mine, ...theirs.entries]);
  const end = logEnd(turn);
  telling(turn, { rows: touched, quiet: quietAccounts(theirs.entries) }, () => {
    const rows = settlePublics(
      turn,
      settleClashes(turn, joinRows(turn.db, TABLES, mine, theirs.entries)),
    );
    writeHome(turn.db, claim);
    noteAnswered(turn, theirs.entries);
    const join: DirectoryJoin = { op: "join", branch: { common, end: theirs.end }, claim, rows };
    // Later than everything that it joins, so that what follows is later too.
    const hlc = Math.max(turn.now, turn.tail.last?.hlc ?? 0, last?.hlc ?? 0);
    insertEntry(turn, { position: end.position + 1, requestId: turn.requestId, hlc, changes: [join] });
  });
  return { end: logEnd(turn), renumbered: 0 };
}

/** Everything as one join, under the mark of the log's end. */
export function snapshot(_request: Record<string, never>, turn: DirectoryTurn): { entry: Entry } {
  const { position } = logEnd(turn);
  const { requestId, hlc } = turn.tail.last ?? { requestId: "", hlc: 0 };
  const claim = readHome(turn.db, turn.node);
  const rows = allRows(turn.db, TABLES);
  return { entry: { position, requestId, hlc, changes: [{ op: "join", branch: null, claim, rows }] } };
}

/** The end of the log; a heal has to know nothing more of this side. */
export function tip(_request: Record<string, never>, turn: DirectoryTurn): { end: LogMark; tip: null } {
  return { end: logEnd(turn), tip: null };
}

/** Whether this log holds a mark; the beginning only while nothing was removed from it. */
function holds(turn: DirectoryTurn, mark: LogMark): boolean {
  if (!sameMark(mark, GENESIS)) return hasMark(turn, mark);
  const row = turn.db.get<{ first: number | null }>("SELECT min(position) AS first FROM log")!;
  return (row.first ?? 1) === 1;
}

function joinOf({ changes }: Entry): DirectoryJoin | undefined {
  return changes.find((change) => change.op === "join");
}

function claimOf(change: Exclude<DirectoryChange, { op: "row" }>): HomeClaim {
  const { home, epoch } = change.op === "home" ? change : change.claim;
  return { home, epoch };
}

function claimsOf({ changes }: Entry): HomeClaim[] {
  return changes.flatMap((change) => change.op === "row" ? [] : [claimOf(change)]);
}

/** Which accounts only got another hash of their password by these entries; of a join nobody can tell. */
function quietAccounts(entries: readonly Entry[]): (id: string) => boolean {
  if (entries.some(joinOf)) return () => false;
  const loud = new Set<unknown>();
  for (const change of entries.flatMap(({ changes }) => changes)) {
    if (change.op === "row" && change.set && "password_hash" in change.set && !change.weak) {
      loud.add(change.key[0]);
    }
  }
  return (id) => !loud.has(id);
}

function withoutRepeats<T extends Pick<JoinedRow, "table" | "key">>(rows: readonly T[]): T[] {
  return [...new Map(rows.map((row) => [JSON.stringify([row.table, row.key]), row])).values()];
}
