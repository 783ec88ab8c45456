import type { Clock, Timer } from "../base/clock.ts";

/** What a watchdog looks at. */
export interface Watched {
  clock: Clock;
  /** Milliseconds between looks. */
  everyMs: number;
  /** A count that grows with every command; null while the session is at work itself. */
  progress: () => number | null;
  end: () => void;
}

/**
 * Ends a session in which no command was completed between two looks. A client that sends a byte now and then never
 * meets the timeout of a single read; this one it meets. Call the answer when the session is over.
 */
export function endWhenStuck({ clock, everyMs, progress, end }: Watched): () => void {
  let seen: number | null = null;
  let timer: Timer;
  const look = () => {
    const now = progress();
    if (now !== null && now === seen) return end();
    seen = now;
    timer = clock.after(everyMs, look);
  };
  timer = clock.after(everyMs, look);
  return () => timer.cancel();
}
