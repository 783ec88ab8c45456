import type { ActorRequest, Outcome } from "../actor/request.ts";

/**
 * How often two servers have met, as one of them remembers it. The one that remembers fewer meetings than the other has
 * lost its data since, or got an older copy of it back.
 */
export interface Meetings {
  /** Meetings after which both held everything that the other one had; -1: nothing was ever stored here. */
  count: number;
  /** Names the last one. */
  last: string;
  /** Names the next one, if this is the server with the smaller id. */
  next: string;
}

/** How a server introduces itself. */
export interface PeerHello {
  /** Its `node.id`. */
  node: string;
  /** Made with its data folder: another one under the same node id is a server that lost or replaced its data. */
  dataId: string;
  /** What it remembers of earlier links. */
  met?: Meetings;
  /** The newest version of the protocol that both speak, once the link is up. */
  version: number;
}

/** A live, authenticated connection to the other server. Requests go both ways; everything queued is bounded. */
export interface PeerLink {
  readonly peer: PeerHello;
  /** Asks an actor of the other server; `unavailable` when the link ends first. `answer` is called exactly once. */
  ask(request: ActorRequest, answer: (outcome: Outcome) => void, timeoutMs?: number): void;
  /** Ends the connection. */
  close(reason: string): void;
}

/** What a server does with its link. */
export interface PeerEvents {
  onUp(link: PeerLink): void;
  onDown(link: PeerLink, reason: string): void;
  /** The other server asks; `answer` must be called exactly once. */
  onAsk(link: PeerLink, request: ActorRequest, answer: (outcome: Outcome) => void): void;
}

/** Keeps a link to the other server: connects, authenticates, notices silence, connects again. */
export interface PeerTransport {
  start(): Promise<void>;
  stop(): Promise<void>;
}
