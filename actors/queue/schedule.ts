import type { Turn } from "../../src/actor/actor.ts";
import type { Database } from "../../src/storage/database.ts";
import type { QueueState } from "./settings.ts";

/** Works the summary row of a domain out again after its recipients or leases changed. */
export function refreshDestination(db: Database, domain: string): void {
  const next = db.get<{ ms: number | null }>(
    "SELECT min(next_ms) AS ms FROM recipient WHERE ready=1 AND domain=?",
    domain,
  )!.ms;
  const leases = db.get<{ n: number }>("SELECT count(*) AS n FROM lease WHERE domain=?", domain)!.n;
  if (next === null && leases === 0) {
    db.run("DELETE FROM destination WHERE domain=?", domain);
    return;
  }
  db.run(
    "INSERT INTO destination VALUES (?, ?, ?) " +
      "ON CONFLICT(domain) DO UPDATE SET next_ms=excluded.next_ms, leases=excluded.leases",
    domain,
    next,
    leases,
  );
}

/** Tells the dispatcher of work that is due now, and asks to be woken for the work that comes next. */
export function schedule(turn: Turn<QueueState>): void {
  const first = turn.db.get<{ ms: number | null }>(
    "SELECT min(next_ms) AS ms FROM destination WHERE next_ms IS NOT NULL",
  )!.ms;
  if (first !== null && first <= turn.nowMs) turn.publish("due", {});
  planWake(turn);
}

/** Asks to be woken for what comes next, without telling anybody of what is due already. */
export function planWake(turn: Turn<QueueState>): void {
  const { db, nowMs, state } = turn;
  const wake = nextWakeMs(db, nowMs);
  if (wake !== null && wake !== state.wakeAtMs) {
    turn.remind("wake", wake);
    state.wakeAtMs = wake;
  }
}

/** The wake-up itself. */
export function wake(_: Record<string, never>, turn: Turn<QueueState>): Record<string, never> {
  turn.state.wakeAtMs = null;
  endOverdueLeases(turn);
  schedule(turn);
  return {};
}

/** Takes leases back that nobody renewed in time; the recipients are due at once. */
export function endOverdueLeases(turn: Turn<QueueState>): void {
  const overdue = turn.db.all<LeaseRow>("SELECT id, domain FROM lease WHERE until_ms <= ?", turn.nowMs);
  endLeases(turn, overdue);
}

/** Takes back what an earlier run of the dispatcher held. */
export function endForeignLeases(turn: Turn<QueueState>, holder: string): void {
  endLeases(turn, turn.db.all<LeaseRow>("SELECT id, domain FROM lease WHERE holder <> ?", holder));
}

interface LeaseRow {
  id: string;
  domain: string;
}

function endLeases(turn: Turn<QueueState>, leases: LeaseRow[]): void {
  for (const { id } of leases) {
    freeRecipients(turn.db, id);
    turn.db.run("DELETE FROM lease WHERE id=?", id);
  }
  for (const domain of new Set(leases.map((lease) => lease.domain))) refreshDestination(turn.db, domain);
  if (leases.length) turn.log.warn("queue.leases_ended", { count: leases.length });
}

/** Recipients of a lease may be claimed again, unless their message is held. */
function freeRecipients(db: Database, lease: string): void {
  db.run(
    "UPDATE recipient SET lease=NULL, ready=(SELECT held=0 FROM item WHERE item.id=recipient.item) " +
      "WHERE lease=?",
    lease,
  );
}

/** The next moment after now at which something becomes due or a lease runs out; null when nothing will. */
function nextWakeMs(db: Database, nowMs: number): number | null {
  const due = db.get<{ ms: number | null }>(
    "SELECT min(next_ms) AS ms FROM destination WHERE next_ms > ?",
    nowMs,
  )!.ms;
  const lease = db.get<{ ms: number | null }>("SELECT min(until_ms) AS ms FROM lease")!.ms;
  if (due === null || lease === null) return due ?? lease;
  return Math.min(due, lease);
}
