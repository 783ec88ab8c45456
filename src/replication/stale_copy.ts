import type { ActorAddress } from "../actor/actor.ts";
import type { LogMark } from "../actor/replica.ts";
import { failed, type Outcome } from "../actor/request.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import type { Replicator } from "./replicator.ts";
import { askEngine, type Side } from "./side.ts";

/**
 * A server that lost its data, or got an older copy of it back, must not give out numbers that it gave out before: no
 * actor is used here until everything that the other server has of it is back.
 */
export class StaleCopy {
  readonly #current = new Map<ActorAddress, Promise<boolean>>();

  constructor(private readonly engine: Replicator) {}

  /** Calls `go` when an actor may be used; answers `unavailable` when that takes too long or the link is down. */
  hold(address: ActorAddress, go: () => void, answer: (outcome: Outcome) => void): void {
    let over = false;
    const end = (current: boolean) => {
      if (over) return;
      over = true;
      timer.cancel();
      if (current) go();
      else answer(failed("unavailable", "this server is fetching its data from the other one"));
    };
    const timer = this.engine.options.clock.after(LIMITS.replicaSettleMs, () => end(false));
    void this.meet(address).then(end);
  }

  /** Resolves once this server lacks nothing of an actor; false when the link went before. */
  meet(address: ActorAddress): Promise<boolean> {
    let meeting = this.#current.get(address);
    if (!meeting) {
      meeting = this.#meet(address);
      this.#current.set(address, meeting);
      void meeting.then((current) => current || this.#current.delete(address));
    }
    return meeting;
  }

  async #meet(address: ActorAddress): Promise<boolean> {
    const { clock, log } = this.engine.options;
    const { link } = this.engine;
    for (let pauseMs = 10; link && this.engine.link === link; pauseMs = Math.min(2 * pauseMs, 1_000)) {
      try {
        if (await this.#lacksNothing(address, link)) return true;
        void this.engine.lookAt(address);
        await askEngine(link, address, "offer", {});
      } catch (error) {
        log.debug("replication.stale", { actor: address, ...errorFields(error) });
      }
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
    return false;
  }

  async #lacksNothing(address: ActorAddress, theirs: Side): Promise<boolean> {
    const { end } = await askEngine(theirs, address, "replicaState", {});
    if (end.position === 0) return true;
    const marks: LogMark[] = [end];
    return (await askEngine(this.engine.options.local, address, "commonMark", { marks })).mark !== null;
  }
}
