import type { Clock, Timer } from "../../src/base/clock.ts";

interface Event {
  at: number;
  order: number;
  run: (() => void) | null;
}

/** Virtual time: events in a heap, run one at a time by whoever calls `next`. */
export class SimTime {
  nowMs = Date.UTC(2026, 0, 1);
  /** Events run so far. */
  steps = 0;
  #heap: Event[] = [];
  #order = 0;

  /** Runs something later; equal moments run in the order in which they were asked for. */
  after(delayMs: number, run: () => void): Timer {
    const event: Event = { at: this.nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(event);
    return { cancel: () => void (event.run = null) };
  }

  /** Runs the next event that is due by `endMs`; false when there is none. */
  next(endMs: number): boolean {
    for (;;) {
      const event = this.#heap[0];
      if (!event || event.at > endMs) {
        this.nowMs = Math.max(this.nowMs, endMs);
        return false;
      }
      this.#pop();
      if (!event.run) continue;
      this.nowMs = event.at;
      this.steps++;
      event.run();
      return true;
    }
  }

  /** One server's clock: the wall may be wrong by `skewMs`. */
  clock(skewMs: number): Clock {
    return {
      nowMs: () => Math.floor(this.nowMs) + skewMs,
      monotonicMs: () => this.nowMs,
      after: (delayMs, run) => this.after(delayMs, run),
    };
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(event, heap[above])) break;
      heap[at] = heap[above];
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (!heap.length) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1], heap[below])) below++;
      if (!before(heap[below], last)) break;
      heap[at] = heap[below];
      at = below;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
