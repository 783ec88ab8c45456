import type { ActorAddress, ActorSystem } from "../../actor/actor.ts";
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/id.ts";
import type { Log } from "../../base/log.ts";
import type { MetricSample } from "../../base/metrics.ts";
import type { Resolver } from "../../net/resolver.ts";

/** What the HTTP interface may use. */
export interface HttpContext {
  readonly system: ActorSystem;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This server's name in a pair. */
  readonly nodeId: string;
  readonly version: string;
  /** Whether every listener is open, or why not. */
  health(): { ok: boolean; reason?: string };
  /** Figures of all processes, for `formatMetrics`. */
  metrics(): MetricSample[] | Promise<MetricSample[]>;
  /** SHA-256 of each admin token that counts now. */
  tokenHashes(): readonly Uint8Array[];
  /** Asks name servers; absent where none is at hand. */
  resolver?(): Resolver;
  /** The other server of a pair; absent where none is configured. */
  replication?: ReplicationControl;
}

/** What an administrator may ask about the pair. */
export interface ReplicationControl {
  status(): ReplicationStatus;
  /** Compares both copies of an actor and repairs what differs. */
  verify(address: ActorAddress): Promise<ReplicaComparison>;
}

/** Both copies of an actor side by side. */
export interface ReplicaComparison {
  home: string;
  copies: { node: string; position: number; hash: string }[];
  /** Null: nothing can be said, as one side has gone on or is away. */
  equal: boolean | null;
  repaired: boolean;
}

/** State of the link between two servers. */
export type ReplicationStatus = {
  node: string;
  peer: string | null;
  linked: boolean;
  /** How far the other server is behind: changes, and the age of the oldest in milliseconds. */
  lag: { entries: number; ms: number };
  forks: number;
  heals: number;
  renumbered: number;
  /** Differences that were found between copies at the same position. */
  divergences: number;
};

/** What handlers find beside the request. */
export type HttpEnv = {
  Variables: {
    /** Set for a write with an Idempotency-Key: the actors' request id, equal for every repeat. */
    requestId: string | undefined;
  };
};
