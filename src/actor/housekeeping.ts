import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import type { Activation } from "./activation.ts";
import type { ActorAddress } from "./actor.ts";
import { Fault } from "../base/fault.ts";
import type { HostOptions } from "./host_options.ts";
import { forgetDone, pruneLog } from "./host_tables.ts";
import { IdleWork } from "./idle_work.ts";
import type { ReplicaNode } from "./replica.ts";

/** Looks after the live actors of a host: quiet ones tidy up, idle ones are put away. */
export class Housekeeping {
  readonly #idle: IdleWork;
  #stopped = false;

  constructor(
    private readonly live: Map<ActorAddress, Activation>,
    private readonly options: HostOptions,
    private readonly node: ReplicaNode,
    wakeUp: (activation: Activation) => void,
  ) {
    const isLive = (activation: Activation) => !this.#stopped && live.get(activation.address) === activation;
    this.#idle = new IdleWork(options.clock, wakeUp, isLive);
  }

  /** Looks at all of them from now on, every half second. */
  start(): void {
    this.options.clock.after(LIMITS.sweepMs, () => {
      if (this.#stopped) return;
      this.#sweep();
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Moves the log into the file. Without room there everything stays in the log, where it is as safe; a later commit tries again. */
  checkpoint(activation: Activation): void {
    activation.commits = 0;
    try {
      if (activation.actor.changes) pruneLog(activation.file.db, this.node.paired);
      activation.file.checkpoint();
    } catch (error) {
      this.options.log.warn("actor.checkpoint", { actor: activation.address, ...errorFields(error) });
    }
  }

  /** Makes room for one more. */
  passivateOldest(): void {
    const idle = [...this.live.values()].filter((a) => !a.inbox.length && !a.held);
    idle.sort((a, b) => a.lastUsedMs - b.lastUsedMs);
    for (const activation of idle.slice(0, LIMITS.closesPerSweep)) this.passivate(activation);
    if (this.live.size >= LIMITS.activations * 2) {
      throw new Fault("busy", "too many mailboxes are in use at once");
    }
  }

  /** Closes the file of an actor that has nothing to do. */
  passivate(activation: Activation): void {
    if (isBusy(activation)) return;
    try {
      forgetDone(activation.file.db, this.options.clock.nowMs() - LIMITS.rememberRequestsMs);
    } catch (error) {
      this.options.log.warn("actor.forget", { actor: activation.address, ...errorFields(error) });
    }
    try {
      activation.file.close();
    } catch (error) {
      this.options.log.error("actor.close", { actor: activation.address, ...errorFields(error) });
    }
    this.live.delete(activation.address);
  }

  #sweep(): void {
    const now = this.options.clock.monotonicMs();
    let closing: number = LIMITS.closesPerSweep;
    for (const activation of [...this.live.values()]) {
      const quietMs = now - activation.lastUsedMs;
      if (quietMs > LIMITS.idleMs && closing-- > 0) this.passivate(activation);
      else if (quietMs < LIMITS.quietMs) activation.relaxed = false;
      else if (activation.restless) this.#tidyUp(activation);
      else if (!activation.relaxed) this.#relax(activation);
    }
  }

  /** Idle work and a checkpoint for an actor that has been quiet: one turn now, the next ones soon. */
  #tidyUp(activation: Activation): void {
    if (isBusy(activation)) return;
    activation.restless = false;
    if (activation.commits > 0) this.checkpoint(activation);
    this.#idle.step(activation);
  }

  #relax(activation: Activation): void {
    if (isBusy(activation)) return;
    activation.relaxed = true;
    activation.file.db.relax();
  }
}

function isBusy({ inbox, held, runnable }: Activation): boolean {
  return inbox.length > 0 || held !== null || runnable;
}
