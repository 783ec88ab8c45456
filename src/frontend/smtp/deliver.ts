import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { DeliveryFilter } from "../../../actors/mailbox/filter/contract.ts";
import type { DsnRecipient, QueueContract } from "../../../actors/queue/contract.ts";
import { concat, utf8 } from "../../base/bytes.ts";
import { asFault, Fault, isTemporary } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import {
  formatDeliveredTo,
  formatReceived,
  formatReturnPath,
  transmissionType,
} from "../../codec/message/received.ts";
import type { MessageSummary } from "../../codec/message/summary.ts";
import { deliveryFilter } from "./filter.ts";
import { type Leg, placeOf, planLegs } from "./legs.ts";
import { posterOf } from "./poster.ts";
import { faultReply, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";
import { shiftSummary } from "./trace.ts";
import type { Transaction } from "./transaction.ts";
import { usageHints } from "./usage_hints.ts";

/** A message that was taken in whole. */
export interface Incoming {
  /** Delivery id: in the reply, the Received header, every log line and the requests to mailboxes. */
  id: string;
  /** Without our trace headers. */
  raw: Uint8Array;
  summary: MessageSummary;
  nowMs: number;
  /** Monotonic clock at the end of the text. */
  startedMs: number;
}

/**
 * Brings a message everywhere it goes, all at once, and answers when each place has it on disk: one reply, or one for
 * each recipient on LMTP. When some copies are safe and others are not, the queue takes over the others: the ones that
 * may still succeed are tried again, the rest become a report to the sender.
 */
export async function deliver(session: SmtpSession, incoming: Incoming): Promise<Reply[]> {
  const transaction = session.transaction!;
  const legs = planLegs(transaction.recipients);
  const received = receivedHeader(session, transaction, incoming);
  const outside = legs.all.filter((leg) => leg.mailbox === null);
  const reported = legs.all.filter((leg) => wantsSuccessReport(leg, transaction));
  const source = session.account === null ? "forward" : "submission";
  const local = legs.all.filter((leg) => leg.mailbox !== null && !reported.includes(leg));
  await Promise.all([
    deliverAll(session, local, received, incoming, session.isLmtp || legs.all.length === 1),
    enqueue(session, outside, received, incoming, source),
    enqueue(session, reported, received, incoming, "reported"),
  ]);
  const replies: Reply[] = [];
  for (const group of session.isLmtp ? legs.byRecipient : [legs.all]) {
    replies.push(await settle(session, group, received, incoming));
  }
  return replies;
}

/**
 * RFC 3461 §5.2.2: the sender asked to hear of the delivery. The queue delivers it then, as it writes the reports.
 */
function wantsSuccessReport(leg: Leg, transaction: Transaction): boolean {
  return leg.mailbox !== null && transaction.from !== null && leg.recipient.dsn.notify.includes("success");
}

/** The reply for legs that share one: positive as soon as one of them is safe and the queue has what failed. */
async function settle(
  session: SmtpSession,
  group: readonly Leg[],
  received: Uint8Array,
  incoming: Incoming,
): Promise<Reply> {
  const failed = group.filter((leg) => leg.fault !== null);
  if (failed.length > 0 && failed.length < group.length) {
    const open = failed.filter((leg) => !leg.queued);
    // What is for outside is asked for in the same words again: had the queue taken it, this is no second message.
    const outside = open.filter((leg) => leg.mailbox === null);
    await enqueue(session, outside, received, incoming, session.account === null ? "forward" : "submission");
    await enqueue(session, open.filter((leg) => leg.mailbox !== null), received, incoming, "redelivery");
  }
  const open = group.filter((leg) => leg.fault !== null && !leg.queued);
  if (open.length === 0) return { code: 250, enhanced: "2.0.0", text: `accepted as ${incoming.id}` };
  const worst = open.find((leg) => isTemporaryLeg(leg)) ?? open[0];
  // Some copies are safe and the queue does not answer: the client has to come again, or mail would be lost.
  if (open.length < group.length) {
    return { code: 451, enhanced: "4.3.0", text: "queue is not available, try again later" };
  }
  const full = session.context.fullIsTemporary ? { over_quota: [452, "4.2.2"] as const } : {};
  return faultReply(worst.fault!, { ...full, ...worst.mailbox && DISABLED_CODES[worst.mailbox.delivery] });
}

/** RFC 3463 X.2.1. */
const DISABLED_CODES = {
  "accept": {},
  "refuse": { rejected: [550, "5.2.1"] },
  "refuse-temporary": { busy: [450, "4.2.1"] },
} as const;

function isTemporaryLeg(leg: Leg): boolean {
  return leg.fault !== null && (isTemporary(leg.fault.code) || leg.fault.code === "limit");
}

/** Each copy is bytes of its own on its way: as many at once as `LIMITS.smtpCopiesBytes` holds, at least one. */
async function deliverAll(
  session: SmtpSession,
  legs: readonly Leg[],
  received: Uint8Array,
  incoming: Incoming,
  mayRefuse: boolean,
): Promise<void> {
  const width = Math.max(1, Math.floor(LIMITS.smtpCopiesBytes / (incoming.raw.length + 1)));
  let next = 0;
  const lane = async () => {
    while (next < legs.length) await deliverLocal(session, legs[next++], received, incoming, mayRefuse);
  };
  await Promise.all(Array.from({ length: Math.min(width, legs.length) }, lane));
}

async function deliverLocal(
  session: SmtpSession,
  leg: Leg,
  received: Uint8Array,
  incoming: Incoming,
  mayRefuse: boolean,
): Promise<void> {
  const { account, address, delivery, folder } = leg.mailbox!;
  if (delivery === "refuse") leg.fault = new Fault("rejected", "mailbox is disabled");
  if (delivery === "refuse-temporary") leg.fault = new Fault("busy", "mailbox is switched off for now");
  if (leg.fault) return;
  const { context } = session;
  const from = session.transaction!.from;
  const delivered = formatDeliveredTo(address, leg.recipient.address);
  const head = concat([utf8(formatReturnPath(from) + delivered), received]);
  const raw = concat([head, incoming.raw]);
  const summary = shiftSummary(incoming.summary, head.length);
  try {
    const filter = await deliveryFilter(session, leg, incoming, mayRefuse);
    const acting = folder === undefined ? {} : { as: await posterOf(session) };
    const mailbox = context.system.ref<MailboxContract>(`mailbox:${account.id}`);
    const ask = (filter?: DeliveryFilter) =>
      mailbox.ask("deliver", {
        message: { raw, summary, flags: [], internalDateMs: incoming.nowMs },
        folder: folder ?? "INBOX",
        limits: account.limits,
        filter,
        ...acting,
      }, { requestId: `${incoming.id}:${placeOf(leg.mailbox!)}` });
    const reply = await (filter ? context.filtering!.withPlaces(account.id, filter, ask) : ask());
    usageHints(context).delivered(account.id, raw.length);
    session.log.info("delivery", {
      session: session.connection.id,
      id: incoming.id,
      messageId: incoming.summary.messageId,
      from: from ?? "",
      to: leg.recipient.address,
      sizeBytes: raw.length,
      verdict: "none",
      mailbox: account.address,
      folder: reply.folder,
      uid: reply.uid,
      also: reply.also?.map((copy) => `${copy.folder} ${copy.uid}`),
      sieve: reply.filtered?.actions,
      notes: reply.filtered?.notes.length ? reply.filtered.notes : undefined,
      error: reply.filtered?.error ?? undefined,
      ms: Math.round(context.clock.monotonicMs() - incoming.startedMs),
    });
  } catch (error) {
    leg.fault = noteFault(session, incoming, leg.address, error);
  }
}

/** Hands legs to the queue; on success they are no longer our concern, else each has the fault. */
async function enqueue(
  session: SmtpSession,
  legs: readonly Leg[],
  received: Uint8Array,
  incoming: Incoming,
  source: "submission" | "forward" | "redelivery" | "reported",
): Promise<void> {
  if (legs.length === 0) return;
  const { parameters } = session.transaction!;
  const { smtpUtf8, body, ret, envid } = parameters;
  const recipients = legs.map((leg) => ({ address: leg.address, dsn: reportTerms(leg) }));
  try {
    const from = await senderOf(session, legs[0], source);
    const { id } = await session.context.system.ref<QueueContract>("queue:main").ask("submit", {
      envelope: { from, recipients, smtpUtf8, body, requireTls: false, ret, envid },
      raw: concat([received, incoming.raw]),
      source,
      messageId: incoming.summary.messageId,
      accountId: source === "submission" ? session.account?.id ?? null : null,
      deliveryId: incoming.id,
    }, { requestId: `${incoming.id}:${source}:${legs[0].address}` });
    for (const leg of legs) leg.queued = true;
    session.log.info("queued", {
      session: session.connection.id,
      id: incoming.id,
      queueId: id,
      messageId: incoming.summary.messageId,
      from: from ?? "",
      to: recipients.map((recipient) => recipient.address),
      sizeBytes: incoming.raw.length,
      source,
    });
  } catch (error) {
    const fault = noteFault(session, incoming, legs[0].address, error);
    for (const leg of legs) leg.fault ??= fault;
  }
}

/** Who sends what the queue takes: mail that only passes through us goes on under a rewritten sender (M01). */
async function senderOf(session: SmtpSession, leg: Leg, source: string): Promise<string | null> {
  const { from } = session.transaction!;
  if (source !== "forward" || from === null) return from;
  return (await session.directory.ask("rewriteSender", { from, by: leg.recipient.address })).from;
}

/** What the queue is told to report; the name that the sender used goes along (RFC 3461 §5.2.1). */
function reportTerms(leg: Leg): DsnRecipient {
  const { address, dsn } = leg.recipient;
  return dsn.orcpt !== null || address === leg.address ? dsn : { ...dsn, orcpt: `rfc822;${address}` };
}

function noteFault(session: SmtpSession, incoming: Incoming, to: string, error: unknown): Fault {
  const fault = asFault(error);
  const fields = { session: session.connection.id, id: incoming.id, to, code: fault.code };
  if (fault.code === "internal") session.log.error("delivery.failed", { ...fields, ...errorFields(fault) });
  else session.log.info("delivery.failed", { ...fields, reason: fault.message });
  return fault;
}

/** RFC 5321 §4.4: our Received field; `for` only when that tells nobody about other recipients. */
function receivedHeader(session: SmtpSession, transaction: Transaction, incoming: Incoming): Uint8Array {
  const { connection, context, hello } = session;
  const only = transaction.recipients.length === 1 ? transaction.recipients[0].address : null;
  return utf8(formatReceived({
    helo: hello?.name ?? "",
    ip: connection.remote.address,
    by: context.hostname,
    protocol: transmissionType({
      verb: hello?.verb ?? "HELO",
      tls: connection.tls !== null,
      authenticated: session.account !== null,
      utf8: transaction.parameters.smtpUtf8,
    }),
    id: incoming.id,
    forAddress: only,
    tls: connection.tls,
    dateMs: incoming.nowMs,
  }));
}
