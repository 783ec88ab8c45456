import { type Birth, type BranchIndex, handle } from "./branch_index.ts";
import type { FolderId } from "./contract.ts";

/** What the births of two branches have to do with each other. */
export interface Matches {
  /** Births of the other side that are a message of this side, too: joined before, or one request that both executed. */
  twins: Map<Birth, Birth>;
  /** The same the other way round. */
  twinsOfMine: Map<Birth, Birth>;
  /** Of a message that both sides moved the later move counts: these are the others. */
  lost: Set<Birth>;
  /** The one that gave way to a birth: what was said about its flags counts all the same. */
  rivals: Map<Birth, Birth>;
  /** Where a common message went: the birth that it lives on in. */
  heirs: Map<string, Birth>;
}

/** Compares the births of both branches. `into`: folders of the other side whose messages go into one of this side. */
export function matchBirths(
  mine: BranchIndex,
  theirs: BranchIndex,
  into: ReadonlyMap<FolderId, FolderId>,
): Matches {
  const twins = findTwins(mine, theirs, into);
  const twinsOfMine = new Map([...twins].map(([their, own]) => [own, their]));
  for (const birth of birthsOf(theirs)) {
    if (birth.origin?.startsWith("+")) birth.origin = nameHere(birth.origin, theirs, twins);
  }
  const lost = new Set<Birth>();
  const rivals = new Map<Birth, Birth>();
  const heirs = new Map<string, Birth>();
  for (const birth of birthsOf(mine)) {
    const twin = twinsOfMine.get(birth);
    birth.origin ??= twin?.origin ?? null;
    // One that the other side moved on or expunged goes here too: it must not win over what it became there.
    if (!birth.gone && !twin?.gone && birth.origin !== null) heirs.set(birth.origin, birth);
  }
  for (const birth of birthsOf(theirs)) {
    if (birth.gone || birth.origin === null || twins.has(birth)) continue;
    const rival = heirs.get(birth.origin);
    if (!rival) heirs.set(birth.origin, birth);
    else if (birth.hlc > rival.hlc) {
      lost.add(rival);
      rivals.set(birth, rival);
      heirs.set(birth.origin, birth);
    } else {
      lost.add(birth);
      rivals.set(rival, birth);
    }
  }
  return { twins, twinsOfMine, lost, rivals, heirs };
}

/** The name on this side of a message that came on both; of one that came on the other side alone a name of its own. */
function nameHere(origin: string, theirs: BranchIndex, twins: ReadonlyMap<Birth, Birth>): string {
  const [folder, uid] = origin.slice(1).split(" ");
  const first = theirs.folders.get(folder)?.births.get(Number(uid));
  const twin = first && twins.get(first);
  return twin ? twin.origin ?? `+${handle(twin.folder, twin.uid)}` : `-${origin.slice(1)}`;
}

/** All births of a branch, by folder and UID; those that are gone too. */
function* birthsOf(index: BranchIndex): IterableIterator<Birth> {
  for (const folder of index.folders.values()) yield* folder.births.values();
}

function findTwins(
  mine: BranchIndex,
  theirs: BranchIndex,
  into: ReadonlyMap<FolderId, FolderId>,
): Map<Birth, Birth> {
  const twins = new Map<Birth, Birth>();
  const byKey = new Map<string, Birth>();
  // A renumbered message stands twice in its branch: the living one is meant.
  for (const birth of birthsOf(mine)) {
    const name = `${birth.folder} ${birth.key}`;
    if (!byKey.has(name) || !birth.gone) byKey.set(name, birth);
  }
  for (const birth of birthsOf(theirs)) {
    // Of a folder that was merged before, and the other side never heard of it, the messages lie in this side's.
    const twin = byKey.get(`${into.get(birth.folder) ?? birth.folder} ${birth.key}`);
    if (twin) twins.set(birth, twin);
  }
  for (const [id, births] of theirs.requests) {
    const own = mine.requests.get(id);
    if (!own) continue;
    // One side may have found fewer messages to copy: what is the same counts, in order.
    const left = [...own];
    for (const birth of births) {
      const at = left.findIndex(({ hash }) => hash === birth.hash);
      if (at < 0) continue;
      const [twin] = left.splice(at, 1);
      if (!twins.has(birth)) twins.set(birth, byKey.get(`${twin.folder} ${twin.key}`) ?? twin);
    }
  }
  return twins;
}
