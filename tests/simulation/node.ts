import { mailboxActor } from "../../actors/mailbox/actor.ts";
import { mailboxChanges } from "../../actors/mailbox/replicated.ts";
import { type ActorAddress, kindOf } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { type ReplicaNode, replicaNode } from "../../src/actor/replica.ts";
import { type ActorRequest, failed, type Outcome } from "../../src/actor/request.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import { createMetrics } from "../../src/base/metrics.ts";
import { Replicator } from "../../src/replication/replicator.ts";
import type { Acknowledge } from "../../actors/directory/contract.ts";
import { AcknowledgePolicy } from "../../src/replication/acknowledge.ts";
import { Route } from "../../src/replication/route.ts";
import type { Side } from "../../src/replication/side.ts";
import type { Dice } from "./dice.ts";
import type { End } from "./net.ts";
import type { SimDisk } from "./disk.ts";
import type { Planted } from "./planted.ts";

/** What one simulated server is made of. */
export interface NodeOptions {
  id: string;
  peer: string;
  clock: Clock;
  dice: Dice;
  disk: SimDisk;
  log: Log;
  acknowledge: Acknowledge;
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
  /** Counts restarts: answers of an earlier life mean nothing. */
  life = 0;
  readonly metrics = createMetrics();

  constructor(readonly options: NodeOptions) {
    this.id = options.id;
    this.node = replicaNode(options.id, options.peer);
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
      this.route.request(structuredClone(request), (outcome) => {
        timer.cancel();
        resolve(life === this.life ? outcome : failed("unavailable", "the server restarted"));
      });
    });
  }

  /** Asks the own copy, past the engine. */
  look(to: ActorAddress, name: string, request: unknown): Promise<Outcome> {
    return new Promise((resolve) => this.system.handle({ to, name, request, requestId: null }, resolve));
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
    const mailbox = { ...mailboxActor, idle: undefined };
    const life = ++this.life;
    return new LocalSystem({
      clock,
      random: dice,
      disk,
      log,
      actors: [planted?.actor?.(mailbox) ?? mailbox],
      node: this.node,
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
      local: this.options.planted?.side?.(side) ?? side,
      clock: this.options.clock,
      random: this.options.dice,
      log: this.options.log,
      metrics: this.metrics,
      changes: (to, name, request) => kindOf(to) === "mailbox" && mailboxChanges(name, request),
    });
    this.events = engine;
    const { acknowledge } = this.options;
    const { log } = this.options;
    const policy = new AcknowledgePolicy({
      of: () => Promise.resolve(acknowledge),
      whenSplit: "degrade",
      log,
      metrics: this.metrics,
    });
    this.route = new Route(engine, policy);
    for (const address of system.unshipped()) engine.onLogged(address, null);
  }
}
