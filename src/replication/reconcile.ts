import type { ActorAddress } from "../actor/actor.ts";
import { GENESIS, laterClaim, type LogMark, markOf, type ReplicaState, sameMark } from "../actor/replica.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { Page } from "./carry.ts";
import { bringContents } from "./contents.ts";
import { askEngine, type EngineEntry, type Side } from "./side.ts";

/** Two copies of one actor, and how messages are kept on this side. */
export interface Copies {
  to: ActorAddress;
  /** This server's node id. */
  node: string;
  mine: Side;
  theirs: Side;
  stageHere: (contents: Uint8Array[]) => Promise<void>;
  stageThere: (contents: Uint8Array[]) => Promise<void>;
  /** This copy holds the other side's entries up to a mark. */
  noteApplied: (end: LogMark) => void;
  /** Has the other copy take over a page of this one's log, with its messages; how far that copy is then. */
  takeThere: (after: LogMark, page: Page) => Promise<LogMark>;
  /** How many pages may be under way beside the one that every actor may have; shared by all. */
  lanes: { free: number };
  /** The link to the other server is still the one that these copies were made for. */
  live: () => boolean;
}

/** How two copies stand to each other now. */
export type Standing =
  /** The other server is the home and has to look. */
  | { kind: "elsewhere"; home: string; dirty: boolean }
  /** The other copy is at `peerEnd` of this log: ship what follows. */
  | { kind: "ahead"; peerEnd: LogMark; home: string }
  /** Branches were joined: ship this log from `readFrom`, over their branch that ends at `peerEnd`. */
  | { kind: "joined"; peerEnd: LogMark; readFrom: number; renumbered: number; home: string };

/**
 * Finds out how two copies stand to each other. The home drives: takes over what only the other side has, joins
 * branches, and says what is left to ship. Every step can be repeated after a cut.
 */
export async function reconcile(copies: Copies): Promise<Standing> {
  const { to, mine, theirs, node } = copies;
  const [own, other] = await Promise.all([
    askEngine(mine, to, "replicaState", {}),
    askEngine(theirs, to, "replicaState", {}),
  ]);
  const { home } = laterClaim(own, other);
  const ahead = (): Standing => {
    copies.noteApplied(other.end);
    return { kind: "ahead", peerEnd: other.end, home };
  };
  if (sameMark(own.end, other.end)) return ahead();
  if (home !== node) return { kind: "elsewhere", home, dirty: !(await holds(theirs, to, own.end, other)) };
  if (await holds(mine, to, other.end, own)) return ahead();
  if (await holds(theirs, to, own.end, other)) return await follow(copies, own);
  if (sameMark(own.end, GENESIS)) return await copySnapshot(copies);
  if (sameMark(other.end, GENESIS)) return { kind: "ahead", peerEnd: GENESIS, home };
  return await joinBranches(copies, own, other, home);
}

/** Whether a log holds a mark; the beginning counts as long as nothing was pruned. */
async function holds(side: Side, to: ActorAddress, mark: LogMark, state: ReplicaState): Promise<boolean> {
  if (sameMark(mark, GENESIS)) return state.first === 1;
  return (await askEngine(side, to, "commonMark", { marks: [mark] })).mark !== null;
}

/**
 * Takes over the other side's entries: this side has none of its own since. All at once, as a home that has half of
 * them would give the numbers of the other half anew if it were cut off now.
 */
async function follow(copies: Copies, own: ReplicaState): Promise<Standing> {
  const { to, mine, theirs } = copies;
  const entries = await readBranch(theirs, to, own.end);
  const peerEnd = await takeOver(copies, own.end, entries);
  await askEngine(theirs, to, "acked", { mark: peerEnd });
  const { home } = await askEngine(mine, to, "replicaState", {});
  return { kind: "ahead", peerEnd, home };
}

/** Takes over all of the other side: there is nothing here. */
async function copySnapshot(copies: Copies): Promise<Standing> {
  const { to, mine, theirs } = copies;
  const { entry } = await askEngine(theirs, to, "snapshot", {});
  const peerEnd = await takeOver(copies, GENESIS, [entry]);
  const { home } = await askEngine(mine, to, "replicaState", {});
  return { kind: "ahead", peerEnd, home };
}

async function takeOver(copies: Copies, after: LogMark, entries: EngineEntry[]): Promise<LogMark> {
  const { to, mine, theirs } = copies;
  const absent = await bringContents(to, entries, theirs, mine, copies.stageHere);
  await readTip(theirs, to, entries);
  const { end } = await askEngine(mine, to, "applyLog", { after, entries, absent });
  copies.noteApplied(end);
  return end;
}

/**
 * What a side has to tell beside its entries. It knows from now on that they were read: what it does next keeps clear
 * of the numbers that the reader gives on top of them. `conflict` when it went on meanwhile.
 */
async function readTip(side: Side, to: ActorAddress, entries: readonly EngineEntry[]) {
  const found = await askEngine(side, to, "tip", {});
  const last = entries[entries.length - 1];
  if (!last || !sameMark(markOf(last), found.end)) {
    throw new Fault("conflict", "the other side has gone on meanwhile");
  }
  return found;
}

/** Joins the other side's branch into this one. */
async function joinBranches(
  copies: Copies,
  own: ReplicaState,
  other: ReplicaState,
  home: string,
): Promise<Standing> {
  const { to, mine, theirs } = copies;
  const common = await findCommon(copies, own, other);
  const entries = common
    ? await readBranch(theirs, to, common)
    : [(await askEngine(theirs, to, "snapshot", {})).entry];
  await bringContents(to, entries, theirs, mine, copies.stageHere);
  const { end, tip } = await readTip(theirs, to, entries);
  const joined = await askEngine(mine, to, "heal", {
    common: common ?? GENESIS,
    theirs: { entries, end, tip },
  });
  copies.noteApplied(end);
  return {
    kind: "joined",
    peerEnd: end,
    readFrom: joined.end.position - 1,
    renumbered: joined.renumbered,
    home,
  };
}

/** The newest mark that both logs hold; null when there is none and both have forgotten their beginning. */
async function findCommon(copies: Copies, own: ReplicaState, other: ReplicaState): Promise<LogMark | null> {
  const { to, mine, theirs } = copies;
  for (let before = other.end.position + 1;;) {
    const { marks } = await askEngine(theirs, to, "listMarks", { before, limit: LIMITS.replicaPageEntries });
    if (!marks.length) break;
    const { mark } = await askEngine(mine, to, "commonMark", { marks });
    if (mark) return mark;
    before = marks[marks.length - 1].position;
  }
  return own.first === 1 && other.first === 1 ? GENESIS : null;
}

/** All entries of the other side after a mark. Their messages are asked for apart, by what is missing here. */
async function readBranch(theirs: Side, to: ActorAddress, common: LogMark): Promise<EngineEntry[]> {
  const entries: EngineEntry[] = [];
  for (let after = common.position;;) {
    const page = await askEngine(theirs, to, "readLog", { after, limit: LIMITS.replicaPageEntries });
    if (!page.entries.length) return entries;
    entries.push(...page.entries);
    after = entries[entries.length - 1].position;
  }
}
