import type { Turn } from "../../src/actor/actor.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import { envelopeOf, type ItemRow, parseDsn } from "./claim.ts";
import type { QueueContract, QueueItemView, QueueRecipientView, RecipientState } from "./contract.ts";
import { refreshDestination, schedule } from "./schedule.ts";
import type { QueueState } from "./settings.ts";
import { deleteItem } from "./submit.ts";

type List = QueueContract["list"];
type Id = { id: string };

/** One page of the queue, oldest first. */
export function list(request: List["request"], turn: Turn<QueueState>): List["reply"] {
  const limit = Math.max(1, Math.min(request.limit ?? 100, LIMITS.pageItems));
  const rows = turn.db.all<ItemRow>(
    "SELECT * FROM item WHERE id > ? ORDER BY id LIMIT ?",
    request.after ?? "",
    limit + 1,
  );
  const items: QueueItemView[] = [];
  let recipients = 0;
  for (const row of rows) {
    if (items.length === limit || recipients >= LIMITS.queuePageRecipients) {
      return { items, next: items.at(-1)!.id };
    }
    const item = view(row, turn);
    recipients += item.recipients.length;
    items.push(item);
  }
  return { items, next: null };
}

/** Fault `not_found`: no such message, or it is done. */
export function get({ id }: Id, turn: Turn<QueueState>): QueueItemView {
  return view(findItem(turn.db, id), turn);
}

/** Drops a message without telling its sender. */
export function remove(request: Id, turn: Turn<QueueState>): Record<string, never> {
  const { id, size } = findItem(turn.db, request.id);
  deleteItem(turn.db, id, size);
  return {};
}

/** Makes every waiting recipient due now. */
export function retry(request: Id, turn: Turn<QueueState>): QueueItemView {
  const item = findItem(turn.db, request.id);
  turn.db.run("UPDATE recipient SET next_ms=? WHERE item=? AND state='queued'", turn.nowMs, item.id);
  refreshItem(turn, item.id);
  return view(item, turn);
}

/** A held message is not attempted, and does not expire, until it is let go. */
export function hold(request: Id & { held: boolean }, turn: Turn<QueueState>): QueueItemView {
  const { held } = request;
  const { id } = findItem(turn.db, request.id);
  turn.db.run("UPDATE item SET held=? WHERE id=?", held ? 1 : 0, id);
  turn.db.run(
    "UPDATE recipient SET ready=? WHERE item=? AND state='queued' AND lease IS NULL",
    held ? 0 : 1,
    id,
  );
  refreshItem(turn, id);
  return view(findItem(turn.db, id), turn);
}

function refreshItem(turn: Turn<QueueState>, id: string): void {
  const domains = turn.db.all<{ domain: string }>("SELECT DISTINCT domain FROM recipient WHERE item=?", id);
  for (const { domain } of domains) refreshDestination(turn.db, domain);
  schedule(turn);
}

/** By its own id; else by that of its delivery, where that left just one message here. */
function findItem(db: Database, id: string): ItemRow {
  const item = db.get<ItemRow>("SELECT * FROM item WHERE id=?", id);
  if (item) return item;
  const [only, ...more] = db.all<ItemRow>("SELECT * FROM item WHERE delivery_id=? LIMIT 2", id);
  if (!only || more.length) throw new Fault("not_found", "no such message in the queue");
  return only;
}

interface RecipientRow {
  id: number;
  address: string;
  notify: string;
  orcpt: string | null;
  state: RecipientState;
  attempts: number;
  next_ms: number;
  last_reply: string | null;
}

function view(item: ItemRow, turn: Turn<QueueState>): QueueItemView {
  const rows = turn.db.all<RecipientRow>("SELECT * FROM recipient WHERE item=? ORDER BY id", item.id);
  const recipients = rows.map((row): QueueRecipientView => ({
    id: row.id,
    address: row.address,
    dsn: parseDsn(row.notify, row.orcpt),
    state: row.state,
    attempts: row.attempts,
    nextAttemptMs: row.next_ms,
    lastReply: row.last_reply,
  }));
  return {
    id: item.id,
    envelope: envelopeOf(item, recipients),
    recipients,
    sizeBytes: item.size,
    createdAtMs: item.created_ms,
    expiresAtMs: item.created_ms + turn.state.settings.expireMs,
    held: item.held === 1,
    source: item.source,
    messageId: item.message_id,
  };
}

/** Figures for the metrics page. */
export function stats(_: Record<string, never>, turn: Turn<QueueState>): QueueContract["stats"]["reply"] {
  const totals = turn.db.get<{ items: number; bytes: number }>("SELECT items, bytes FROM totals")!;
  const leases = turn.db.get<{ n: number }>("SELECT count(*) AS n FROM lease")!.n;
  const oldest = turn.db.get<{ created_ms: number }>("SELECT created_ms FROM item ORDER BY id LIMIT 1");
  const copies = turn.db.get<{ n: number }>("SELECT count(*) AS n FROM copy")!.n;
  return { ...totals, leases, oldestMs: oldest?.created_ms ?? null, copies };
}
