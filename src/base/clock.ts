/** A pending timer; `cancel` is harmless once it has fired. */
export interface Timer {
  cancel(): void;
}

/** Time as the program sees it. Everything that waits or stamps takes one, so that tests and simulation own time. */
export interface Clock {
  /** Wall-clock milliseconds since 1970 (may jump). */
  nowMs(): number;
  /** Milliseconds that only grow, for durations. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. Never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const id = setTimeout(run, delayMs);
    Deno.unrefTimer(id);
    return { cancel: () => clearTimeout(id) };
  },
};

/** A clock that moves only when told: `advance` fires due timers in order. For tests and simulation. */
export class ManualClock implements Clock {
  #now: number;
  #timers: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  nowMs(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((t) => t !== timer)) };
  }

  /** Moves time forward, firing each timer at its own moment. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((t) => t !== due);
      this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}
