import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/id.ts";
import type { Log } from "../base/log.ts";
import type { Metrics } from "../base/metrics.ts";
import type { Disk } from "../storage/disk.ts";
import type { ActorAddress, StoredActor } from "./actor.ts";
import type { LogMark, ReplicaNode } from "./replica.ts";
import type { ActorRequest, Outcome } from "./request.ts";

/** What a host needs from the place it runs in. */
export interface HostOptions {
  // deno-lint-ignore no-explicit-any -- each actor has its own contract and state; the host is generic over them
  actors: readonly StoredActor<any, any>[];
  disk: Disk;
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  /** Sends a request of an outbox to wherever its actor lives. */
  forward: (request: ActorRequest, answer: (outcome: Outcome) => void) => void;
  /** Lets an event out to watchers. */
  publish: (from: ActorAddress, topic: string, event: unknown) => void;
  /** This server inside its pair; a server of its own when left out. */
  node?: ReplicaNode;
  /** An actor has durable changes that the other server may lack. Left out where there is no other server. */
  logged?: (address: ActorAddress, end: LogMark) => void;
  /** Durability can no longer be promised (fsync failed): the place must end. */
  fatal: (error: unknown) => void;
  /** When to run waiting turns; a microtask unless the place batches by frame. */
  schedule?: (run: () => void) => void;
}
