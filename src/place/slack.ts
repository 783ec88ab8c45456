import type { PlaceState } from "./router.ts";

const MIB = 1024 * 1024;
/** What must have gathered to be worth some 50 ms in which the place does nothing else. */
const SLACK_BYTES = 8 * MIB;
/** Requests between two looks up to which a place is quiet, and quiet looks in a row. */
const QUIET_ASKS = 20;
const QUIET_LOOKS = 3;

/**
 * Decides when a process should give memory back. What mailboxes needed stays in the C library's heap when they are
 * closed, as only the heap's end is given back by itself. Two marks, as open files need what closed ones leave.
 */
export class Slack {
  #marks: { open: number; atRest: number } | null = null;
  #asked = 0;
  #quietLooks = 0;
  /** Once more at the next quiet look: what is collected is freed by other threads, which the first time is too soon for. */
  #again = false;

  /** Looks at what a place tells of itself, once each heartbeat; true when it should give back what it does not need. */
  isWorthTrimming({ rssBytes, firstRssBytes, atRest, asked }: PlaceState): boolean {
    this.#quietLooks = asked - this.#asked > QUIET_ASKS ? 0 : this.#quietLooks + 1;
    this.#asked = asked;
    this.#marks ??= { open: firstRssBytes, atRest: firstRssBytes };
    const which = atRest ? "atRest" : "open";
    const trims = this.#again
      ? this.#quietLooks > 0
      : this.#quietLooks >= QUIET_LOOKS && rssBytes - this.#marks[which] >= SLACK_BYTES;
    // What is left afterwards is needed.
    this.#marks[which] = trims ? Infinity : Math.min(this.#marks[which], rssBytes);
    if (trims) {
      this.#quietLooks = 0;
      this.#again = !this.#again;
    }
    return trims;
  }
}
