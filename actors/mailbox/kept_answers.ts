import { LIMITS } from "../../src/base/limits.ts";

/** One thing that is kept, by whoever it is of. */
interface Kept {
  readonly owner: KeptAnswers;
  readonly name: string;
  readonly value: unknown;
  readonly bytes: number;
}

/** What was worked out for a folder as it is: the order of its messages by some keys, the columns of THREAD. */
export type KeptAnswers = Map<string, Kept>;

/** Those of all mailboxes of this place, the one that was used last at the end. */
const all = new Set<Kept>();
let bytesOfAll = 0;

/** What was kept under a name. It is not to be changed. */
export function recall<T>(owner: KeptAnswers, name: string): T | undefined {
  const kept = owner.get(name);
  if (!kept) return undefined;
  all.delete(kept);
  all.add(kept);
  return kept.value as T;
}

/** Keeps a value as long as there is room and the folder stays as it is. */
export function keepAnswer(owner: KeptAnswers, name: string, value: unknown, bytes: number): void {
  if (bytes > LIMITS.keptAnswersBytes / 4) return;
  forget(owner.get(name));
  for (const oldest of all) {
    if (bytesOfAll + bytes <= LIMITS.keptAnswersBytes) break;
    forget(oldest);
  }
  const kept = { owner, name, value, bytes };
  owner.set(name, kept);
  all.add(kept);
  bytesOfAll += bytes;
}

/** Forgets all of a folder that has changed. */
export function forgetAnswers(owner: KeptAnswers): void {
  for (const kept of [...owner.values()]) forget(kept);
}

function forget(kept: Kept | undefined): void {
  if (!kept || !all.delete(kept)) return;
  bytesOfAll -= kept.bytes;
  kept.owner.delete(kept.name);
}
