import { DatabaseSync } from "node:sqlite";
import { Database } from "../../src/storage/database.ts";
import type { Disk, StoredFile } from "../../src/storage/disk.ts";
import type { SimTime } from "./clock.ts";
import { emptyDatabase, recycle } from "./database_pool.ts";
import type { Dice } from "./dice.ts";

interface File {
  db: Database;
  /** What a power cut leaves. */
  durable: Uint8Array | null;
  /** Syncs asked for, and the last one that is done. */
  asked: number;
  done: number;
}

/** What a disk is like. */
export interface DiskOptions {
  /** Syncs take their time, and a power cut takes what was not synced. Else every commit is durable at once. */
  lazy: boolean;
  /** Says that it has synced before it has: a fault to be found. */
  lies?: boolean;
}

/** A disk that takes its time to sync and forgets what was not synced when the power goes. Files outlive processes. */
export class SimDisk implements Disk {
  readonly #files = new Map<string, File>();
  readonly #slow: boolean;

  constructor(
    private readonly time: SimTime,
    private readonly dice: Dice,
    private readonly options: DiskOptions,
  ) {
    this.#slow = dice.chance(0.5);
  }

  open(kind: string, name: string): StoredFile {
    const key = `${kind}:${name}`;
    let file = this.#files.get(key);
    if (!file) {
      file = { db: emptyDatabase(sortOf(key)), durable: null, asked: 0, done: 0 };
      this.#files.set(key, file);
    }
    const held = file;
    return { db: held.db, sync: () => this.#sync(held), checkpoint() {}, close() {} };
  }

  has(kind: string, name: string): boolean {
    return this.#files.has(`${kind}:${name}`);
  }

  /** Everything not synced is lost. */
  cutPower(): void {
    if (!this.options.lazy) return;
    for (const [key, file] of this.#files) {
      if (!file.durable) this.#files.delete(key);
      else this.#files.set(key, { db: restored(file.durable), durable: file.durable, asked: 0, done: 0 });
    }
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.#files.clear();
  }

  /** The history is over: other ones may use its databases. */
  giveBack(): void {
    for (const [key, { db }] of this.#files) recycle(sortOf(key), db);
    this.#files.clear();
  }

  #sync(file: File): Promise<void> {
    if (!this.options.lazy) return Promise.resolve();
    const number = ++file.asked;
    const state = file.db.serialize();
    return new Promise((resolve) => {
      if (this.options.lies) resolve();
      this.time.after(this.dice.below(this.#slow ? 40 : 4), () => {
        if (number > file.done) {
          file.durable = state;
          file.done = number;
        }
        resolve();
      });
    });
  }
}

/** Files with the same tables. */
function sortOf(key: string): string {
  return key.startsWith("host:") ? key : key.slice(0, key.indexOf(":"));
}

function restored(state: Uint8Array): Database {
  const db = new DatabaseSync(":memory:");
  // Exists in the runtime; its type does not know it yet.
  (db as unknown as { deserialize(state: Uint8Array): void }).deserialize(state);
  return new Database(db);
}
