import type { Clock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import { type Log, silentLog } from "../base/log.ts";
import { createMetrics, type Metrics } from "../base/metrics.ts";
import { type Disk, MemoryDisk } from "../storage/disk.ts";
import {
  type ActorAddress,
  type ActorRef,
  type ActorSystem,
  type AskOptions,
  type Contract,
  kindOf,
  type StatelessActor,
  type StatelessContext,
  type StoredActor,
  type WatchEvent,
} from "./actor.ts";
import { ActorHost } from "./host.ts";
import type { LogMark, ReplicaNode } from "./replica.ts";
import { type ActorRequest, failed, type Outcome } from "./request.ts";
import { WatchList } from "./watch_list.ts";

/** What a local system is made of. */
export interface LocalOptions {
  clock: Clock;
  random: Random;
  // deno-lint-ignore no-explicit-any -- actors of many contracts in one list
  actors: readonly StoredActor<any, any>[];
  /** Factories, as stateless actors need the system they live in. */
  // deno-lint-ignore no-explicit-any -- as above
  stateless?: readonly ((context: StatelessContext) => StatelessActor<any>)[];
  disk?: Disk;
  log?: Log;
  metrics?: Metrics;
  /** As for a host: this server inside its pair, and what hears of changes that the other one may lack. */
  node?: ReplicaNode;
  logged?: (address: ActorAddress, end: LogMark) => void;
  /** Where requests of outboxes go; else to the actors here. */
  forward?: (request: ActorRequest, answer: (outcome: Outcome) => void) => void;
}

/**
 * All actors in one thread: the runtime of tests and simulation. The same host runs the same turns as in production;
 * only the hops between processes are missing. `crash` forgets everything that a power cut would.
 */
export class LocalSystem implements ActorSystem {
  readonly disk: Disk;
  #host: ActorHost;
  #watches = new WatchList();
  // deno-lint-ignore no-explicit-any -- as LocalOptions
  readonly #stateless = new Map<string, StatelessActor<any>>();
  #generation = 0;

  constructor(private readonly options: LocalOptions) {
    this.disk = options.disk ?? new MemoryDisk();
    this.#host = this.#newHost();
    for (const make of options.stateless ?? []) {
      const actor = make({
        clock: options.clock,
        random: options.random,
        log: options.log ?? silentLog,
        system: this,
      });
      this.#stateless.set(actor.kind, actor);
    }
    this.#host.start();
  }

  ref<C extends Contract>(address: ActorAddress): ActorRef<C> {
    const ask = (name: string, request: unknown, options?: AskOptions) =>
      this.#ask({
        to: address,
        name,
        request: structuredClone(request),
        requestId: options?.requestId ?? null,
      }, options);
    return { address, ask: ask as ActorRef<C>["ask"] };
  }

  watch(address: ActorAddress, topic: string, listener: (event: WatchEvent) => void): () => void {
    this.#watches.add(address, topic, listener);
    return () => void this.#watches.remove(address, topic, listener);
  }

  /** Actors with changes that the other server may lack. */
  unshipped(): ActorAddress[] {
    return this.#host.unshipped();
  }

  /** Hands a request to the host; for what routes requests itself. */
  handle(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    const generation = this.#generation;
    this.#route({ ...request, request: structuredClone(request.request) }, (outcome) => {
      if (generation !== this.#generation) return answer(failed("unavailable", "the place restarted"));
      answer(structuredClone(outcome));
    });
  }

  /** Broken invariants of every live actor; empty when all is well. */
  checkAll(): string[] {
    return this.#host.checkLive();
  }

  /** The place dies and comes back: unanswered requests fail, caches and watch deliveries are lost, files stay. */
  crash(): void {
    this.#generation++;
    this.#host = this.#newHost();
    this.#host.start();
    this.#watches.reset(() => true);
  }

  /** Ends the system; files are closed. */
  close(): Promise<void> {
    return this.#host.stop();
  }

  #newHost(): ActorHost {
    const generation = ++this.#generation;
    return new ActorHost({
      actors: this.options.actors,
      disk: this.disk,
      clock: this.options.clock,
      random: this.options.random,
      log: this.options.log ?? silentLog,
      metrics: this.options.metrics ?? createMetrics(),
      node: this.options.node,
      logged: this.options.logged && ((address, end) => {
        if (generation === this.#generation) this.options.logged?.(address, end);
      }),
      forward: this.options.forward ?? ((request, answer) => this.#route(request, answer)),
      publish: (from, topic, event) => {
        if (generation !== this.#generation) return;
        this.#watches.publish(from, topic, structuredClone(event), (error) => {
          throw error;
        });
      },
      fatal: (error) => {
        throw error;
      },
    });
  }

  #route(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    const actor = this.#stateless.get(kindOf(request.to));
    if (!actor) return this.#host.handle(request, answer);
    const handler = actor.handlers[request.name];
    if (!handler) return answer(failed("invalid", `${request.to} does not answer ${request.name}`));
    handler(request.request as never).then(
      (reply: unknown) => answer({ ok: true, reply }),
      (error: unknown) => {
        if (error instanceof Fault) answer(failed(error.code, error.message));
        else answer(failed("internal", String(error)));
      },
    );
  }

  #ask(request: ActorRequest, options?: AskOptions): Promise<unknown> {
    const generation = this.#generation;
    return new Promise((resolve, reject) => {
      const timer = this.options.clock.after(
        options?.timeoutMs ?? LIMITS.askTimeoutMs,
        () => reject(new Fault("unavailable", "no answer in time")),
      );
      this.#route(request, (outcome) => {
        timer.cancel();
        if (generation !== this.#generation) return reject(new Fault("unavailable", "the place restarted"));
        if (outcome.ok) resolve(structuredClone(outcome.reply));
        else reject(new Fault(outcome.code, outcome.message));
      });
    });
  }
}
