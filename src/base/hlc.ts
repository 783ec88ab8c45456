/**
 * Hybrid logical time: wall-clock milliseconds times 2048 plus a counter, as one safe integer (good until the
 * year 2109). It never goes back on one server and is always later than anything the server has seen, so that
 * "the later change wins" agrees with cause and effect even when clocks are skewed.
 */
export type Hlc = number;

const TICKS_PER_MS = 2048;

/** Which server of a pair gives a timestamp: its lowest bit, so that the two never give the same one. */
export type HlcSlot = 0 | 1;

/** The first timestamp of a server that is not before `from` and after `last`. */
export function nextHlc(from: Hlc, last: Hlc, slot: HlcSlot): Hlc {
  const next = Math.max(from, last + 1);
  return next % 2 === slot ? next : next + 1;
}

/** Gives out growing timestamps. */
export class HlcClock {
  #last: Hlc = 0;
  constructor(private readonly nowMs: () => number, private readonly slot: HlcSlot) {}

  /** The next timestamp, larger than every one given or observed so far. */
  next(): Hlc {
    return (this.#last = nextHlc(this.nowMs() * TICKS_PER_MS, this.#last, this.slot));
  }

  /** Takes note of a timestamp from elsewhere (a log entry of the peer, a stored row). */
  observe(hlc: Hlc): void {
    if (hlc > this.#last) this.#last = hlc;
  }
}

/** The wall-clock milliseconds inside a timestamp. */
export function hlcMs(hlc: Hlc): number {
  return Math.floor(hlc / TICKS_PER_MS);
}
