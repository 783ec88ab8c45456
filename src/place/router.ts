import {
  type ActorAddress,
  type ActorRef,
  type ActorSystem,
  type AskOptions,
  type Contract,
  kindOf,
  nameOf,
  type WatchEvent,
} from "../actor/actor.ts";
import type { Port, PortMessage } from "../actor/port.ts";
import type { LogMark } from "../actor/replica.ts";
import { type ActorRequest, failed, type Outcome } from "../actor/request.ts";
import { WatchList } from "../actor/watch_list.ts";
import { systemClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields, type Log } from "../base/log.ts";
import type { MetricSample } from "../base/metrics.ts";
import { mayAsk, type PlaceKind, placeOf } from "./table.ts";

/** Takes over the requests to actors that live on both servers of a pair. */
export interface PairRoute {
  concerns(request: ActorRequest): boolean;
  request(request: ActorRequest, answer: (outcome: Outcome) => void): void;
  /** An actor here has durable changes that the other server may lack. */
  logged(address: ActorAddress, end: LogMark | null): void;
}

interface Pending {
  answer: (outcome: Outcome) => void;
  deadlineMs: number;
}

interface Link {
  name: string;
  kind: PlaceKind;
  port: Port | null;
  pending: Map<number, Pending>;
  lastHeardMs: number;
  metrics: MetricSample[];
  /** Requests so far. */
  asked: number;
  /** What the place said of itself last. */
  told: { rssBytes: number; firstRssBytes: number; atRest: boolean } | null;
}

/** What is known of the process of a place. */
export interface PlaceState {
  /** Resident memory, and what it was when the process had just started. */
  rssBytes: number;
  firstRssBytes: number;
  /** No actor is live. */
  atRest: boolean;
  /** Requests that it was sent so far. */
  asked: number;
}

/**
 * Main's half of the runtime: knows which place holds which actor, carries requests there and answers back, keeps the
 * watch lists, and rejects what waits when a place dies. Places reach each other only through here, each request held
 * against the table of rights.
 */
export class Router implements ActorSystem {
  readonly #links = new Map<string, Link>();
  readonly #watches = new WatchList();
  #nextAsk = 1;
  #pair: PairRoute | null = null;
  /** What places told before there was anybody to tell. */
  #untold: [ActorAddress, LogMark | null][] = [];
  #timer: ReturnType<typeof setInterval>;
  #ending = false;

  constructor(private readonly shards: number, private readonly log: Log) {
    this.#timer = setInterval(() => this.#expire(), 1_000);
    Deno.unrefTimer(this.#timer);
  }

  /** Connects a place that has just started; watches of its actors are said again and told to look anew. */
  attach(name: string, port: Port): void {
    const old = this.#links.get(name);
    const link: Link = {
      name,
      kind: name === "control" ? "control" : "shard",
      port,
      pending: new Map(),
      lastHeardMs: systemClock.monotonicMs(),
      metrics: old?.metrics ?? [],
      asked: 0,
      told: null,
    };
    this.#links.set(name, link);
    port.onBatch = (messages) => {
      link.lastHeardMs = systemClock.monotonicMs();
      for (const message of messages) this.#onMessage(link, message);
    };
    port.onClosed = (reason) => this.#detach(link, reason);
    const here = (address: ActorAddress) => this.#placeOf(address) === name;
    for (const { address, topic } of this.#watches.watched(here)) port.send(["watch", address, topic]);
    if (old) this.#watches.reset(here);
  }

  /** From now on the pair's engine says where requests go. */
  usePair(pair: PairRoute): void {
    this.#pair = pair;
    for (const [address, end] of this.#untold.splice(0)) pair.logged(address, end);
  }

  /** Asks an actor of this server, whatever its home. */
  askHere(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    this.#send(request, answer);
  }

  /** Why the other server may not ask this; null when it may. */
  deniedToPeer(request: ActorRequest): Outcome | null {
    return this.#denied("peer", request);
  }

  /** Milliseconds since a place was last heard. */
  silenceMs(name: string): number {
    return systemClock.monotonicMs() - (this.#links.get(name)?.lastHeardMs ?? 0);
  }

  /** Sends to a place what is not a request: pings and the order to stop. */
  tell(name: string, message: PortMessage): void {
    this.#links.get(name)?.port?.send(message);
  }

  /** Whether the place is connected. */
  connected(name: string): boolean {
    return !!this.#links.get(name)?.port;
  }

  /** What a place said of itself last; null when it has said nothing yet. */
  state(name: string): PlaceState | null {
    const link = this.#links.get(name);
    return link?.told ? { ...link.told, asked: link.asked } : null;
  }

  /** The last metrics of all places. */
  metrics(): MetricSample[] {
    return [...this.#links.values()].flatMap((link) => link.metrics);
  }

  ref<C extends Contract>(address: ActorAddress): ActorRef<C> {
    const ask = (name: string, request: unknown, options?: AskOptions) =>
      new Promise((resolve, reject) => {
        const message = { to: address, name, request, requestId: options?.requestId ?? null };
        this.#forward("main", message, (outcome) => {
          if (outcome.ok) resolve(outcome.reply);
          else reject(new Fault(outcome.code, outcome.message));
        }, options?.timeoutMs);
      });
    return { address, ask: ask as ActorRef<C>["ask"] };
  }

  watch(address: ActorAddress, topic: string, listener: (event: WatchEvent) => void): () => void {
    const port = this.#links.get(this.#placeOf(address))?.port;
    if (this.#watches.add(address, topic, listener)) port?.send(["watch", address, topic]);
    return () => {
      if (!this.#watches.remove(address, topic, listener)) return;
      this.#links.get(this.#placeOf(address))?.port?.send(["unwatch", address, topic]);
    };
  }

  /** Stops the clockwork; ports are closed by the supervisor. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Places are about to end because they were told to. */
  expectEnd(): void {
    this.#ending = true;
  }

  #placeOf(address: ActorAddress): string {
    return placeOf(kindOf(address), nameOf(address), this.shards);
  }

  #forward(
    from: PlaceKind,
    request: ActorRequest,
    answer: (outcome: Outcome) => void,
    timeoutMs?: number,
  ): void {
    const denied = this.#denied(from, request);
    if (denied) return answer(denied);
    if (this.#pair?.concerns(request)) this.#pair.request(request, answer);
    else this.#send(request, answer, timeoutMs);
  }

  #denied(from: PlaceKind, request: ActorRequest): Outcome | null {
    if (mayAsk(from, kindOf(request.to), request.name)) return null;
    this.log.error("actor.denied", { place: from, actor: request.to, request: request.name });
    return failed("denied", `${from} may not ask ${request.to} to ${request.name}`);
  }

  #send(request: ActorRequest, answer: (outcome: Outcome) => void, timeoutMs?: number): void {
    const link = this.#links.get(this.#placeOf(request.to));
    if (!link?.port) return answer(failed("unavailable", "the storage is restarting"));
    if (link.pending.size >= LIMITS.portAsks) return answer(failed("busy", "too many requests wait"));
    const id = this.#nextAsk++;
    link.asked++;
    link.pending.set(id, {
      answer,
      deadlineMs: systemClock.monotonicMs() + (timeoutMs ?? LIMITS.askTimeoutMs),
    });
    const { to, name, requestId, homeOnly } = request;
    link.port.send(["ask", id, to, name, request.request, requestId, homeOnly]);
  }

  #onMessage(link: Link, message: PortMessage): void {
    switch (message[0]) {
      case "ok":
        return this.#answer(link, message[1], { ok: true, reply: message[2], mark: message[3] });
      case "fault":
        return this.#answer(link, message[1], failed(message[2], message[3]));
      case "event":
        return this.#watches.publish(
          message[1],
          message[2],
          message[3],
          (error) => this.log.error("watch.internal", errorFields(error)),
        );
      case "logged":
        if (this.#pair) return this.#pair.logged(message[1], message[2]);
        return void this.#untold.push([message[1], message[2]]);
      case "pong":
        link.metrics = message[2];
        link.told = {
          rssBytes: message[3],
          firstRssBytes: link.told?.firstRssBytes ?? message[3],
          atRest: message[4],
        };
        return;
      case "ask": {
        const [, id, to, name, request, requestId] = message;
        return this.#forward(link.kind, { to, name, request, requestId }, (outcome) => {
          link.port?.send(
            outcome.ok ? ["ok", id, outcome.reply] : ["fault", id, outcome.code, outcome.message],
          );
        });
      }
    }
  }

  #answer(link: Link, id: number, outcome: Outcome): void {
    const pending = link.pending.get(id);
    link.pending.delete(id);
    pending?.answer(outcome);
  }

  #detach(link: Link, reason: string): void {
    if (!link.port) return;
    link.port = null;
    const waiting = [...link.pending.values()];
    link.pending.clear();
    if (!this.#ending || waiting.length) {
      this.log.warn("place.lost", { place: link.name, reason, waiting: waiting.length });
    }
    for (const { answer } of waiting) answer(failed("unavailable", "the storage restarted"));
  }

  #expire(): void {
    const now = systemClock.monotonicMs();
    for (const link of this.#links.values()) {
      for (const [id, pending] of link.pending) {
        if (pending.deadlineMs > now) continue;
        link.pending.delete(id);
        pending.answer(failed("unavailable", "no answer in time"));
      }
    }
  }
}
