import type { ActorAddress } from "../actor/actor.ts";
import { type LogMark, sameMark } from "../actor/replica.ts";
import type { Timer } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import { bringContents } from "./contents.ts";
import type { Replicator } from "./replicator.ts";
import { askEngine, askSide, type EngineContract, type Side } from "./side.ts";

/** How one side stands. */
export interface CopyState {
  node: string;
  position: number;
  hash: string;
}

/** Both copies of an actor side by side. */
export interface Comparison {
  home: string;
  copies: CopyState[];
  /** Null: one side has gone on meanwhile, or the other server is away; nothing can be said. */
  equal: boolean | null;
  /** A difference was found and the copy that is not the home's was made anew. */
  repaired: boolean;
}

/**
 * Compares both copies by a hash over everything a user can see. At the same mark they must be equal; when they are
 * not, something broke on a disk or in us: it is told, and the home's copy replaces the other one.
 */
export async function compareCopies(engine: Replicator, address: ActorAddress): Promise<Comparison> {
  const { local, node } = engine.options;
  const { link } = engine;
  const mine = await copyOf(local, address);
  const { home } = await askEngine(local, address, "replicaState", {});
  const own = { node: node.id, position: mine.mark.position, hash: mine.hash };
  if (!link) return { home, copies: [own], equal: null, repaired: false };
  const theirs = await copyOf(link, address);
  const copies = [own, { node: link.peer.node, position: theirs.mark.position, hash: theirs.hash }];
  if (!sameMark(mine.mark, theirs.mark)) return { home, copies, equal: null, repaired: false };
  if (mine.hash === theirs.hash) return { home, copies, equal: true, repaired: false };
  engine.options.metrics.count("replication_divergences");
  engine.options.log.error("replication.divergence", {
    actor: address,
    position: mine.mark.position,
    own: mine.hash,
    peer: theirs.hash,
  });
  if (home !== node.id) {
    await askEngine(link, address, "repair", {});
    return { home, copies, equal: false, repaired: true };
  }
  await repairPeer(engine, link, address);
  return { home, copies, equal: false, repaired: true };
}

/** Gives the other server this one's state anew. */
export async function repairPeer(engine: Replicator, link: Side, address: ActorAddress): Promise<void> {
  const { local, log } = engine.options;
  const { entry } = await askEngine(local, address, "snapshot", {});
  await bringContents(address, [entry], local, link, async (contents) => {
    await askEngine(link, address, "stageContents", { contents });
  });
  const { end } = await askEngine(local, address, "replicaState", {});
  await askEngine(link, address, "applyLog", { after: end, entries: [entry] });
  log.warn("replication.repaired", { actor: address, position: end.position });
}

async function copyOf(side: Side, address: ActorAddress): Promise<{ hash: string; mark: LogMark }> {
  const before = await askEngine(side, address, "replicaState", {});
  const { reply, mark } = await askSide<EngineContract, "hash">(side, address, "hash", {});
  return { hash: reply.hash, mark: mark ?? before.end };
}

/** Compares one actor after the other, all the time and unhurried. */
export class CopyWatch {
  divergences = 0;
  #timer: Timer | null = null;
  #actors: AsyncIterator<ActorAddress> | null = null;

  constructor(
    private readonly engine: Replicator,
    private readonly actors: () => AsyncIterableIterator<ActorAddress>,
  ) {}

  start(delayMs: number = LIMITS.replicaCompareMs): void {
    const { clock, log } = this.engine.options;
    this.#timer = clock.after(delayMs, () => {
      const begunMs = clock.monotonicMs();
      this.#next().catch((error) => log.debug("replication.compare", errorFields(error))).finally(() => {
        if (!this.#timer) return;
        const tookMs = clock.monotonicMs() - begunMs;
        this.start(Math.max(LIMITS.replicaCompareMs, tookMs / LIMITS.replicaCompareShare));
      });
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async #next(): Promise<void> {
    if (!this.engine.link) return;
    this.#actors ??= this.actors();
    const { value, done } = await this.#actors.next();
    if (done) {
      this.#actors = null;
      return;
    }
    // The server with the smaller id does it for both.
    const { node } = this.engine.options;
    if (node.slot !== 0 || this.engine.sync(value).dirty) return;
    const { equal } = await compareCopies(this.engine, value);
    if (equal === false) this.divergences++;
    // They are apart, and nobody knows of it: something was forgotten.
    if (equal === null && !this.engine.sync(value).dirty) await this.engine.lookAt(value);
  }
}
