import type { Clock } from "../base/clock.ts";
import type { Hlc } from "../base/hlc.ts";
import type { Random } from "../base/id.ts";
import type { Log } from "../base/log.ts";
import type { Database } from "../storage/database.ts";
import type { Migration } from "../storage/migrate.ts";
import type { LogTail, ReplicaNode } from "./replica.ts";

/** The kinds of actor there are. Where each lives, and with which rights, is the table in `src/place/table.ts`. */
export type ActorKind = "mailbox" | "directory" | "queue" | "login";

/** Who a request is for, never where it runs: `mailbox:01j8…`, `directory:main`. */
export type ActorAddress<K extends ActorKind = ActorKind> = `${K}:${string}`;

/** Everything an actor kind answers, by name. Plain data only (structured clone). Always a `type`, not an interface. */
export type Contract = Record<string, { request: unknown; reply: unknown }>;

/** The kind of an address. */
export function kindOf(address: ActorAddress): ActorKind {
  return address.slice(0, address.indexOf(":")) as ActorKind;
}

/** The name part of an address. */
export function nameOf(address: ActorAddress): string {
  return address.slice(address.indexOf(":") + 1);
}

/** One request, one transaction; gone when the handler returns. */
export interface Turn<S = unknown> {
  readonly self: ActorAddress;
  readonly name: string;
  /** The timestamp of this turn; every row and log entry it writes carries this one. */
  readonly now: Hlc;
  readonly nowMs: number;
  /** Identifies the request across retries and servers. */
  readonly requestId: string;
  readonly db: Database;
  readonly random: Random;
  readonly log: Log;
  /** This server inside its pair. */
  readonly node: ReplicaNode;
  /** The end of the actor's log of changes; see `replica.ts`. */
  readonly tail: LogTail;
  /** What `open` made: caches that can be rebuilt from the file. Dropped whenever a turn rolls back. */
  readonly state: S;
  /** Tells watchers of `topic`, after the commit is durable. */
  publish(topic: string, event: unknown): void;
  /**
   * Sends a request to another actor exactly once in effect: written with this transaction, sent after it, repeated
   * until answered; the receiver drops repeats by id. `replyTo` names an own handler that gets `OutboxReply`.
   * `id` is the request's id where it follows from what the request is, so that turns on two servers that come to send
   * the same have one effect; a new one when left out.
   */
  send(to: ActorAddress, name: string, request: unknown, replyTo?: string, id?: string): void;
  /** Asks for a durable wake-up: the handler `name` gets `{}` at about `atMs`. A later call with the same name replaces it. */
  remind(name: string, atMs: number): void;
}

/** What a `replyTo` handler receives. */
export interface OutboxReply {
  request: unknown;
  reply?: unknown;
  fault?: { code: string; message: string };
}

/** A handler is synchronous: nothing interleaves inside a turn. */
export type Handler<Q, R, S> = (request: Q, turn: Turn<S>) => R extends Promise<unknown> ? never : R;

/** An actor with a file of its own. */
export interface StoredActor<C extends Contract, S = unknown> {
  readonly kind: ActorKind;
  readonly migrations: readonly Migration[];
  /** Requests that change nothing: no transaction is opened for them, and writing in one is a bug. */
  readonly reads: ReadonlySet<keyof C & string>;
  readonly handlers: { readonly [N in keyof C]: Handler<C[N]["request"], C[N]["reply"], S> };
  /**
   * What some of the reads answer for an actor that has no file yet, by its name: asking does not make one then. Only
   * on a server without a peer, as the other one may hold what is missing here.
   */
  readonly absent?: { readonly [N in keyof C & string]?: (name: string) => C[N]["reply"] };
  /** Makes the caches of an activation. Runs once the schema is current. */
  open(db: Database, name: string): S;
  /**
   * A request (of `{}`) that the host makes by itself once the actor has been quiet for a few seconds after changes;
   * a reply with `more: true` asks for another. For work that must not slow a delivery down.
   */
  readonly idle?: keyof C & string;
  /** Finds broken invariants of a file: one readable line each. */
  check(db: Database): string[];
  /**
   * Set for an actor that lives on both servers of a pair: which requests change what both hold. They run at its
   * home while the servers see each other; everything else runs where it is asked.
   */
  readonly changes?: (name: string, request: unknown) => boolean;
}

/** What a stateless actor may use. */
export interface StatelessContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly system: ActorSystem;
}

/** An actor without a file: it may wait, and forgets everything when its place ends. */
export interface StatelessActor<C extends Contract> {
  readonly kind: ActorKind;
  readonly handlers: { readonly [N in keyof C]: (request: C[N]["request"]) => Promise<C[N]["reply"]> };
}

/** How long to wait, and whether a repeat is the same request. */
export interface AskOptions {
  /** Milliseconds until the ask fails with `unavailable`; default `LIMITS.askTimeoutMs`. */
  timeoutMs?: number;
  /** Makes the request idempotent: a repeat of an id that was committed is answered from the first. */
  requestId?: string;
  /** Fail with `moved` instead of changing an actor whose home is the other server. */
  homeOnly?: boolean;
}

/** A reference to an actor; asking activates it where it lives. */
export interface ActorRef<C extends Contract> {
  readonly address: ActorAddress;
  ask<N extends keyof C & string>(
    name: N,
    request: C[N]["request"],
    options?: AskOptions,
  ): Promise<C[N]["reply"]>;
}

/** An event for a watcher. `reset` says that events may have been missed (the place restarted): look again. */
export type WatchEvent = { kind: "event"; topic: string; event: unknown } | { kind: "reset" };

/** The client half of the runtime: all that a frontend may use. */
export interface ActorSystem {
  ref<C extends Contract>(address: ActorAddress): ActorRef<C>;
  /** Calls `listener` for each event of a topic until the returned function is called. The list lives with the host: no file is kept open. */
  watch(address: ActorAddress, topic: string, listener: (event: WatchEvent) => void): () => void;
}
