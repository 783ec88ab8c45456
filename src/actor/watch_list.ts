import type { ActorAddress, WatchEvent } from "./actor.ts";

/** Who watches what: address and topic → listeners. Lives with the host and the router, never with an activation. */
export class WatchList {
  readonly #lists = new Map<string, Set<(event: WatchEvent) => void>>();

  /** Adds a listener; true when it is the first of its topic. */
  add(address: ActorAddress, topic: string, listener: (event: WatchEvent) => void): boolean {
    const key = `${address} ${topic}`;
    const list = this.#lists.get(key);
    if (list) {
      list.add(listener);
      return false;
    }
    this.#lists.set(key, new Set([listener]));
    return true;
  }

  /** Removes a listener; true when it was the last of its topic. */
  remove(address: ActorAddress, topic: string, listener: (event: WatchEvent) => void): boolean {
    const key = `${address} ${topic}`;
    const list = this.#lists.get(key);
    if (!list?.delete(listener) || list.size) return false;
    this.#lists.delete(key);
    return true;
  }

  /** Whether anybody watches. */
  has(address: ActorAddress, topic: string): boolean {
    return this.#lists.has(`${address} ${topic}`);
  }

  /** Calls the listeners of a topic; one that throws does not keep the others from hearing. */
  publish(address: ActorAddress, topic: string, event: unknown, onError: (error: unknown) => void): void {
    const list = this.#lists.get(`${address} ${topic}`);
    if (!list) return;
    for (const listener of [...list]) {
      try {
        listener({ kind: "event", topic, event });
      } catch (error) {
        onError(error);
      }
    }
  }

  /** Every watched pair for which `matches` holds, for saying it again after a restart. */
  watched(matches: (address: ActorAddress) => boolean): { address: ActorAddress; topic: string }[] {
    return [...this.#lists.keys()].map((key) => {
      const cut = key.indexOf(" ");
      return { address: key.slice(0, cut) as ActorAddress, topic: key.slice(cut + 1) };
    }).filter((pair) => matches(pair.address));
  }

  /** Tells every listener for which `matches` holds that events may have been missed. */
  reset(matches: (address: ActorAddress) => boolean): void {
    for (const { address, topic } of this.watched(matches)) {
      for (const listener of [...this.#lists.get(`${address} ${topic}`) ?? []]) listener({ kind: "reset" });
    }
  }
}
