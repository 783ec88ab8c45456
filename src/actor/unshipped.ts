import type { StoredFile } from "../storage/disk.ts";
import type { ActorAddress } from "./actor.ts";

/**
 * Actors with changes that the other server may lack, in a file of the place: after a restart nobody has to open every
 * mailbox to find them. An actor is noted before its first such change commits (one too many is harmless, one too few
 * would be forgotten) and struck off once the peer holds all of its log.
 */
export class Unshipped {
  readonly #noted: Set<ActorAddress>;
  #fresh = false;
  #syncing: Promise<void> | null = null;

  constructor(private readonly file: StoredFile) {
    file.db.exec("CREATE TABLE IF NOT EXISTS unshipped (address TEXT PRIMARY KEY) WITHOUT ROWID");
    this.#noted = new Set(file.db.tuples<[ActorAddress]>("SELECT address FROM unshipped").flat());
  }

  /** Notes an actor. */
  note(address: ActorAddress): void {
    if (this.#noted.has(address)) return;
    this.file.db.run("INSERT OR IGNORE INTO unshipped (address) VALUES (?)", address);
    this.#noted.add(address);
    this.#fresh = true;
  }

  /** What a change must wait for before it is made durable itself; null when every note is on the disk. */
  settled(): Promise<void> | null {
    if (!this.#fresh) return this.#syncing;
    this.#fresh = false;
    const syncing = this.file.sync().finally(() => {
      if (this.#syncing === syncing) this.#syncing = null;
    });
    return this.#syncing = syncing;
  }

  close(): void {
    this.file.close();
  }

  /** The peer has everything of this actor. */
  strike(address: ActorAddress): void {
    if (this.#noted.delete(address)) this.file.db.run("DELETE FROM unshipped WHERE address = ?", address);
  }

  /** All that are noted. */
  list(): ActorAddress[] {
    return [...this.#noted];
  }
}
