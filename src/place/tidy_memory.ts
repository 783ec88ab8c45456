import { systemClock } from "../base/clock.ts";

const MIB = 1024 * 1024;
const LOOK_MS = 500;
/** A process that allocates less than this between two looks is quiet. */
const QUIET_BYTES = 1 * MIB;
/** What a burst must have left behind to be worth a collection, which takes the longer the more is in use. */
const GROWN_BYTES = 6 * MIB;
const GROWN_SHARE = 0.25;
/** What a burst must have left in the C library's heap, where nothing is collected. */
const HELD_BYTES = 16 * MIB;

/**
 * A process that was started with this variable collects garbage at this signal and has the C library give back what
 * its heap does not need. Any other one ends at it; only Linux knows it.
 */
export const TRIM_VARIABLE = "DENO_USR2_MEMORY_TRIM";
export const TRIM_SIGNAL = "SIGUSR2";

/** Looks in a row without work after which nobody misses compiled code either. */
const LONG_QUIET = 4;

/**
 * Collects garbage once a burst of work is over: left alone, a process that falls idle keeps the garbage of its last
 * seconds for hours. When it stays idle a second, thorough collection gives the pages back; that one throws compiled
 * code away too, so it never runs between two commands of a busy client. Does nothing without `--expose-gc`.
 * `giveBack` is called when that is done.
 */
export function tidyMemory(giveBack?: () => void): void {
  const { gc } = globalThis as { gc?: (options?: { type: "major"; flavor: "last-resort" }) => void };
  if (!gc) return;
  let last = used();
  let floor = last;
  let leastRss = Infinity;
  let quietLooks = 0;
  // The start leaves garbage, too.
  let collected = true;
  const timer = setInterval(() => {
    const now = used();
    const { rss } = Deno.memoryUsage();
    leastRss = Math.min(leastRss, rss);
    if (now < floor) floor = now;
    quietLooks = Math.abs(now - last) < QUIET_BYTES ? quietLooks + 1 : 0;
    last = now;
    if (!quietLooks) return;
    const isHeld = giveBack !== undefined && rss - leastRss >= HELD_BYTES;
    if (now - floor >= Math.max(GROWN_BYTES, floor * GROWN_SHARE)) {
      gc();
      collected = true;
      floor = last = used();
    } else if ((collected || isHeld) && quietLooks >= LONG_QUIET) {
      gc({ type: "major", flavor: "last-resort" });
      if (giveBack) systemClock.after(LOOK_MS, giveBack); // what was collected is freed by other threads
      collected = false;
      leastRss = Infinity;
      floor = last = used();
    }
  }, LOOK_MS);
  Deno.unrefTimer(timer);
}

/** How main gives memory back; undefined when it was not started so that it can. */
export function mainGivesBack(): (() => void) | undefined {
  if (Deno.build.os !== "linux" || !Deno.env.has(TRIM_VARIABLE)) return undefined;
  return () => Deno.kill(Deno.pid, TRIM_SIGNAL);
}

function used(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
