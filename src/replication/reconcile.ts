import type { ActorAddress } from "../actor/actor.ts";
import { GENESIS, laterClaim, type LogMark, markOf, type ReplicaState, sameMark } from "../actor/replica.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import { carryLog, type Page } from "./carry.ts";
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
  /** Has a copy take over a page of the other one's log, with its messages; how far that copy is then. */
  takeHere: (after: LogMark, page: Page) => Promise<LogMark>;
  takeThere: (after: LogMark, page: Page) => Promise<LogMark>;
  /** How many pages may be under way beside the one that every actor may have; shared by all. */
  lanes: { free: number };
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
  if (sameMark(own.end, other.end)) return { kind: "ahead", peerEnd: other.end, home };
  if (home !== node) return { kind: "elsewhere", home, dirty: !(await holds(theirs, to, own.end, other)) };
  if (await holds(mine, to, other.end, own)) return { kind: "ahead", peerEnd: other.end, home };
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

/** Takes over the other side's entries: this side has none of its own since. */
async function follow(copies: Copies, own: ReplicaState): Promise<Standing> {
  const { to, mine, theirs } = copies;
  const end = await carryLog({ copies, inward: true, after: own.end });
  await askEngine(theirs, to, "acked", { mark: end });
  const { home } = await askEngine(mine, to, "replicaState", {});
  return { kind: "ahead", peerEnd: end, home };
}

/** Takes over all of the other side: there is nothing here. */
async function copySnapshot(copies: Copies): Promise<Standing> {
  const { to, mine, theirs } = copies;
  const { entry } = await askEngine(theirs, to, "snapshot", {});
  await bringContents(to, [entry], theirs, mine, copies.stageHere);
  const { end } = await askEngine(mine, to, "applyLog", { after: GENESIS, entries: [entry] });
  const { home } = await askEngine(mine, to, "replicaState", {});
  return { kind: "ahead", peerEnd: end, home };
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
  const { end, tip } = await askEngine(theirs, to, "tip", {});
  const last = entries[entries.length - 1];
  if (!last || !sameMark(markOf(last), end)) {
    throw new Fault("conflict", "the other side has gone on meanwhile");
  }
  const joined = await askEngine(mine, to, "heal", {
    common: common ?? GENESIS,
    theirs: { entries, end, tip },
  });
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
