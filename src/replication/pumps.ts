import type { ActorAddress } from "../actor/actor.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import type { ActorSync } from "./actor_sync.ts";
import type { PeerLink } from "./link.ts";
import { stage } from "./peer_asks.ts";
import { pumpActor, type PumpEvents } from "./pump.ts";
import type { Copies } from "./reconcile.ts";
import type { Replicator } from "./replicator.ts";
import { askEngine, type Side } from "./side.ts";

const RETRY_MS = 20;
const RETRY_MOST_MS = 5_000;

/** Brings actors in step with the other server, so many at once; one that fails is tried again later. */
export class Pumps {
  readonly #waiting: ActorSync[] = [];
  #running = 0;
  readonly #lanes = { free: LIMITS.replicaLanes };

  /** `healed`: branches of an actor were joined. */
  constructor(private readonly engine: Replicator, private readonly healed: PumpEvents["healed"]) {}

  /** Looks at an actor soon: ships what there is, or finds out how the copies stand. */
  add(sync: ActorSync): void {
    if (sync.working) {
      sync.again = true;
      return;
    }
    sync.retry?.cancel();
    sync.retry = null;
    sync.working = true;
    this.#waiting.push(sync);
    this.#start();
  }

  #start(): void {
    while (this.#running < LIMITS.replicaPumps && this.#waiting.length) {
      const sync = this.#waiting.shift()!;
      this.#running++;
      void this.#work(sync).finally(() => {
        this.#running--;
        this.#start();
      });
    }
  }

  async #work(sync: ActorSync): Promise<void> {
    const { engine } = this;
    const { link } = engine;
    try {
      do {
        sync.again = false;
        if (link && engine.link === link) {
          await pumpActor(sync, this.#copies(sync.address, link), this.#events(link));
        }
      } while (sync.again && engine.link === link);
      sync.retryMs = 0;
    } catch (error) {
      sync.peerEnd = null;
      this.#retry(sync, error);
    } finally {
      sync.working = false;
      if (sync.again) engine.pump(sync);
    }
  }

  #retry(sync: ActorSync, error: unknown): void {
    const { engine } = this;
    if (!engine.link) return;
    if (!(error instanceof Fault) || !["conflict", "unavailable", "busy"].includes(error.code)) {
      engine.options.log.error("replication.failed", { actor: sync.address, ...errorFields(error) });
    }
    sync.retryMs = Math.min(sync.retryMs * 2 || RETRY_MS, RETRY_MOST_MS);
    sync.retry = engine.options.clock.after(sync.retryMs, () => engine.pump(sync));
  }

  #copies(to: ActorAddress, theirs: Side): Copies {
    const { engine } = this;
    const { local, node } = engine.options;
    return {
      to,
      node: node.id,
      mine: local,
      theirs,
      noteApplied: (end) => engine.sync(to).noteApplied(end.position),
      stageThere: async (contents) => {
        await askEngine(theirs, to, "stageContents", { contents });
      },
      stageHere: (contents) =>
        new Promise((resolve, reject) =>
          stage(local, to, contents, (outcome) => {
            if (outcome.ok) resolve();
            else reject(new Fault(outcome.code, outcome.message));
          })
        ),
      lanes: this.#lanes,
      live: () => engine.link === theirs,
      takeThere: async (after, page) => (await askEngine(theirs, to, "applyLog", { after, ...page })).end,
    };
  }

  #events(link: PeerLink): PumpEvents {
    return {
      healed: this.healed,
      shipped: (sync, changes) => this.#shipped(sync, changes),
      offered: async (sync) => {
        await askEngine(link, sync.address, "offer", {});
      },
    };
  }

  /** The other copy holds everything: after a quiet while the note of it is struck off, on both sides. */
  #shipped(sync: ActorSync, changes: number): void {
    const { engine } = this;
    const { local, clock, log } = engine.options;
    sync.settleAt(changes);
    if (sync.retry || !sync.peerEnd) return;
    sync.retry = clock.after(LIMITS.replicaQuietMs, () => {
      sync.retry = null;
      const { link } = engine;
      const { peerEnd } = sync;
      if (!peerEnd || !link) return;
      for (const side of [local, link]) {
        askEngine(side, sync.address, "acked", { mark: peerEnd }).catch((error) => {
          if (engine.link === link) log.warn("replication.acked", errorFields(error));
        });
      }
    });
  }
}
