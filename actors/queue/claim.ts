import type { Turn } from "../../src/actor/actor.ts";
import { Fault } from "../../src/base/fault.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { DsnRecipient, QueueContract, QueueEnvelope, QueueLease } from "./contract.ts";
import { endForeignLeases, endOverdueLeases, planWake, refreshDestination } from "./schedule.ts";
import type { QueueState } from "./settings.ts";

type Claim = QueueContract["claim"];

/**
 * Takes due work in rounds, one lease a domain in each round and the longest waiting domain first: a domain with
 * much mail, or one that never answers, takes no more than `perDomain` places from the others.
 */
export function claim(request: Claim["request"], turn: Turn<QueueState>): Claim["reply"] {
  const { db, nowMs } = turn;
  const holder = request.holder ?? "";
  endOverdueLeases(turn);
  endForeignLeases(turn, holder);
  const max = Math.min(request.max, LIMITS.queueLeases);
  const leases: QueueLease[] = [];
  while (leases.length < max) {
    const round = db.all<{ domain: string }>(
      "SELECT domain FROM destination WHERE next_ms <= ? AND leases < ? ORDER BY next_ms LIMIT ?",
      nowMs,
      request.perDomain,
      max - leases.length,
    );
    if (!round.length) break;
    for (const { domain } of round) leases.push(takeLease(domain, holder, nowMs + request.leaseMs, turn));
  }
  planWake(turn);
  const nextDueMs = db.get<{ ms: number | null }>(
    "SELECT min(next_ms) AS ms FROM destination WHERE next_ms IS NOT NULL AND leases < ?",
    request.perDomain,
  )!.ms;
  return { leases, nextDueMs };
}

interface RecipientRow {
  id: number;
  address: string;
  attempts: number;
  notify: string;
  orcpt: string | null;
}

function takeLease(domain: string, holder: string, untilMs: number, turn: Turn<QueueState>): QueueLease {
  const { db, nowMs } = turn;
  const item = db.get<{ item: string }>(
    "SELECT item FROM recipient WHERE ready=1 AND domain=? AND next_ms<=? ORDER BY next_ms LIMIT 1",
    domain,
    nowMs,
  )!.item;
  const rows = db.all<RecipientRow>(
    "SELECT id, address, attempts, notify, orcpt FROM recipient " +
      "WHERE item=? AND domain=? AND ready=1 AND next_ms<=? ORDER BY id LIMIT ?",
    item,
    domain,
    nowMs,
    LIMITS.queueLeaseRecipients,
  );
  const leaseId = newId(nowMs, turn.random);
  db.run("INSERT INTO lease VALUES (?,?,?,?,?)", leaseId, item, domain, holder, untilMs);
  for (const { id } of rows) db.run("UPDATE recipient SET lease=?, ready=0 WHERE id=?", leaseId, id);
  refreshDestination(db, domain);
  return describeLease(leaseId, item, domain, rows, turn);
}

/** An item's row as it travels. */
export interface ItemRow {
  id: string;
  sender: string | null;
  smtp_utf8: number;
  body: QueueEnvelope["body"];
  require_tls: number;
  ret: QueueEnvelope["ret"];
  envid: string | null;
  size: number;
  source: string;
  message_id: string | null;
  account: string | null;
  created_ms: number;
  held: number;
  delivery_id: string | null;
}

function describeLease(
  leaseId: string,
  id: string,
  domain: string,
  rows: RecipientRow[],
  turn: Turn<QueueState>,
): QueueLease {
  const item = turn.db.get<ItemRow>("SELECT * FROM item WHERE id=?", id)!;
  const recipients = rows.map(({ id, address, attempts, notify, orcpt }) => ({
    id,
    address,
    attempts,
    dsn: parseDsn(notify, orcpt),
  }));
  return {
    leaseId,
    id,
    domain,
    envelope: envelopeOf(item, recipients),
    recipients,
    sizeBytes: item.size,
    messageId: item.message_id,
    source: item.source,
    accountId: item.account,
    createdAtMs: item.created_ms,
    deliveryId: item.delivery_id ?? undefined,
  };
}

/** The envelope of an item with those recipients. */
export function envelopeOf(
  item: ItemRow,
  recipients: readonly { address: string; dsn: DsnRecipient }[],
): QueueEnvelope {
  return {
    from: item.sender,
    recipients: recipients.map(({ address, dsn }) => ({ address, dsn })),
    smtpUtf8: item.smtp_utf8 === 1,
    body: item.body,
    requireTls: item.require_tls === 1,
    ret: item.ret,
    envid: item.envid,
  };
}

/** NOTIFY and ORCPT from their columns. */
export function parseDsn(notify: string, orcpt: string | null): DsnRecipient {
  return { notify: notify ? notify.split(",") as DsnRecipient["notify"] : [], orcpt };
}

/** Lengthens a lease: the attempt is still going on. */
export function renew(
  request: QueueContract["renew"]["request"],
  turn: Turn<QueueState>,
): Record<string, never> {
  const { changes } = turn.db.run(
    "UPDATE lease SET until_ms=? WHERE id=?",
    turn.nowMs + request.leaseMs,
    request.leaseId,
  );
  if (!changes) throw new Fault("not_found", "the lease has ended");
  return {};
}
