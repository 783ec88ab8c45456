/** What one account was promised, and what may or may not have happened when the server died. */
export interface Entry {
  id: string;
  /** `yes` was acknowledged; `maybe` was asked for and not answered. */
  stored: "yes" | "maybe";
  flagged: "no" | "maybe" | "yes";
  expunged: "no" | "maybe" | "yes";
}

/** Everything that the load asked of the server, by account. */
export class Ledger {
  readonly #accounts = new Map<string, Map<string, Entry>>();
  /** Which message each UID was ever seen to name. */
  readonly #uids = new Map<string, string>();
  readonly #lies: string[] = [];

  entries(account: string): Map<string, Entry> {
    let entries = this.#accounts.get(account);
    if (!entries) this.#accounts.set(account, entries = new Map());
    return entries;
  }

  /** A message is about to be sent. */
  offer(account: string, id: string): Entry {
    const entry: Entry = { id, stored: "maybe", flagged: "no", expunged: "no" };
    this.entries(account).set(id, entry);
    return entry;
  }

  /** A client was shown a message under a UID. */
  saw(account: string, uidValidity: number, uid: number, id: string): void {
    const name = `${account}: UID ${uidValidity}.${uid}`;
    const known = this.#uids.get(name);
    if (known === undefined) this.#uids.set(name, id);
    else if (known !== id) this.#lies.push(`${name} named ${known} and now names ${id}`);
  }

  /** UIDs that named two messages, since this was asked last. */
  lies(): string[] {
    return this.#lies.splice(0);
  }

  /**
   * Compares an account with what the server has now; each difference is a broken promise. Afterwards nothing is
   * uncertain any more: `maybe` becomes what is there.
   */
  settle(account: string, found: Map<string, { count: number; flagged: boolean }>): string[] {
    const problems: string[] = [];
    for (const [id, entry] of this.entries(account)) {
      const there = found.get(id);
      const say = (text: string) => problems.push(`${account}: message ${id} ${text}`);
      if (there && there.count > 1) say(`is there ${there.count} times`);
      if (there && entry.expunged === "yes") say("was expunged and is back");
      if (!there && entry.stored === "yes" && entry.expunged === "no") say("was acknowledged and is lost");
      if (there && entry.flagged === "yes" && !there.flagged) say("lost its acknowledged flag");
      if (there && entry.flagged === "no" && there.flagged) say("has a flag that nobody set");
      if (!there) this.entries(account).delete(id);
      else Object.assign(entry, { stored: "yes", flagged: there.flagged ? "yes" : "no", expunged: "no" });
    }
    for (const id of found.keys()) {
      if (!this.entries(account).has(id)) problems.push(`${account}: message ${id} was never sent`);
    }
    return problems;
  }

  /** How many messages are certain to be there. */
  get promised(): number {
    let count = 0;
    for (const entries of this.#accounts.values()) {
      for (const entry of entries.values()) if (entry.stored === "yes" && entry.expunged === "no") count++;
    }
    return count;
  }
}
