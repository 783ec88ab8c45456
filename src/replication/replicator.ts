import { type ActorAddress, kindOf } from "../actor/actor.ts";
import type { LogMark, ReplicaNode, ReplicaState } from "../actor/replica.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import { ActorSync } from "./actor_sync.ts";
import type { PeerEvents, PeerLink } from "./link.ts";
import { answerPeer } from "./peer_asks.ts";
import { Pumps } from "./pumps.ts";
import { askEngine, type Side } from "./side.ts";
import type { StaleCopy } from "./stale_copy.ts";

/** What the engine is made of. */
export interface ReplicatorOptions {
  node: ReplicaNode;
  /** The other server's node id. */
  peer: string;
  /** This server's actors. */
  local: Side;
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  /** Whether a request changes what both servers hold. */
  changes: (to: ActorAddress, name: string, request: unknown) => boolean;
}

/** Figures of the engine since it started. */
export interface ReplicatorFigures {
  linked: boolean;
  lag: { entries: number; ms: number };
  forks: number;
  heals: number;
  renumbered: number;
}

/**
 * Keeps two servers' copies of every replicated actor one: ships logs, takes the other server's requests, joins
 * branches after a cut. Which request goes where is `route.ts`. Both servers run the same engine.
 */
export class Replicator implements PeerEvents {
  link: PeerLink | null = null;
  /** Set while this server lacks what the other one has seen of it. */
  stale: StaleCopy | null = null;
  readonly #actors = new Map<ActorAddress, ActorSync>();
  readonly #pumps = new Pumps(this, (sync, renumbered) => this.#healed(sync, renumbered));
  #forks = 0;
  #heals = 0;
  #renumbered = 0;
  #stopped = false;
  /** Messages of requests that are on their way to the other server, by request id: they need not come back. */
  readonly sent = new Map<string, Uint8Array[]>();

  constructor(readonly options: ReplicatorOptions) {}

  /** What is known of an actor's two copies. */
  sync(address: ActorAddress): ActorSync {
    let sync = this.#actors.get(address);
    if (!sync) this.#actors.set(address, sync = new ActorSync(address));
    return sync;
  }

  figures(): ReplicatorFigures {
    const now = this.options.clock.monotonicMs();
    let entries = 0, ms = 0;
    for (const sync of this.#actors.values()) {
      if (!sync.dirty) continue;
      entries += Math.max(1, (sync.end?.position ?? 0) - (sync.peerEnd?.position ?? sync.end?.position ?? 0));
      ms = Math.max(ms, now - sync.dirtySinceMs);
    }
    const { forks, heals, renumbered } = {
      forks: this.#forks,
      heals: this.#heals,
      renumbered: this.#renumbered,
    };
    return { linked: this.link !== null, lag: { entries, ms: Math.round(ms) }, forks, heals, renumbered };
  }

  /** Ends all work; what was not shipped stays noted. */
  stop(): void {
    this.#stopped = true;
    this.link = null;
    for (const sync of this.#actors.values()) sync.cut();
  }

  /** An actor here has changes of its own, durable, that the other server may lack. */
  onLogged(address: ActorAddress, end: LogMark | null): void {
    const sync = this.sync(address);
    sync.changes++;
    if (end && (!sync.end || end.position > sync.end.position)) sync.end = end;
    if (!sync.dirty) {
      sync.dirty = true;
      sync.dirtySinceMs = this.options.clock.monotonicMs();
      if (end && !this.link) this.#noteFork(address);
    }
    this.pump(sync);
  }

  onUp(link: PeerLink): void {
    // The other server may have restarted, and be back before anybody noticed: it need not hold what it held.
    const { link: older } = this;
    if (older) {
      this.onDown(older, "replaced");
      older.close("replaced");
    }
    this.link = link;
    this.options.metrics.gauge("replication_linked", 1);
    // The directory first: it says which mailboxes there are.
    const dirty = [...this.#actors.values()].filter((sync) => sync.dirty);
    dirty.sort((a, b) => Number(kindOf(a.address) === "mailbox") - Number(kindOf(b.address) === "mailbox"));
    for (const sync of this.#actors.values()) {
      sync.home = null;
      sync.applied = 0;
    }
    for (const sync of dirty) this.pump(sync);
  }

  onDown(link: PeerLink, _reason: string): void {
    if (this.link !== link) return;
    this.link = null;
    this.options.metrics.gauge("replication_linked", 0);
    for (const sync of this.#actors.values()) sync.cut();
  }

  onAsk(link: PeerLink, request: ActorRequest, answer: (outcome: Outcome) => void): void {
    answerPeer(this, link, request, answer);
  }

  /**
   * Calls `go` when this copy may order changes. A server whose data was lost has empty copies, and would give UIDs
   * anew that clients know: it first takes over what the other one has.
   */
  whenReady(sync: ActorSync, go: () => void): void {
    const { link, options: { local, clock } } = this;
    if (!link || sync.ready) return go();
    const begun = (outcome: Outcome) => outcome.ok && (outcome.reply as ReplicaState).end.position > 0;
    const ask = { to: sync.address, name: "replicaState", request: {}, requestId: null };
    const ready = () => {
      sync.ready = this.link === link;
      go();
    };
    local.ask(ask, (own) => {
      if (begun(own)) return ready();
      link.ask(ask, (other) => {
        if (!begun(other)) return ready();
        let done = false;
        const once = () => {
          if (!done) ready();
          done = true;
        };
        sync.whenSettled(once);
        this.pump(sync);
        clock.after(LIMITS.replicaSettleMs, once);
      });
    });
  }

  /** Has both servers find out how an actor's copies stand; whether they have, or not in time. */
  lookAt(address: ActorAddress): Promise<boolean> {
    const sync = this.sync(address);
    sync.dirty = true;
    sync.peerEnd = null;
    return new Promise((resolve) => {
      sync.whenSettled(resolve);
      this.options.clock.after(LIMITS.replicaSettleMs, () => resolve(false));
      this.pump(sync);
    });
  }

  /** Tells current figures to the metrics. */
  observe(): void {
    const { lag } = this.figures();
    this.options.metrics.gauge("replication_lag_entries", lag.entries);
    this.options.metrics.gauge("replication_lag_seconds", lag.ms / 1000);
  }

  /** The home going on alone is no fork: its entries simply come later. */
  #noteFork(address: ActorAddress): void {
    const { local, node, log, metrics } = this.options;
    askEngine(local, address, "replicaState", {}).then(({ home, end }) => {
      if (home === node.id) return;
      this.#forks++;
      metrics.count("replication_forks");
      log.warn("replication.forked", { actor: address, home, position: end.position });
    }, (error) => log.debug("replication.forked", errorFields(error)));
  }

  /** Looks at an actor soon: ships what there is, or finds out how the copies stand. */
  pump(sync: ActorSync): void {
    if (this.link && !this.#stopped) this.#pumps.add(sync);
  }

  #healed(sync: ActorSync, renumbered: number): void {
    this.#heals++;
    this.#renumbered += renumbered;
    this.options.metrics.count("replication_heals");
    this.options.metrics.count("replication_renumbered", {}, renumbered);
    this.options.log.info("replication.healed", { actor: sync.address, renumbered });
  }
}
