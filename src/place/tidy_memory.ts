const MIB = 1024 * 1024;
const LOOK_MS = 500;
/** A process that allocates less than this between two looks is quiet. */
const QUIET_BYTES = 1 * MIB;
/** What a burst must have left behind to be worth a collection, which takes the longer the more is in use. */
const GROWN_BYTES = 6 * MIB;
const GROWN_SHARE = 0.25;

/**
 * Collects garbage once a burst of work is over: left alone, a process that falls idle keeps the garbage of its last
 * seconds for hours. Never runs while there is work. Does nothing unless the process was started with `--expose-gc`.
 */
export function tidyMemory(): void {
  const { gc } = globalThis as { gc?: (options: { type: "major"; flavor: "last-resort" }) => void };
  if (!gc) return;
  let last = used();
  let floor = last;
  const timer = setInterval(() => {
    const now = used();
    if (now < floor) floor = now;
    const quiet = Math.abs(now - last) < QUIET_BYTES;
    last = now;
    if (!quiet || now - floor < Math.max(GROWN_BYTES, floor * GROWN_SHARE)) return;
    gc({ type: "major", flavor: "last-resort" }); // gives pages back too
    floor = last = used();
  }, LOOK_MS);
  Deno.unrefTimer(timer as unknown as number);
}

function used(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
