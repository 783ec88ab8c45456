import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { Activation } from "./activation.ts";
import type { Outcome } from "./request.ts";

/**
 * Runs the idle work of actors: a step when the host says so, and then on, one actor at a time. A place that nobody asks
 * anything works half of the time; one that is asked has its steps far apart, and an actor that is asked itself even
 * farther.
 */
export class IdleWork {
  #going = false;
  /** Requests that the place had taken when the last step ended. */
  #asked = 0;

  /**
   * `wakeUp` lets the actor run what waits; `isLive` says whether it is still there; `asked` counts the requests that the
   * place has taken.
   */
  constructor(
    private readonly clock: Clock,
    private readonly wakeUp: (activation: Activation) => void,
    private readonly isLive: (activation: Activation) => boolean,
    private readonly asked: () => number,
  ) {}

  /** One step, unless the actor has something else to do. */
  step(activation: Activation): void {
    const { idle } = activation.actor;
    if (!idle || activation.inbox.length || activation.held || activation.runnable) return;
    const startedMs = this.clock.monotonicMs();
    const answer = (outcome: Outcome) => {
      activation.restless = outcome.ok && (outcome.reply as { more?: boolean }).more === true;
      activation.tidiedMs = this.clock.monotonicMs();
      if (activation.restless && !this.#going) this.#goOn(activation, activation.tidiedMs - startedMs);
    };
    activation.inbox.push({ name: idle, request: {}, requestId: null, answer });
    this.wakeUp(activation);
  }

  #goOn(activation: Activation, tookMs: number): void {
    this.#going = true;
    this.clock.after(this.#pauseMs(activation, tookMs), () => {
      this.#going = false;
      if (activation.restless && this.isLive(activation)) this.step(activation);
    });
  }

  /** As long as the step took while nobody asks. */
  #pauseMs(activation: Activation, tookMs: number): number {
    const asked = this.asked() - this.#asked;
    this.#asked = this.asked();
    if (activation.tidiedMs - activation.lastUsedMs < LIMITS.quietMs) return LIMITS.idleUsedMs;
    if (asked >= LIMITS.idleBusyRequests) return LIMITS.idleBusyMs;
    return asked ? LIMITS.idleStepMs : Math.min(Math.max(tookMs, LIMITS.idleLeastMs), LIMITS.idleStepMs);
  }
}
