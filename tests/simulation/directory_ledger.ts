import { Words } from "./words.ts";

/** What was promised about one account. */
export interface PromisedAccount {
  id: string;
  address: string;
  /** What its password was said to be. */
  passwords: Words<string>;
}

/** Everything that the directory promised in one history. */
export class DirectoryLedger {
  /** Accounts that a server said it made, by id. */
  readonly accounts = new Map<string, PromisedAccount>();
  /** Words about the password at an address before anybody knows the account's id. */
  readonly #passwords = new Map<string, Words<string>>();
  /** Targets that somebody was told an alias has, by its address. */
  readonly targets = new Map<string, Set<string>>();
  /** Domains that somebody was told are there. */
  readonly domains = new Set<string>();
  /** Addresses and domains that somebody asked to remove: nothing is promised about them any more. */
  readonly removed = new Set<string>();

  /** What was said about the password of whoever has this address. */
  passwordsOf(address: string): Words<string> {
    const known = this.#passwords.get(address) ?? new Words<string>();
    this.#passwords.set(address, known);
    return known;
  }

  /** A server said that it made an account. */
  made(id: string, address: string): void {
    if (!this.accounts.has(id)) this.accounts.set(id, { id, address, passwords: this.passwordsOf(address) });
  }

  /** A server said that an alias leads to these. */
  leads(address: string, targets: readonly string[]): void {
    this.targets.set(address, new Set([...this.targets.get(address) ?? [], ...targets]));
  }

  /** Somebody asks for a removal, and may or may not get it. */
  remove(name: string): void {
    this.removed.add(name);
    this.passwordsOf(name).giveUp();
  }
}
