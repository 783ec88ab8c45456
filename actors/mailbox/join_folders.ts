import { type BranchFolder, branchFolder, type BranchIndex } from "./branch_index.ts";
import type { FolderId } from "./contract.ts";
import type { FolderHead, MailboxTip } from "./log_change.ts";
import { headOf } from "./snapshot.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

/** Both sides of a heal. */
export interface Sides {
  mine: BranchIndex;
  theirs: BranchIndex;
  /** The other side's folders as they are now. */
  tip: MailboxTip;
  /** There is no common mark: both indexes hold everything. */
  whole: boolean;
}

/** A folder that the joined mailbox has. */
export interface FolderPlan {
  head: FolderHead;
  /** The folder here, if it is here. */
  mine: Folder | null;
  /** The folder there, if it is there. */
  theirs: FolderHead | null;
  /** Deleted on one side, with messages that the other side filed meanwhile: only these live on. */
  birthsOnly: boolean;
  /** Folders made on the other side under this name: their messages come here. */
  merged: FolderId[];
}

/**
 * Which folders there are after a heal, and under which names. A folder deleted on one side stays deleted unless the
 * other side filed messages into it. Of two folders made apart under one name the messages end up in this side's;
 * two that were there before and got the same name keep apart, one with a number.
 */
export function planFolders(turn: MailboxTurn, sides: Sides): FolderPlan[] {
  const plans: FolderPlan[] = [];
  const { byId } = catalog(turn);
  const there = new Map(sides.tip.folders.map((head) => [head.id, head]));
  const ids = [...new Set([...byId.keys(), ...there.keys()])].sort();
  for (const id of ids) {
    const plan = planFolder(id, byId.get(id) ?? null, there.get(id) ?? null, sides);
    if (plan) plans.push(plan);
  }
  return shareNames(plans);
}

function planFolder(
  id: FolderId,
  mine: Folder | null,
  theirs: FolderHead | null,
  sides: Sides,
): FolderPlan | null {
  const a = branchFolder(sides.mine, id), b = branchFolder(sides.theirs, id);
  if (mine && theirs) {
    const head = { ...headOf(mine) };
    if (b.named && (!a.named || b.named.hlc > a.named.hlc)) head.name = theirs.name;
    return { head, mine, theirs, birthsOnly: false, merged: [] };
  }
  const [deleted, kept] = mine ? [b.gone, a] : [a.gone, b];
  if (deleted && !hasLivingBirths(kept)) return null;
  return { head: mine ? headOf(mine) : { ...theirs! }, mine, theirs, birthsOnly: deleted, merged: [] };
}

function hasLivingBirths(folder: BranchFolder): boolean {
  for (const birth of folder.births.values()) if (!birth.gone) return true;
  return false;
}

/** Gives each name to one folder: those on both sides come first, then this side's, then the other's. */
function shareNames(plans: FolderPlan[]): FolderPlan[] {
  const rank = (plan: FolderPlan) => plan.mine && plan.theirs ? 0 : plan.mine ? 1 : 2;
  const ordered = [...plans].sort((a, b) => rank(a) - rank(b) || (a.head.id < b.head.id ? -1 : 1));
  const byName = new Map<string, FolderPlan>();
  const uses = new Set<string>();
  const left: FolderPlan[] = [];
  for (const plan of ordered) {
    const holder = byName.get(plan.head.name);
    if (holder && !plan.mine) {
      holder.merged.push(plan.head.id);
      continue;
    }
    if (holder) plan.head.name = freeName(plan.head.name, ordered);
    byName.set(plan.head.name, plan);
    plan.head.specialUse = plan.head.specialUse.filter((use) => !uses.has(use));
    for (const use of plan.head.specialUse) uses.add(use);
    left.push(plan);
  }
  return left;
}

function freeName(name: string, plans: readonly FolderPlan[]): string {
  for (let n = 2;; n++) {
    const tried = `${name} (${n})`;
    if (!plans.some((plan) => plan.head.name === tried)) return tried;
  }
}
