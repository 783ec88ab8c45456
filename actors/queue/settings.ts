import type { Turn } from "../../src/actor/actor.ts";
import { Fault } from "../../src/base/fault.ts";
import type { Database } from "../../src/storage/database.ts";
import type { QueueContract } from "./contract.ts";

/** How reports are written and when attempts are made. Times in milliseconds. */
export type QueueSettings = QueueContract["configure"]["request"];

/** What an activation remembers; all of it can be had from the file again. */
export interface QueueState {
  settings: QueueSettings;
  /** The wake-up that was asked for last; null when this activation has asked for none. */
  wakeAtMs: number | null;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Retry times of the first hour are dense since most trouble is short; RFC 5321 §4.5.4.1 asks for 4 to 5 days in all. */
const DEFAULT_SETTINGS: QueueSettings = {
  hostname: "localhost",
  postmaster: "postmaster@localhost",
  expireMs: 5 * 24 * HOUR,
  delayNoticeMs: 4 * HOUR,
  backoffMs: [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR],
};

/** Makes the state of an activation. */
export function openState(db: Database): QueueState {
  const row = db.get<{ value: string }>("SELECT value FROM setting WHERE key='queue'");
  const stored = row ? JSON.parse(row.value) as Partial<QueueSettings> : {};
  return { settings: { ...DEFAULT_SETTINGS, ...stored }, wakeAtMs: null };
}

/** Takes over the configuration; it holds at once, also for mail that waits already. */
export function configure(request: QueueSettings, turn: Turn<QueueState>): Record<string, never> {
  const { backoffMs, expireMs, delayNoticeMs } = request;
  const good = backoffMs.length > 0 && backoffMs.every((ms) => ms > 0) && expireMs > 0 &&
    (delayNoticeMs === null || delayNoticeMs > 0);
  if (!good) throw new Fault("invalid", "queue times must be positive and there must be a retry time");
  turn.db.run(
    "INSERT INTO setting VALUES ('queue', ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
    JSON.stringify(request),
  );
  turn.state.settings = { ...request };
  return {};
}

/** The time of the next attempt: the backoff list (its last entry repeats) with ±10 % so that crowds spread out. */
export function nextAttemptMs(attempts: number, turn: Turn<QueueState>): number {
  const { backoffMs } = turn.state.settings;
  const base = backoffMs[Math.min(Math.max(attempts, 1), backoffMs.length) - 1];
  const [high, low] = turn.random.bytes(2);
  const spread = (high * 256 + low) / 65535 * 0.2 - 0.1;
  return turn.nowMs + Math.max(1, Math.round(base * (1 + spread)));
}
