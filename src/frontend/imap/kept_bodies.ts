import type { ActorSystem } from "../../actor/actor.ts";
import type { Clock } from "../../base/clock.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Session } from "./session.ts";

/** What an entry takes beside its body. */
const ENTRY_BYTES = 256;

const bySystem = new WeakMap<ActorSystem, KeptBodies>();

/** The bodies that all sessions of a server keep together. */
export function keptBodies({ context }: Session): KeptBodies {
  let bodies = bySystem.get(context.system);
  if (!bodies) bySystem.set(context.system, bodies = new KeptBodies(context.clock, LIMITS.keptBodiesBytes));
  return bodies;
}

/**
 * Bodies that were sent a moment ago: a mail program that has one often asks for it again, and so do the other devices
 * of its user. A UID names one content for ever, so nothing here can be out of date. Two generations: what is
 * asked for again becomes young, what is not goes with the old ones, by age or when the young ones fill their half.
 */
export class KeptBodies {
  #young = new Map<string, Uint8Array>();
  #old = new Map<string, Uint8Array>();
  #youngBytes = 0;
  #waiting = false;

  constructor(private readonly clock: Clock, private readonly bytes: number) {}

  get(key: string): Uint8Array | undefined {
    const young = this.#young.get(key);
    if (young) return young;
    const old = this.#old.get(key);
    if (old) this.#add(key, old);
    return old;
  }

  /** Keeps a copy, so that it holds no page in memory. Large bodies are not worth the room. */
  put(key: string, body: Uint8Array): void {
    if (body.length <= LIMITS.keptBodyBytes && !this.#young.has(key)) this.#add(key, body.slice());
  }

  #add(key: string, body: Uint8Array): void {
    const bytes = body.length + ENTRY_BYTES;
    if (this.#youngBytes + bytes > this.bytes / 2) this.#turn();
    this.#young.set(key, body);
    this.#youngBytes += bytes;
    this.#ageLater();
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
  }

  #ageLater(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.clock.after(LIMITS.keptBodiesMs, () => {
      this.#waiting = false;
      this.#turn();
      if (this.#old.size) this.#ageLater();
    });
  }
}
