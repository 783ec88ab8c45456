import { Fault } from "../../src/base/fault.ts";
import {
  GENESIS,
  type HomeChange,
  insertEntry,
  laterClaim,
  logEnd,
  noteAnswered,
  readEntries,
  readHome,
  sameMark,
  writeHome,
} from "../../src/actor/replica.ts";
import { hasMark } from "../../src/actor/replica_handlers.ts";
import { applyJoin } from "./apply_join.ts";
import { type BranchIndex, indexBranch } from "./branch_index.ts";
import { releaseContents } from "./content_refs.ts";
import type { MailboxContract } from "./contract.ts";
import type { JoinChange, LogChange, LogEntry } from "./log_change.ts";
import { dropStaged } from "./exchange.ts";
import { planFolders } from "./join_folders.ts";
import { joinMessages } from "./join_messages.ts";
import { joinKeyedRows } from "./join_rows.ts";
import { settleAcl } from "./join_acl.ts";
import { matchBirths } from "./match_births.ts";
import { sendShares } from "./share.ts";
import { snapshotChange } from "./snapshot.ts";
import type { MailboxTurn } from "./state.ts";

type Heal = MailboxContract["heal"];

/**
 * Joins the other side's branch into this one. What both sides touched after the common mark gets a modseq above both
 * (so that whoever synchronised with either side hears of it on either), UIDs that would name two messages or lie below
 * what the other side's clients have passed are retired on both, later words on a flag, a name or a subscription count,
 * and expunge wins over flags; rows by key join as `tables.ts` says. The outcome is one entry, from which the other side does the same. It may be asked again
 * with more of the branch: what it joined before is recognised.
 */
export function heal(request: Heal["request"], turn: MailboxTurn): Heal["reply"] {
  const { common, theirs } = request;
  const whole = isWhole(theirs.entries);
  if (!whole && !sameMark(common, GENESIS) && !hasMark(turn, common)) {
    throw new Fault("conflict", "the logs have no such mark in common");
  }
  if (hasMark(turn, theirs.end)) throw new Fault("conflict", "the branch has come meanwhile");
  const own = whole ? [snapshotEntry(turn)] : ownEntries(turn, common.position);
  const sides = {
    mine: indexBranch(own),
    theirs: indexBranch(theirs.entries),
    tip: theirs.tip,
    whole,
  };
  const plans = planFolders(turn, sides);
  const into = new Map(plans.flatMap(({ head, merged }) => merged.map((id) => [id, head.id])));
  const matches = matchBirths(sides.mine, sides.theirs, into);
  const { folders, renumbered } = joinMessages(turn, plans, sides, matches);
  const join: JoinChange = {
    op: "join",
    branch: { common: whole ? GENESIS : common, end: theirs.end },
    claim: theirs.entries.flatMap(claimsOf).reduce(laterClaim, readHome(turn.db, turn.node)),
    uidValidity: Math.max(theirs.tip.uidValidity, ownUidValidity(turn)),
    folders,
    subscriptions: joinSubscriptions(sides.mine, sides.theirs, turn, whole),
    rows: settleAcl(turn, joinKeyedRows(turn, own, theirs.entries, whole, folders), plans),
  };
  const leaving = new Map<number, number>();
  applyJoin(turn, join, { absent: new Set(), leaving });
  releaseContents(turn, leaving);
  writeHome(turn.db, join.claim);
  noteAnswered(turn, theirs.entries);
  dropStaged(turn);
  const end = logEnd(turn);
  const last = theirs.entries[theirs.entries.length - 1];
  const hlc = Math.max(turn.now, turn.tail.last?.hlc ?? 0, last?.hlc ?? 0);
  // Later than whatever either side told.
  if (join.rows.some(({ table }) => table === "acl")) sendShares(turn, hlc + 1);
  insertEntry(turn, {
    position: Math.max(end.position, theirs.end.position) + 1,
    requestId: turn.requestId,
    hlc,
    changes: [join],
  });
  return { end: logEnd(turn), renumbered };
}

/** Without a common mark the other side gives all that it has. */
function isWhole(entries: readonly LogEntry[]): boolean {
  const change = entries[0]?.changes[0];
  return change?.op === "join" && change.branch === null;
}

function ownEntries(turn: MailboxTurn, after: number): LogEntry[] {
  const entries: LogEntry[] = [];
  for (;;) {
    const from = entries.length ? entries[entries.length - 1].position : after;
    const page = readEntries<LogChange>(turn.db, from, 1000, Infinity);
    if (!page.length) return entries;
    entries.push(...page);
  }
}

function snapshotEntry(turn: MailboxTurn): LogEntry {
  return { position: 0, requestId: "", hlc: 0, changes: [snapshotChange(turn)] };
}

function claimsOf(entry: LogEntry): { home: string; epoch: number }[] {
  return entry.changes.flatMap((change) =>
    change.op === "join" ? [change.claim] : change.op === "home" ? [claimOf(change)] : []
  );
}

function claimOf({ home, epoch }: HomeChange): { home: string; epoch: number } {
  return { home, epoch };
}

function ownUidValidity(turn: MailboxTurn): number {
  return turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'uid_validity'")!.value;
}

/** The later word on each name; names that only one side knows stay. */
function joinSubscriptions(
  mine: BranchIndex,
  theirs: BranchIndex,
  turn: MailboxTurn,
  whole: boolean,
): JoinChange["subscriptions"] {
  const joined = new Map(mine.subscriptions);
  for (const [name, word] of theirs.subscriptions) {
    const own = joined.get(name);
    if (!own || word.hlc > own.hlc) joined.set(name, word);
  }
  if (whole) {
    for (const [name] of turn.db.tuples<[string]>("SELECT name FROM subscription")) {
      joined.set(name, { on: true, hlc: 0 });
    }
  }
  return [...joined].map(([name, { on }]) => ({ name, on })).sort((a, b) => a.name < b.name ? -1 : 1);
}
