import { Fault } from "../../src/base/fault.ts";
import { type UidSet, uidSet, uidSubtract } from "../../src/codec/imap/uid_set.ts";
import {
  type Birth,
  type BranchFolder,
  branchFolder,
  type BranchIndex,
  type FlagOp,
  withFlag,
} from "./branch_index.ts";
import type { JoinFolder, JoinRow } from "./log_change.ts";
import { contentOf } from "./exchange.ts";
import { keywordMap } from "./flags.ts";
import type { FolderPlan, Sides } from "./join_folders.ts";
import type { Matches } from "./match_births.ts";
import { readRows } from "./snapshot.ts";
import { type MailboxTurn } from "./state.ts";

/** A message that came into a folder on either side, with the UID that it may keep (0: it gets a new one). */
interface Arrival {
  birth: Birth;
  ours: boolean;
  uid: number;
}

/** Everything about one folder while it is joined. */
interface Work {
  turn: MailboxTurn;
  plan: FolderPlan;
  sides: Sides;
  matches: Matches;
  mine: BranchFolder;
  theirs: BranchFolder;
  /** Where each side's clients have got to. */
  ownNext: number;
  theirNext: number;
  /** Only one side touched the folder. Its numbers stand: nobody's clients have seen others. */
  alone: boolean;
  /** It was touched on one side, and yet this is not all: a message went elsewhere, or flags came from elsewhere or are spelled anew. */
  mixed: boolean;
  modSeq: number;
  rows: Map<number, JoinRow>;
  gone: Set<number>;
}

/** The folders of a join with the rows that it sets and the UIDs that it takes away. */
export function joinMessages(
  turn: MailboxTurn,
  plans: readonly FolderPlan[],
  sides: Sides,
  matches: Matches,
): { folders: JoinFolder[]; renumbered: number } {
  const folders: JoinFolder[] = [];
  let renumbered = 0;
  for (const plan of plans) {
    const work = startWork(turn, plan, sides, matches);
    const arrivals = [...ownArrivals(work), ...theirArrivals(work), ...mergedArrivals(work)];
    const { uidNext, moved } = placeArrivals(work, arrivals);
    renumbered += moved;
    joinCommonRows(work);
    if (work.alone && work.mixed) stampAll(work);
    folders.push({
      ...plan.head,
      uidNext,
      modSeq: work.modSeq,
      rows: [...work.rows.values()].sort((a, b) => a[0] - b[0]),
      gone: goneUids(work, uidNext),
    });
  }
  return { folders, renumbered };
}

function startWork(turn: MailboxTurn, plan: FolderPlan, sides: Sides, matches: Matches): Work {
  const mine = branchFolder(sides.mine, plan.head.id), theirs = branchFolder(sides.theirs, plan.head.id);
  const ownModSeq = plan.mine?.highestModSeq ?? mine.highestModSeq;
  const theirModSeq = plan.theirs?.modSeq ?? theirs.highestModSeq;
  const alone = !sides.whole && !plan.birthsOnly && !plan.merged.length && (!mine.touched || !theirs.touched);
  return {
    turn,
    plan,
    sides,
    matches,
    mine,
    theirs,
    ownNext: plan.mine?.uidNext ?? mine.highestUid + 1,
    theirNext: plan.theirs?.uidNext ?? theirs.highestUid + 1,
    alone,
    // Marks of readers that one side made may look different by a rule that the other one set.
    mixed: mine.seenRule || theirs.seenRule,
    modSeq: Math.max(ownModSeq, theirModSeq) + (alone ? 0 : 1),
    rows: new Map(),
    gone: new Set([...mine.expunged, ...theirs.expunged]),
  };
}

/** What neither side's clients may go on showing. */
function goneUids({ plan, rows, gone }: Work, uidNext: number): UidSet {
  const living = uidSet(rows.keys());
  if (plan.birthsOnly) return uidNext > 1 ? uidSubtract([1, uidNext - 1], living) : [];
  return uidSubtract(uidSet(gone), living);
}

/** Messages that came on this side; one that the other side was given and expunged is gone. */
function* ownArrivals(work: Work): IterableIterator<Arrival> {
  const { mine, gone, matches, theirNext } = work;
  for (const birth of mine.births.values()) {
    gone.add(birth.uid);
    if (birth.gone) continue;
    const twin = matches.twinsOfMine.get(birth);
    if (matches.lost.has(birth) || twin?.gone) {
      work.mixed = true;
      continue;
    }
    const same = twin !== undefined && twin.folder === birth.folder && twin.uid === birth.uid;
    yield { birth, ours: true, uid: same || birth.uid >= theirNext ? birth.uid : 0 };
  }
}

/** Messages that came on the other side and are new here. */
function* theirArrivals(work: Work): IterableIterator<Arrival> {
  const { theirs, gone, matches, ownNext } = work;
  for (const birth of theirs.births.values()) {
    gone.add(birth.uid);
    if (birth.gone) continue;
    if (matches.lost.has(birth) || matches.twins.has(birth)) {
      work.mixed = true;
      continue;
    }
    yield { birth, ours: false, uid: birth.uid >= ownNext ? birth.uid : 0 };
  }
}

/** Messages of folders that the other side made under this one's name. */
function* mergedArrivals({ plan, sides, matches }: Work): IterableIterator<Arrival> {
  for (const id of plan.merged) {
    for (const birth of branchFolder(sides.theirs, id).births.values()) {
      if (birth.gone || matches.lost.has(birth) || matches.twins.has(birth)) continue;
      yield { birth, ours: false, uid: 0 };
    }
  }
}

/** Gives new UIDs, above all that either side ever gave, in the order of arrival. */
function placeArrivals(work: Work, arrivals: Arrival[]): { uidNext: number; moved: number } {
  let uidNext = Math.max(work.ownNext, work.theirNext);
  let moved = 0;
  const late = arrivals.filter((arrival) => !arrival.uid);
  late.sort((a, b) =>
    a.birth.hlc - b.birth.hlc || Number(b.ours) - Number(a.ours) || a.birth.uid - b.birth.uid
  );
  for (const arrival of late) {
    arrival.uid = uidNext++;
    moved++;
    // An earlier join that went on from the same mark tells again of what both hold: here it is new under this number.
    work.mixed = true;
  }
  if (uidNext > 0xffffffff) throw new Fault("limit", "the folder has no UIDs left");
  for (const arrival of arrivals) placeRow(work, arrival);
  return { uidNext, moved };
}

/** More happened than the clients of the one side that touched the folder know: everybody has to hear. */
function stampAll(work: Work): void {
  work.alone = false;
  work.modSeq++;
  for (const row of work.rows.values()) row[1] = work.modSeq;
}

function placeRow(work: Work, { birth, ours, uid }: Arrival): void {
  const { turn, sides, matches } = work;
  const row = ours ? ownRow(work, birth.uid) : newRow(turn, birth);
  if (!row) return;
  row[0] = uid;
  const [here, there] = ours ? [sides.mine, sides.theirs] : [sides.theirs, sides.mine];
  const ops = opsOf(work, here, birth);
  const before = `${row[2]} ${row[3]}`;
  const twin = matches.twinsOfMine.get(birth);
  if (twin && sides.whole && twin.modSeq > row[1]) [row[2], row[3]] = [twin.flags, twin.keywords];
  else if (twin) applyLater(row, opsOf(work, there, twin), ops);
  // Flags that the other side set on the message where it was before, or where it moved it to.
  else if (birth.origin !== null && matches.heirs.get(birth.origin) === birth) {
    const rival = matches.rivals.get(birth);
    applyLater(row, rival ? opsOf(work, there, rival) : originOps(work, there, birth), ops);
  }
  if (`${row[2]} ${row[3]}` !== before) work.mixed = true;
  if (!work.alone) row[1] = work.modSeq;
  row[9] = 1;
  setRow(work, row);
}

/** Puts a row into the join, its keywords in the spelling that this server knows. */
function setRow(work: Work, row: JoinRow): void {
  const known = keywordMap(work.turn);
  if (row[3]) {
    const spelled = row[3].split(" ").map((word) => known.get(word.toLowerCase()) ?? word).sort().join(" ");
    if (spelled !== row[3]) work.mixed = true;
    row[3] = spelled;
  }
  work.rows.set(row[0], row);
}

/** A side's last words on the flags of a message, where it lies and where it came from. */
function opsOf(work: Work, index: BranchIndex, birth: Birth): Map<string, FlagOp> {
  return new Map([
    ...originOps(work, index, birth),
    ...branchFolder(index, birth.folder).flagOps.get(birth.uid) ?? [],
  ]);
}

function originOps(work: Work, index: BranchIndex, { origin }: Birth): ReadonlyMap<string, FlagOp> {
  const [folder, uid] = origin === null ? [] : placeOf(work, index, origin);
  return folder === undefined ? new Map() : branchFolder(index, folder).flagOps.get(Number(uid)) ?? new Map();
}

/** Where a side had the message that a birth was moved from. */
function placeOf({ sides, matches }: Work, index: BranchIndex, origin: string): string[] {
  const own = index === sides.mine;
  if (origin.startsWith("-")) return own ? [] : origin.slice(1).split(" ");
  if (!origin.startsWith("+")) return origin.split(" ");
  const place = origin.slice(1).split(" ");
  if (own) return place;
  const first = branchFolder(sides.mine, place[0]).births.get(Number(place[1]));
  const twin = first && matches.twinsOfMine.get(first);
  return twin ? [twin.folder, String(twin.uid)] : [];
}

/** Messages that both sides had, and either side changed. */
function joinCommonRows(work: Work): void {
  const { plan, mine, theirs } = work;
  if (!plan.mine || plan.birthsOnly) return;
  for (const uid of new Set([...mine.flagOps.keys(), ...theirs.flagOps.keys()])) {
    if (work.gone.has(uid) || work.rows.has(uid) || mine.births.has(uid) || theirs.births.has(uid)) continue;
    const row = ownRow(work, uid);
    if (!row) continue;
    applyLater(row, theirs.flagOps.get(uid), mine.flagOps.get(uid));
    row[1] = work.alone ? Math.max(row[1], theirs.modSeqs.get(uid) ?? 0) : work.modSeq;
    setRow(work, row);
  }
}

/** Applies the other side's word on each flag where this side has no later one. */
function applyLater(
  row: JoinRow,
  theirs: ReadonlyMap<string, FlagOp> | undefined,
  mine: ReadonlyMap<string, FlagOp> | undefined,
): void {
  for (const [flag, op] of theirs ?? []) {
    if (op.hlc <= (mine?.get(flag)?.hlc ?? 0)) continue;
    const next = withFlag({ flags: row[2], keywords: row[3] }, op.name, op.on);
    [row[2], row[3]] = [next.flags, next.keywords];
  }
}

function ownRow({ turn, plan }: Work, uid: number): JoinRow | undefined {
  return plan.mine ? readRows(turn, plan.mine.fid, uid, uid, 0)[0] : undefined;
}

function newRow(turn: MailboxTurn, birth: Birth): JoinRow {
  const content = contentOf(turn, birth.hash);
  if (!content) throw new Fault("not_found", "a message has not come yet");
  const { uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size, hash } = birth;
  return [uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size, hash, content.thread_id, 1];
}
