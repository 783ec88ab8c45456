import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { Activation } from "./activation.ts";
import type { Outcome } from "./request.ts";

/** Runs the idle work of actors: a step when the host says so, and then on, one actor at a time, while it stays quiet. */
export class IdleWork {
  #going = false;

  /** `wakeUp` lets the actor run what waits; `isLive` says whether it is still there. */
  constructor(
    private readonly clock: Clock,
    private readonly wakeUp: (activation: Activation) => void,
    private readonly isLive: (activation: Activation) => boolean,
  ) {}

  /** One step, unless the actor has something else to do. */
  step(activation: Activation): void {
    const { idle } = activation.actor;
    if (!idle || activation.inbox.length || activation.held || activation.runnable) return;
    const answer = (outcome: Outcome) => {
      activation.restless = outcome.ok && (outcome.reply as { more?: boolean }).more === true;
      if (activation.restless && !this.#going) this.#goOn(activation);
    };
    activation.inbox.push({ name: idle, request: {}, requestId: null, answer });
    this.wakeUp(activation);
  }

  #goOn(activation: Activation): void {
    this.#going = true;
    this.clock.after(LIMITS.idleStepMs, () => {
      this.#going = false;
      if (!activation.restless || !this.isLive(activation)) return;
      if (this.clock.monotonicMs() - activation.lastUsedMs >= LIMITS.quietMs) this.step(activation);
    });
  }
}
