import type { Turn } from "../../src/actor/actor.ts";
import { Fault } from "../../src/base/fault.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { QueueContract, QueueEnvelope } from "./contract.ts";
import { noteDone } from "./copies.ts";
import { refreshDestination, schedule } from "./schedule.ts";
import type { QueueState } from "./settings.ts";

/** What `submit` is given. */
export type Submission = QueueContract["submit"]["request"];

/** Takes a message over. Faults: `invalid` (no recipients), `limit` (too many of them), `no_space` (the queue is full). */
export function submit(request: Submission, turn: Turn<QueueState>): { id: string } {
  const { recipients } = request.envelope;
  if (!recipients.length) throw new Fault("invalid", "a message needs a recipient");
  if (recipients.length > LIMITS.smtpRecipients) throw new Fault("limit", "too many recipients");
  const totals = turn.db.get<{ items: number; bytes: number }>("SELECT items, bytes FROM totals")!;
  if (totals.items >= LIMITS.queueItems || totals.bytes + request.raw.length > LIMITS.queueBytes) {
    throw new Fault("no_space", "the queue is full");
  }
  const id = insertItem(request, turn);
  schedule(turn);
  return { id };
}

/** Writes a message and its recipients, due now. Reports enter here too: they may not be refused for lack of room. */
export function insertItem(request: Submission, turn: Turn<QueueState>): string {
  const { db, nowMs } = turn;
  const { envelope, raw } = request;
  const id = newId(nowMs, turn.random);
  db.run(
    "INSERT INTO item (id, sender, smtp_utf8, body, require_tls, ret, envid, size, source, message_id, account, " +
      "created_ms, delivery_id, copied) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    id,
    envelope.from,
    envelope.smtpUtf8 ? 1 : 0,
    envelope.body,
    envelope.requireTls ? 1 : 0,
    envelope.ret,
    envelope.envid,
    raw.length,
    request.source,
    request.messageId,
    request.accountId,
    nowMs,
    request.deliveryId ?? null,
    request.copied ? 1 : 0,
  );
  insertBody(db, id, raw);
  insertRecipients(db, id, envelope, nowMs);
  db.run("UPDATE totals SET items=items+1, bytes=bytes+?", raw.length);
  return id;
}

function insertBody(db: Database, id: string, raw: Uint8Array): void {
  const size = LIMITS.bodyChunkBytes;
  for (let part = 0; part * size < raw.length; part++) {
    db.run("INSERT INTO body VALUES (?,?,?)", id, part, raw.subarray(part * size, (part + 1) * size));
  }
}

function insertRecipients(db: Database, id: string, envelope: QueueEnvelope, nowMs: number): void {
  const domains = new Set<string>();
  for (const { address, dsn } of envelope.recipients) {
    const domain = domainOf(address);
    domains.add(domain);
    db.run(
      "INSERT INTO recipient (item, address, domain, notify, orcpt, next_ms) VALUES (?,?,?,?,?,?)",
      id,
      address,
      domain,
      dsn.notify.join(","),
      dsn.orcpt,
      nowMs,
    );
  }
  for (const domain of domains) refreshDestination(db, domain);
}

/** The domain that groups recipients: lower case, without the final dot. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase().replace(/\.$/, "");
}

/** Drops a message with everything of it. */
export function deleteItem(db: Database, id: string, size: number): void {
  const domains = db.all<{ domain: string }>("SELECT DISTINCT domain FROM recipient WHERE item=?", id);
  noteDone(db, id);
  db.run("DELETE FROM item WHERE id=?", id);
  db.run("UPDATE totals SET items=items-1, bytes=bytes-?", size);
  for (const { domain } of domains) refreshDestination(db, domain);
}
