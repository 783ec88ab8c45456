import type { Clock } from "../base/clock.ts";
import type { ActorAddress } from "./actor.ts";
import type { OutboxRow } from "./host_tables.ts";
import type { ActorRequest, Outcome } from "./request.ts";

const TEMPORARY = new Set(["moved", "busy", "unavailable", "no_space", "internal"]);

/** Sends requests of outboxes until they are answered for good; each at most once at a time. */
export class OutboxSender {
  readonly #sending = new Set<string>();

  constructor(
    private readonly forward: (request: ActorRequest, answer: (outcome: Outcome) => void) => void,
    private readonly clock: Clock,
    private readonly settle: (from: ActorAddress, row: OutboxRow, outcome: Outcome, done: () => void) => void,
  ) {}

  /** Sends one, unless it is on its way. */
  send(from: ActorAddress, row: OutboxRow): void {
    if (this.#sending.has(row.id)) return;
    this.#sending.add(row.id);
    const request = { to: row.to, name: row.name, request: row.request, requestId: row.id };
    const attempt = (delayMs: number): void => {
      this.forward(request, (outcome) => {
        if (!outcome.ok && TEMPORARY.has(outcome.code)) {
          this.clock.after(delayMs, () => attempt(Math.min(delayMs * 2, 60_000)));
          return;
        }
        this.settle(from, row, outcome, () => void this.#sending.delete(row.id));
      });
    };
    attempt(500);
  }
}
