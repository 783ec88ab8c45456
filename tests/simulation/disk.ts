import { DatabaseSync } from "node:sqlite";
import { Database, openMemoryDatabase } from "../../src/storage/database.ts";
import type { Disk, StoredFile } from "../../src/storage/disk.ts";
import type { SimTime } from "./clock.ts";
import type { Dice } from "./dice.ts";

interface File {
  db: Database;
  /** What a power cut leaves. */
  durable: Uint8Array | null;
}

/**
 * A disk that takes its time to sync and forgets what was not synced when the power goes. Files outlive processes.
 * With `lazy` off every commit is durable at once, as after kill -9 without a power cut.
 */
export class SimDisk implements Disk {
  #files = new Map<string, File>();

  constructor(private readonly time: SimTime, private readonly dice: Dice, private readonly lazy: boolean) {}

  open(kind: string, name: string): StoredFile {
    const key = `${kind}:${name}`;
    let file = this.#files.get(key);
    if (!file) this.#files.set(key, file = { db: openMemoryDatabase(), durable: null });
    const held = file;
    return { db: held.db, sync: () => this.#sync(held), checkpoint() {}, close() {} };
  }

  has(kind: string, name: string): boolean {
    return this.#files.has(`${kind}:${name}`);
  }

  /** Everything not synced is lost. */
  cutPower(): void {
    if (!this.lazy) return;
    for (const [key, file] of this.#files) {
      if (!file.durable) this.#files.delete(key);
      else this.#files.set(key, { db: restored(file.durable), durable: file.durable });
    }
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.#files.clear();
  }

  #sync(file: File): Promise<void> {
    if (!this.lazy) return Promise.resolve();
    const state = file.db.serialize();
    return new Promise((resolve) =>
      this.time.after(this.dice.below(4), () => {
        file.durable = state;
        resolve();
      })
    );
  }
}

function restored(state: Uint8Array): Database {
  const db = new DatabaseSync(":memory:");
  // Exists in the runtime; its type does not know it yet.
  (db as unknown as { deserialize(state: Uint8Array): void }).deserialize(state);
  return new Database(db);
}
