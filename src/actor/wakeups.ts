import type { Clock, Timer } from "../base/clock.ts";
import type { SqlValue } from "../storage/database.ts";
import type { StoredFile } from "../storage/disk.ts";
import type { ActorAddress } from "./actor.ts";
import { storageFault } from "./storage_fault.ts";

/** Wake-ups read at once when they are due. */
const BATCH = 100;
/** On a full disk due wake-ups cannot be put off: they are looked at this often. */
const FULL_RETRY_MS = 5_000;

/**
 * Durable reminders of all actors of one place, in a file of the place, so that a sleeping actor needs no open
 * file. A wake-up is written before the turn that asked for it commits: a spurious one is harmless, a lost one not.
 */
export class Wakeups {
  #timer: Timer | null = null;
  #timerAt = Infinity;

  constructor(
    private readonly file: StoredFile,
    private readonly clock: Clock,
    private readonly wake: (to: ActorAddress, name: string, done: () => void) => void,
  ) {
    file.db.exec(`CREATE TABLE IF NOT EXISTS wakeup (
      address TEXT NOT NULL, name TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY (address, name)) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS wakeup_at ON wakeup (at_ms)`);
  }

  /** Sets the wake-up `name` of an actor, replacing an earlier one of that name. */
  set(address: ActorAddress, name: string, atMs: number): void {
    this.file.db.run(
      "INSERT INTO wakeup (address, name, at_ms) VALUES (?, ?, ?) " +
        "ON CONFLICT (address, name) DO UPDATE SET at_ms = excluded.at_ms",
      address,
      name,
      Math.ceil(atMs),
    );
    this.#arm(atMs);
  }

  /** Resolves once every wake-up set so far is on the disk. */
  sync(): Promise<void> {
    return this.file.sync();
  }

  /** Looks for due wake-ups and sets the timer for the next. Call once at start. */
  start(): void {
    const now = this.clock.nowMs();
    const due = this.file.db.all<{ address: ActorAddress; name: string; at_ms: number }>(
      "SELECT address, name, at_ms FROM wakeup WHERE at_ms <= ? ORDER BY at_ms LIMIT ?",
      now,
      BATCH,
    );
    let full = false;
    for (const { address, name, at_ms } of due) {
      // Until the turn is done the row stands a minute ahead: a crash between wakes the actor again.
      const putOff = this.#write(
        "UPDATE wakeup SET at_ms = ? WHERE address = ? AND name = ? AND at_ms = ?",
        now + 60_000,
        address,
        name,
        at_ms,
      );
      if (!putOff) full = true;
      this.wake(address, name, () => {
        const sql = "DELETE FROM wakeup WHERE address = ? AND name = ? AND at_ms = ?";
        this.#write(sql, address, name, putOff ? now + 60_000 : at_ms);
      });
    }
    const next = this.file.db.get<{ at: number | null }>("SELECT min(at_ms) AS at FROM wakeup")?.at;
    this.#timerAt = Infinity;
    if (next !== null && next !== undefined) this.#arm(full ? Math.max(next, now + FULL_RETRY_MS) : next);
  }

  /** False on a full disk: the wake-up then comes once more, which is harmless. */
  #write(sql: string, ...params: SqlValue[]): boolean {
    try {
      this.file.db.run(sql, ...params);
      return true;
    } catch (error) {
      if (storageFault(error).code === "no_space") return false;
      throw error;
    }
  }

  /** Stops the timer. */
  stop(): void {
    this.#timer?.cancel();
    this.file.close();
  }

  #arm(atMs: number): void {
    if (atMs >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = atMs;
    const delay = Math.min(Math.max(0, atMs - this.clock.nowMs()), 3600_000);
    this.#timer = this.clock.after(delay, () => this.start());
  }
}
