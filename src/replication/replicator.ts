import { type ActorAddress, kindOf } from "../actor/actor.ts";
import type { LogMark, ReplicaNode, ReplicaState } from "../actor/replica.ts";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import type { Clock } from "../base/clock.ts";
import { asFault, Fault } from "../base/fault.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import { summarize } from "../codec/message/summarize.ts";
import { ActorSync } from "./actor_sync.ts";
import type { PeerEvents, PeerLink } from "./link.ts";
import { pumpActor } from "./pump.ts";
import type { Copies } from "./reconcile.ts";
import { askEngine, type EngineContract, type Side } from "./side.ts";
import type { StaleCopy } from "./stale_copy.ts";
import { repairPeer } from "./verify.ts";

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
  readonly #waiting: ActorSync[] = [];
  #pumps = 0;
  readonly #lanes = { free: LIMITS.replicaLanes };
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
    const { to, name } = request;
    const sync = this.sync(to);
    switch (name) {
      case "offer":
        sync.peerEnd = null;
        this.pump(sync);
        return answer({ ok: true, reply: {} });
      case "repair":
        void repairPeer(this, link, to).then(() => answer({ ok: true, reply: {} }), (error) => {
          const { code, message } = asFault(error);
          answer({ ok: false, code, message });
        });
        return;
      case "stageContents": {
        const { contents } = request.request as { contents: Uint8Array[] };
        return this.#stage(to, contents, answer);
      }
      case "applyLog":
        return this.#apply(sync, request, answer);
      case "acked": {
        const { changes } = sync;
        sync.notePeerHas((request.request as { mark: LogMark }).mark.position);
        return this.options.local.ask(request, (outcome) => {
          if (outcome.ok && (outcome.reply as { clean: boolean }).clean) sync.settleAt(changes);
          answer(outcome);
        });
      }
    }
    if (!request.homeOnly) return this.options.local.ask(request, answer);
    if (request.requestId !== null) this.#noteForwarded(sync, request.requestId);
    const go = () =>
      this.whenReady(sync, () =>
        this.options.local.ask(request, (outcome) => {
          if (request.name === "moveHome") sync.home = null;
          answer(outcome);
        }));
    if (this.stale) this.stale.hold(to, go, answer);
    else go();
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
    if (!this.link || this.#stopped) return;
    if (sync.working) {
      sync.again = true;
      return;
    }
    sync.retry?.cancel();
    sync.retry = null;
    sync.working = true;
    this.#waiting.push(sync);
    this.#startPumps();
  }

  #startPumps(): void {
    while (this.#pumps < LIMITS.replicaPumps && this.#waiting.length) {
      const sync = this.#waiting.shift()!;
      this.#pumps++;
      void this.#work(sync).finally(() => {
        this.#pumps--;
        this.#startPumps();
      });
    }
  }

  async #work(sync: ActorSync): Promise<void> {
    const { link } = this;
    try {
      do {
        sync.again = false;
        if (link && this.link === link) {
          await pumpActor(sync, this.#copies(sync.address, link), this.#events(link));
        }
      } while (sync.again && this.link === link);
      sync.retryMs = 0;
    } catch (error) {
      sync.peerEnd = null;
      this.#retry(sync, error);
    } finally {
      sync.working = false;
      if (sync.again) this.pump(sync);
    }
  }

  #retry(sync: ActorSync, error: unknown): void {
    if (!this.link) return;
    if (!(error instanceof Fault) || !["conflict", "unavailable", "busy"].includes(error.code)) {
      this.options.log.error("replication.failed", { actor: sync.address, ...errorFields(error) });
    }
    sync.retryMs = Math.min(sync.retryMs * 2 || 20, 5_000);
    sync.retry = this.options.clock.after(sync.retryMs, () => this.pump(sync));
  }

  #copies(to: ActorAddress, theirs: Side): Copies {
    return {
      to,
      node: this.options.node.id,
      mine: this.options.local,
      theirs,
      noteApplied: (end) => this.sync(to).noteApplied(end.position),
      stageThere: async (contents) => {
        await askEngine(theirs, to, "stageContents", { contents });
      },
      stageHere: (contents) =>
        new Promise((resolve, reject) =>
          this.#stage(to, contents, (outcome) => {
            if (outcome.ok) resolve();
            else reject(new Fault(outcome.code, outcome.message));
          })
        ),
      lanes: this.#lanes,
      live: () => this.link === theirs,
      takeThere: async (after, page) => (await askEngine(theirs, to, "applyLog", { after, ...page })).end,
    };
  }

  #events(link: PeerLink) {
    return {
      healed: (sync: ActorSync, renumbered: number) => this.#healed(sync, renumbered),
      shipped: (sync: ActorSync, changes: number) => this.#shipped(sync, changes),
      offered: async (sync: ActorSync) => {
        await askEngine(link, sync.address, "offer", {});
      },
    };
  }

  #healed(sync: ActorSync, renumbered: number): void {
    this.#heals++;
    this.#renumbered += renumbered;
    this.options.metrics.count("replication_heals");
    this.options.metrics.count("replication_renumbered", {}, renumbered);
    this.options.log.info("replication.healed", { actor: sync.address, renumbered });
  }

  /** The other copy holds everything: after a quiet while the note of it is struck off, on both sides. */
  #shipped(sync: ActorSync, changes: number): void {
    sync.settleAt(changes);
    if (sync.retry || !sync.peerEnd) return;
    sync.retry = this.options.clock.after(LIMITS.replicaQuietMs, () => {
      sync.retry = null;
      if (!sync.peerEnd || !this.link) return;
      const { link, peerEnd } = { link: this.link, peerEnd: sync.peerEnd };
      for (const side of [this.options.local, link]) {
        askEngine(side, sync.address, "acked", { mark: peerEnd }).catch((error) => {
          if (this.link === link) this.options.log.warn("replication.acked", errorFields(error));
        });
      }
    });
  }

  #stage(to: ActorAddress, contents: Uint8Array[], answer: (outcome: Outcome) => void): void {
    const request = { contents: contents.map((raw) => ({ raw, summary: summarize(raw) })) };
    this.options.local.ask({ to, name: "stageContents", request, requestId: null }, answer);
  }

  #noteForwarded(sync: ActorSync, id: string): void {
    if (sync.forwarded.size >= LIMITS.replicaForwarded) sync.forwarded.clear();
    sync.forwarded.add(id);
  }

  /** Entries of the home. */
  #apply(sync: ActorSync, request: ActorRequest, answer: (outcome: Outcome) => void): void {
    const { changes } = sync;
    this.#takeIn(request, (outcome) => {
      if (outcome.ok) {
        sync.noteApplied((outcome.reply as { end: LogMark }).end.position);
        if (sync.dirty) sync.settleAt(changes);
      }
      answer(outcome);
    });
  }

  /** Takes over entries: with them come their messages, and those that this server sent to the other one itself. */
  #takeIn(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    const { contents = [], ...page } = request.request as EngineContract["applyLog"]["request"];
    const own = page.entries.flatMap(({ requestId }) => this.sent.get(requestId) ?? []);
    if (own.length || contents.length) {
      // Both are asked at once, so that they share one transaction; without the messages the entries are refused.
      this.#stage(request.to, [...own, ...contents], (outcome) => {
        if (!outcome.ok) this.options.log.warn("replication.stage", { code: outcome.code });
      });
    }
    this.options.local.ask({ ...request, request: page }, answer);
  }
}
