import type { Activation } from "./activation.ts";

/** Commits in a row of one actor, with none of another in between, after which it counts as alone. */
const ALONE_AFTER = 8;
/** A sync that held the host up for longer: the disk is busy. */
const SLOW_MS = 2;
/** So many commits go by before the host waits for such a disk again. */
const SHY = 200;

/**
 * Whether just one actor writes. Then its commits are synced in place: handing each to a thread and being woken by it
 * costs the one who waits as much as the sync, and there is nobody whom it would hold up. With several the thread
 * is better: their syncs overlap.
 */
export class LoneWriter {
  #actor: Activation | null = null;
  #commits = 0;

  /** Notes a commit; true when its actor is alone. */
  isAlone(activation: Activation): boolean {
    if (this.#actor !== activation) {
      this.#actor = activation;
      this.#commits = 0;
    }
    return ++this.#commits > ALONE_AFTER;
  }

  /** How long a sync in place took. */
  waited(ms: number): void {
    if (ms > SLOW_MS) this.#commits = -SHY;
  }
}
