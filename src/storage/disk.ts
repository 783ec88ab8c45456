import { type Database, openFileDatabase, openMemoryDatabase } from "./database.ts";

/** One actor's file, open. */
export interface StoredFile {
  readonly db: Database;
  /** Resolves once everything committed before the call is on the disk. Calls that overlap share one sync. */
  sync(): Promise<void>;
  /** The same while the caller waits; false when it cannot be done so. Absent where there is no disk to wait for. */
  syncNow?(): boolean;
  /** Moves committed pages from the log into the file when the log has grown; never on the commit path. */
  checkpoint(): void;
  /** Closes the file; everything is on the disk afterwards. */
  close(): void;
}

/** Where actors' files live: real folders, or memory in tests and simulation. */
export interface Disk {
  /** Opens or creates the file of an actor. */
  open(kind: string, name: string): StoredFile;
  /** Whether the actor ever had a file. */
  has(kind: string, name: string): boolean;
}

/**
 * Files under a folder chosen by `pathOf`. A commit is written at synchronous=NORMAL and made durable by an
 * asynchronous fdatasync of the -wal file, so that the event loop never waits for the disk and all turns that wait
 * share one sync. SQLite holds no POSIX locks on the -wal file, so a second descriptor on it is safe.
 */
export function fileDisk(pathOf: (kind: string, name: string) => string): Disk {
  return {
    open(kind, name) {
      const path = pathOf(kind, name);
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
      const db = openFileDatabase(path);
      return new WalFile(db, `${path}-wal`, path.slice(0, path.lastIndexOf("/")));
    },
    has(kind, name) {
      try {
        return Deno.statSync(pathOf(kind, name)).isFile;
      } catch {
        return false;
      }
    },
  };
}

class WalFile implements StoredFile {
  #wal: Deno.FsFile | null = null;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(readonly db: Database, private readonly walPath: string, private readonly folder: string) {}

  sync(): Promise<void> {
    if (!this.#running) return this.#running = this.#start();
    return this.#next ??= this.#running.catch(() => {}).then(() => {
      this.#next = null;
      return this.#running = this.#start();
    });
  }

  async #start(): Promise<void> {
    try {
      if (!this.#wal) {
        this.#wal = Deno.openSync(this.walPath, { read: true, write: true });
        const folder = Deno.openSync(this.folder);
        await folder.sync().finally(() => folder.close());
      }
      await this.#wal.syncData();
    } finally {
      this.#running = null;
    }
  }

  syncNow(): boolean {
    // The first sync has to make the folder durable too; a running one may not cover what came since.
    if (!this.#wal || this.#running) return false;
    this.#wal.syncDataSync();
    return true;
  }

  checkpoint(): void {
    this.db.get("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    this.#wal?.close();
    this.#wal = null;
    this.db.close();
  }
}

/** Files in memory; they outlive `close`, like a disk. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Database>();

  open(kind: string, name: string): StoredFile {
    const key = `${kind}:${name}`;
    let db = this.files.get(key);
    if (!db) this.files.set(key, db = openMemoryDatabase());
    return { db, sync: () => Promise.resolve(), checkpoint() {}, close() {} };
  }

  has(kind: string, name: string): boolean {
    return this.files.has(`${kind}:${name}`);
  }
}
