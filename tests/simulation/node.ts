import { directoryActor } from "../../actors/directory/actor.ts";
import { directoryChanges } from "../../actors/directory/replicated.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import { mailboxChanges } from "../../actors/mailbox/replicated.ts";
import { type ActorAddress, kindOf, type StoredActor } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { type ReplicaNode, replicaNode } from "../../src/actor/replica.ts";
import type { replicaHandlers } from "../../src/actor/replica_handlers.ts";
import { type ActorRequest, failed, type Outcome } from "../../src/actor/request.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import { createMetrics } from "../../src/base/metrics.ts";
import { Replicator } from "../../src/replication/replicator.ts";
import type { Acknowledge } from "../../actors/directory/contract.ts";
import { AcknowledgePolicy } from "../../src/replication/acknowledge.ts";
import type { PeerLink } from "../../src/replication/link.ts";
import { Route } from "../../src/replication/route.ts";
import type { Side } from "../../src/replication/side.ts";
import type { Dice } from "./dice.ts";
import type { End } from "./net.ts";
import type { SimDisk } from "./disk.ts";
import type { Planted } from "./plant.ts";
import { isQueue, type SentMail } from "./sieve.ts";

/** What one simulated server is made of. */
export interface NodeOptions {
  id: string;
  peer: string;
  clock: Clock;
  dice: Dice;
  disk: SimDisk;
  log: Log;
  acknowledge: Acknowledge;
  whenSplit: AcknowledgePolicy["whenSplit"];
  /** Logs are pruned as soon as both servers have them, instead of being kept for a while. */
  prune: boolean;
  /** What leaves its mailboxes. */
  sent: SentMail;
  /** A fault to be found. */
  planted?: Planted;
}

/** A server: its actors, its disk, its engine. Only the sockets are missing. */
export class SimNode implements End {
  readonly id: string;
  readonly node: ReplicaNode;
  events: Replicator | null = null;
  system: LocalSystem;
  route!: Route;
  /** What the other server lost: it is offered when they meet, as to any that comes with new data. */
  lacking: ActorAddress[] = [];
  /** Nobody is let in. */
  closed = false;
  /** Counts restarts: answers of an earlier life mean nothing. */
  life = 0;
  readonly metrics = createMetrics();

  constructor(readonly options: NodeOptions) {
    this.id = options.id;
    const node = replicaNode(options.id, options.peer);
    this.node = options.planted?.node?.(node) ?? node;
    this.system = this.#newSystem();
    this.#startEngine();
  }

  get engine(): Replicator {
    return this.events!;
  }

  /** Asks as a session of this server would: `unavailable` also when the server goes down before it answers. */
  ask(request: ActorRequest, timeoutMs = 60_000): Promise<Outcome> {
    return new Promise((resolve) => {
      if (!this.events) return resolve(failed("unavailable", "the server is down"));
      const timer = this.options.clock.after(timeoutMs, () => resolve(failed("unavailable", "no answer")));
      const { life } = this;
      this.route.request(request, (outcome) => {
        timer.cancel();
        resolve(life === this.life ? outcome : failed("unavailable", "the server restarted"));
      });
    });
  }

  /** Asks the own copy, past the engine. */
  look(to: ActorAddress, name: string, request: unknown): Promise<Outcome> {
    return new Promise((resolve) => this.system.handle({ to, name, request, requestId: null }, resolve));
  }

  /** The link as this server's engine sees it. */
  wrap(link: PeerLink): PeerLink {
    for (const address of this.lacking.splice(0)) this.engine.onLogged(address, null);
    return this.options.planted?.link?.(link) ?? link;
  }

  /** The process dies at once. With `power` what was not synced is lost. */
  down(power: boolean): void {
    this.life++;
    this.engine.stop();
    this.events = null;
    if (power) this.options.disk.cutPower();
    void this.system.close();
  }

  /** The process comes up again, from its disk. */
  up(): void {
    this.system = this.#newSystem();
    this.#startEngine();
  }

  #newSystem(): LocalSystem {
    const { clock, dice, disk, log, planted } = this.options;
    // The word index plays no part here and costs most of the time.
    const actors = [{ ...mailboxActor, idle: undefined }, directoryActor]
      .map((actor) => this.options.prune ? pruning(actor) : actor)
      .map((actor) => planted?.actor?.(actor) ?? actor);
    const life = ++this.life;
    return new LocalSystem({
      clock,
      random: dice,
      disk,
      log,
      actors,
      node: this.node,
      // As in production, what an actor sends goes where its receiver is at home.
      forward: (request, answer) => {
        if (!this.events || life !== this.life) {
          return answer(failed("unavailable", "the server is not up yet"));
        }
        if (isQueue(request.to)) this.options.sent.take(request, answer);
        else this.route.request(request, answer);
      },
      logged: (address, end) => {
        if (life === this.life) this.events?.onLogged(address, end);
      },
    });
  }

  #startEngine(): void {
    const { system, life } = this;
    const side: Side = {
      ask: (request, answer) =>
        system.handle(request, (outcome) => {
          // A dead process answers nobody.
          if (life === this.life) answer(outcome);
        }),
    };
    const engine = new Replicator({
      node: this.node,
      peer: this.options.peer,
      local: side,
      clock: this.options.clock,
      random: this.options.dice,
      log: this.options.log,
      metrics: this.metrics,
      changes: (to, name, request) =>
        kindOf(to) === "mailbox" ? mailboxChanges(name, request) : directoryChanges(name),
    });
    this.events = engine;
    const { acknowledge, planted, whenSplit, log } = this.options;
    const answered = Promise.resolve(planted?.acknowledge ?? acknowledge);
    const { metrics } = this;
    this.route = new Route(engine, new AcknowledgePolicy({ of: () => answered, whenSplit, log, metrics }));
    if (planted?.forgetful) return;
    for (const address of system.unshipped()) engine.onLogged(address, null);
  }
}

/** An actor that keeps no log entry which the peer holds, too: the next cut ends in whole states instead of entries. */
// deno-lint-ignore no-explicit-any -- actors of many contracts
function pruning(actor: StoredActor<any, any>): StoredActor<any, any> {
  const acked: typeof replicaHandlers.acked = (request, turn) => {
    const reply = actor.handlers.acked(request, turn);
    if (reply.clean) turn.db.run("DELETE FROM log WHERE position < ?", request.mark.position);
    return reply;
  };
  return { ...actor, handlers: { ...actor.handlers, acked } };
}
