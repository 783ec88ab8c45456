import type { Birth, BranchIndex } from "./branch_index.ts";

/** What the births of two branches have to do with each other. */
export interface Matches {
  /** Births of the other side that are a message of this side, too: joined before, or one request that both executed. */
  twins: Map<Birth, Birth>;
  /** The same the other way round. */
  twinsOfMine: Map<Birth, Birth>;
  /** Of a message that both sides moved the later move counts: these are the others. */
  lost: Set<Birth>;
  /** Where a common message went: the birth that it lives on in. */
  heirs: Map<string, Birth>;
}

/** Compares the births of both branches. */
export function matchBirths(mine: BranchIndex, theirs: BranchIndex): Matches {
  const twins = findTwins(mine, theirs);
  const twinsOfMine = new Map([...twins].map(([their, own]) => [own, their]));
  const lost = new Set<Birth>();
  const heirs = new Map<string, Birth>();
  for (const birth of birthsOf(mine)) {
    birth.origin ??= twinsOfMine.get(birth)?.origin ?? null;
    if (!birth.gone && birth.origin !== null) heirs.set(birth.origin, birth);
  }
  for (const birth of birthsOf(theirs)) {
    if (birth.gone || birth.origin === null || twins.has(birth)) continue;
    const rival = heirs.get(birth.origin);
    if (!rival) heirs.set(birth.origin, birth);
    else if (birth.hlc > rival.hlc) {
      lost.add(rival);
      heirs.set(birth.origin, birth);
    } else lost.add(birth);
  }
  return { twins, twinsOfMine, lost, heirs };
}

/** All births of a branch, by folder and UID; those that are gone too. */
export function* birthsOf(index: BranchIndex): IterableIterator<Birth> {
  for (const folder of index.folders.values()) yield* folder.births.values();
}

function findTwins(mine: BranchIndex, theirs: BranchIndex): Map<Birth, Birth> {
  const twins = new Map<Birth, Birth>();
  const byKey = new Map<string, Birth>();
  // A renumbered message stands twice in its branch: the living one is meant.
  for (const birth of birthsOf(mine)) {
    const name = `${birth.folder} ${birth.key}`;
    if (!byKey.has(name) || !birth.gone) byKey.set(name, birth);
  }
  for (const birth of birthsOf(theirs)) {
    const twin = byKey.get(`${birth.folder} ${birth.key}`);
    if (twin) twins.set(birth, twin);
  }
  for (const [id, births] of theirs.requests) {
    const own = mine.requests.get(id);
    if (!own) continue;
    for (const [i, birth] of births.entries()) {
      const twin = own[i];
      if (!twin || twin.hash !== birth.hash || twins.has(birth)) continue;
      twins.set(birth, byKey.get(`${twin.folder} ${twin.key}`) ?? twin);
    }
  }
  return twins;
}
