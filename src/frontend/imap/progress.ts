import type { Session } from "./session.ts";

/** Between two of them; the first comes after as long (RFC 9585 §3). */
const EVERY_MS = 10_000;

/** Tells how far a long command is: its client knows that the connection lives (RFC 9585). */
export class Progress {
  #lastMs: number;

  constructor(private readonly session: Session, private readonly tag: string) {
    this.#lastMs = session.context.clock.monotonicMs();
  }

  /** `done` of `goal` messages were looked at. */
  async tell(done: number, goal: number): Promise<void> {
    const nowMs = this.session.context.clock.monotonicMs();
    if (nowMs - this.#lastMs < EVERY_MS || done >= goal) return;
    this.#lastMs = nowMs;
    const percent = Math.floor(100 * done / goal);
    this.session.write(`* OK [INPROGRESS ("${this.tag}" ${done} ${goal})] ${percent}% of the messages\r\n`);
    await this.session.flush();
  }
}
