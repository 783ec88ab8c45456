import type { ActorAddress } from "../actor/actor.ts";
import type { LogMark } from "../actor/replica.ts";
import type { Timer } from "../base/clock.ts";

/** Somebody who waits until this or the other server's log of an actor has come so far. */
interface Waiter {
  position: number;
  done: (reached: boolean) => void;
}

/** What one server knows of one actor's two copies. Nothing here asks anybody. */
export class ActorSync {
  /** The home as last heard; null before anybody was asked. */
  home: string | null = null;
  /** This copy has changes that the other may lack. */
  dirty = false;
  /** Since when, in monotonic milliseconds. */
  dirtySinceMs = 0;
  /** How often this copy told of changes: one that came while the copies were compared is not settled by that. */
  changes = 0;
  /** The last own entry, as far as it was told. */
  end: LogMark | null = null;
  /** What the other copy is known to hold of this log; null: ask. */
  peerEnd: LogMark | null = null;
  /** Where to go on reading this log, when it is not `peerEnd`: an entry that joins the other side's branch. */
  readFrom: number | null = null;
  /** A pump is at work, and has to look once more. */
  working = false;
  again = false;
  retry: Timer | null = null;
  retryMs = 0;
  /** Requests of the other server, committed here and not shipped yet: it has their messages. */
  readonly forwarded = new Set<string>();
  /** On this link it is known that this copy may order changes: it is no empty one beside one that is not. */
  ready = false;
  /** How far entries of the other server were applied here. */
  applied = 0;
  #applyWaiters: Waiter[] = [];
  #peerWaiters: Waiter[] = [];
  #settleWaiters: ((settled: boolean) => void)[] = [];

  constructor(readonly address: ActorAddress) {}

  /** Calls `done` once this copy holds the other server's entries up to a position, or with false when given up. */
  whenApplied(position: number, done: (reached: boolean) => void): void {
    if (this.applied >= position) done(true);
    else this.#applyWaiters.push({ position, done });
  }

  /** Calls `done` once the other copy holds this one's entries up to a position, or with false when given up. */
  whenPeerHas(position: number, done: (reached: boolean) => void): void {
    if (this.peerEnd && this.readFrom === null && this.peerEnd.position >= position) done(true);
    else this.#peerWaiters.push({ position, done });
  }

  /** Calls `done` once a branch of this server has been joined, or with false when given up. */
  whenSettled(done: (settled: boolean) => void): void {
    this.#settleWaiters.push(done);
  }

  /** Entries of the other server are here up to a position. */
  noteApplied(position: number): void {
    this.applied = Math.max(this.applied, position);
    const [free, left] = part(this.#applyWaiters, this.applied);
    this.#applyWaiters = left;
    for (const { done } of free) done(true);
  }

  /** The other copy holds this log up to a mark. */
  notePeerEnd(mark: LogMark): void {
    this.peerEnd = mark;
    this.readFrom = null;
    this.notePeerHas(mark.position);
  }

  /** Branches were joined here: the other copy ends with its own, and has nothing of this one's until it gets the join. */
  noteJoined(theirEnd: LogMark, readFrom: number): void {
    this.peerEnd = theirEnd;
    this.readFrom = readFrom;
  }

  /** The other copy holds this one's entries up to a position. */
  notePeerHas(position: number): void {
    const [free, left] = part(this.#peerWaiters, position);
    this.#peerWaiters = left;
    for (const { done } of free) done(true);
  }

  /** Both copies were found to be one; `changes` is what it was when somebody began to look. */
  settleAt(changes: number): void {
    if (changes === this.changes) this.dirty = false;
    this.settle();
  }

  /** Both copies are known to be one again, or this server turned out to be the home. */
  settle(): void {
    const waiting = this.#settleWaiters;
    this.#settleWaiters = [];
    for (const done of waiting) done(true);
  }

  /** The link is gone: nobody waits for the other server any longer. */
  cut(): void {
    this.ready = false;
    this.peerEnd = null;
    this.readFrom = null;
    this.retry?.cancel();
    this.retry = null;
    this.retryMs = 0;
    const waiting = [...this.#applyWaiters, ...this.#peerWaiters].map(({ done }) => done);
    waiting.push(...this.#settleWaiters);
    this.#applyWaiters = [];
    this.#peerWaiters = [];
    this.#settleWaiters = [];
    for (const done of waiting) done(false);
  }
}

/** Those who need not wait any longer, and the others. Whoever is told may come back to wait for something else. */
function part(waiters: readonly Waiter[], position: number): [free: Waiter[], left: Waiter[]] {
  const left: Waiter[] = [];
  const free: Waiter[] = [];
  for (const waiter of waiters) (waiter.position <= position ? free : left).push(waiter);
  return [free, left];
}
