import type { FaultCode } from "../base/fault.ts";
import type { MetricSample } from "../base/metrics.ts";
import type { ActorAddress } from "./actor.ts";
import type { LogMark } from "./replica.ts";

/**
 * What travels between two places, in order. Tuples, because thousands a second are serialized in batches.
 * `ask` numbers are the asking side's own; its last element is `homeOnly`. An `ok` of a replicated actor bears the end of
 * its log. `logged` tells of durable changes that the other server of a pair may lack. A `pong` ends with the resident
 * memory in bytes, and whether no actor is live.
 */
export type PortMessage =
  | ["ask", number, ActorAddress, string, unknown, string | null, boolean?]
  | ["ok", number, unknown, LogMark?]
  | ["fault", number, FaultCode, string]
  | ["watch", ActorAddress, string]
  | ["unwatch", ActorAddress, string]
  | ["event", ActorAddress, string, unknown]
  | ["logged", ActorAddress, LogMark | null]
  | ["ping", number]
  | ["pong", number, MetricSample[], number, boolean]
  | ["stop"];

/** A two-way ordered channel to another place. */
export interface Port {
  /** Queues a message; messages of one turn of the event loop leave together. */
  send(message: PortMessage): void;
  /** Called with each batch that came. */
  onBatch: (messages: PortMessage[]) => void;
  /** Called once when the channel is gone. */
  onClosed: (reason: string) => void;
  close(): void;
}
