import type { Turn } from "../../src/actor/actor.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { AttemptResult, QueueContract } from "./contract.ts";
import type { ItemRow } from "./claim.ts";
import { type Notice, noticeOf, sendNotices } from "./notice.ts";
import { refreshDestination, schedule } from "./schedule.ts";
import { nextAttemptMs, type QueueState } from "./settings.ts";
import { deleteItem } from "./submit.ts";

/** A recipient that still waits, with the message it belongs to. */
export interface WaitingRow {
  id: number;
  item: string;
  address: string;
  domain: string;
  notify: string;
  orcpt: string | null;
  attempts: number;
  lease: string | null;
  delay_noticed: number;
  last_reply: string | null;
}

/**
 * Writes down what became of an attempt. Recipients that are done leave with their message once all are; the
 * others get their next time; reports to the sender enter the queue in this same turn, so that they are neither
 * lost nor sent twice.
 */
export function report(
  request: QueueContract["report"]["request"],
  turn: Turn<QueueState>,
): Record<string, never> {
  const { db } = turn;
  const { leaseId } = request;
  const notices = new Map<string, Notice[]>();
  const domains = new Set<string>();
  const items = new Set<string>();
  for (const result of request.results) {
    const recipient = db.get<WaitingRow>(
      "SELECT * FROM recipient WHERE id=? AND state='queued'",
      result.recipient,
    );
    if (!recipient) continue;
    if (recipient.lease !== leaseId && result.outcome === "temporary") continue;
    const item = db.get<ItemRow>("SELECT * FROM item WHERE id=?", recipient.item)!;
    domains.add(recipient.domain);
    items.add(item.id);
    const notice = settle(recipient, item, result, turn);
    if (notice) notices.set(item.id, [...notices.get(item.id) ?? [], notice]);
  }
  closeLease(leaseId, domains, turn);
  for (const id of items) finish(id, notices.get(id) ?? [], turn);
  for (const domain of domains) refreshDestination(db, domain);
  schedule(turn);
  return {};
}

/** Applies one result; what the sender is to be told of it comes back. */
function settle(
  recipient: WaitingRow,
  item: ItemRow,
  result: AttemptResult,
  turn: Turn<QueueState>,
): Notice | null {
  const reply = result.reply.slice(0, LIMITS.queueReplyChars);
  const attempts = recipient.attempts + 1;
  if (result.outcome === "temporary") {
    const expiresMs = item.created_ms + turn.state.settings.expireMs;
    if (turn.nowMs < expiresMs) return retryLater(recipient, item, { ...result, reply }, attempts, turn);
  }
  const state = result.outcome === "temporary" ? "expired" : STATE_OF[result.outcome];
  turn.db.run(
    "UPDATE recipient SET state=?, attempts=?, last_reply=?, lease=NULL, ready=0 WHERE id=?",
    state,
    attempts,
    reply,
    recipient.id,
  );
  return noticeOf(recipient, item, { ...result, reply }, state);
}

const STATE_OF = { delivered: "delivered", relayed: "relayed", permanent: "failed" } as const;

/** The next attempt is at the latest when the message expires, so that the sender hears of it then. */
function retryLater(
  recipient: WaitingRow,
  item: ItemRow,
  result: AttemptResult,
  attempts: number,
  turn: Turn<QueueState>,
): Notice | null {
  const { expireMs, delayNoticeMs } = turn.state.settings;
  const nextMs = Math.min(nextAttemptMs(attempts, turn), item.created_ms + expireMs);
  const late = delayNoticeMs !== null && turn.nowMs - item.created_ms >= delayNoticeMs;
  const notice = late && !recipient.delay_noticed ? noticeOf(recipient, item, result, "delayed") : null;
  turn.db.run(
    "UPDATE recipient SET attempts=?, next_ms=?, last_reply=?, lease=NULL, ready=?, delay_noticed=? WHERE id=?",
    attempts,
    nextMs,
    result.reply,
    item.held ? 0 : 1,
    recipient.delay_noticed || late ? 1 : 0,
    recipient.id,
  );
  return notice;
}

/** Ends the lease; recipients nobody reported on are tried again after the first backoff. */
function closeLease(leaseId: string, domains: Set<string>, turn: Turn<QueueState>): void {
  const lease = turn.db.get<{ domain: string }>("SELECT domain FROM lease WHERE id=?", leaseId);
  if (!lease) return;
  domains.add(lease.domain);
  turn.db.run(
    "UPDATE recipient SET lease=NULL, next_ms=?, ready=(SELECT held=0 FROM item WHERE item.id=recipient.item) " +
      "WHERE lease=?",
    nextAttemptMs(1, turn),
    leaseId,
  );
  turn.db.run("DELETE FROM lease WHERE id=?", leaseId);
}

/** Sends what is to be told, while the message is still there to be quoted, and drops it when nobody waits. */
function finish(id: string, notices: Notice[], turn: Turn<QueueState>): void {
  const item = turn.db.get<ItemRow>("SELECT * FROM item WHERE id=?", id)!;
  sendNotices(item, notices, turn);
  const waiting = turn.db.get("SELECT 1 FROM recipient WHERE item=? AND state='queued' LIMIT 1", id);
  if (!waiting) deleteItem(turn.db, id, item.size);
}
