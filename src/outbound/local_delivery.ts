import type { DirectoryContract, Resolution } from "../../actors/directory/contract.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import type { DeliveryFilter } from "../../actors/mailbox/filter/contract.ts";
import type { AttemptResult, QueueContract, QueueLease } from "../../actors/queue/contract.ts";
import { concat, utf8 } from "../base/bytes.ts";
import { asFault, Fault, type FaultCode, isTemporary } from "../base/fault.ts";
import { formatDeliveredTo, formatReturnPath } from "../codec/message/received.ts";
import { summarize } from "../codec/message/summarize.ts";
import type { Attempted } from "./attempt.ts";
import type { OutboundContext } from "./context.ts";
import { AttemptFailure } from "./failure.ts";
import { localFilter } from "./local_filter.ts";
import type { QueuedMessage } from "./queued_message.ts";

/**
 * Delivers to recipients of our own domains. Every step has an id made of the queue's and the mailbox's, so a second
 * attempt after a crash finds the first one done instead of delivering again. A lease with a `deliveryId` goes on where
 * an SMTP session left off: its copies may be there already, under that id.
 */
export async function deliverLocally(
  lease: QueueLease,
  message: QueuedMessage,
  context: OutboundContext,
): Promise<Attempted[]> {
  const deliver = createDeliverer(lease, message, context);
  const out: Attempted[] = [];
  for (const recipient of lease.recipients) {
    out.push({ result: await outcomeFor(recipient, lease, message, deliver, context), via: null });
  }
  return out;
}

type Deliver = (
  mailbox: Resolution["mailboxes"][number],
  recipient: QueueLease["recipients"][number],
) => Promise<void>;

function createDeliverer(lease: QueueLease, message: QueuedMessage, context: OutboundContext): Deliver {
  let whole: Promise<Uint8Array> | null = null;
  return async (mailbox, recipient) => {
    const { account, delivery, folder } = mailbox;
    if (delivery !== "accept") throw DISABLED[delivery];
    // RFC 5321 §4.4: the last server writes down the return path.
    const trace = formatReturnPath(lease.envelope.from) +
      formatDeliveredTo(account.address, recipient.address);
    const raw = concat([utf8(trace), await (whole ??= message.whole())]);
    const filter = await localFilter(mailbox, recipient, lease, context);
    const ask = (filter?: DeliveryFilter) =>
      context.system.ref<MailboxContract>(`mailbox:${account.id}`).ask("deliver", {
        message: { raw, summary: summarize(raw), flags: [], internalDateMs: context.clock.nowMs() },
        // Rights were looked at when the message was taken.
        folder: folder ?? "INBOX",
        limits: account.limits,
        filter,
      }, {
        requestId: `${lease.deliveryId ?? lease.id}:${account.id}${folder === undefined ? "" : `:${folder}`}`,
      });
    const stored = await (context.withPlaces ? context.withPlaces(account.id, filter, ask) : ask(filter));
    context.log.info("delivery", {
      id: lease.deliveryId ?? lease.id,
      queueId: lease.id,
      messageId: lease.messageId,
      from: lease.envelope.from ?? "",
      to: account.address,
      sizeBytes: raw.length,
      verdict: "none",
      mailbox: account.address,
      folder: stored.folder,
      uid: stored.uid,
      also: stored.also?.map((copy) => `${copy.folder} ${copy.uid}`),
      sieve: stored.filtered?.actions,
      notes: stored.filtered?.notes.length ? stored.filtered.notes : undefined,
      error: stored.filtered?.error ?? undefined,
    });
  };
}

/** RFC 3463 X.2.1. */
const DISABLED = {
  "refuse": new AttemptFailure("permanent", "5.2.1", "550 5.2.1 the mailbox is disabled"),
  "refuse-temporary": new AttemptFailure(
    "temporary",
    "4.2.1",
    "450 4.2.1 the mailbox is switched off for now",
  ),
};

/**
 * One recipient may stand for several mailboxes and outside addresses. All of them are served before one answer is
 * given: what is temporary first, so that the rest is tried again, then what failed for good.
 */
async function outcomeFor(
  recipient: QueueLease["recipients"][number],
  lease: QueueLease,
  message: QueuedMessage,
  deliver: Deliver,
  context: OutboundContext,
): Promise<AttemptResult> {
  const failures: AttemptFailure[] = [];
  const guard = async (step: Promise<unknown>) => {
    try {
      return await step;
    } catch (error) {
      failures.push(localFailure(error));
    }
  };
  await guard((async () => {
    const found = await context.system.ref<DirectoryContract>("directory:main").ask("resolve", {
      address: recipient.address,
      authenticated: true,
    });
    for (const mailbox of found.mailboxes) await guard(deliver(mailbox, recipient));
    for (const address of found.external) await guard(forward(address, recipient, lease, message, context));
  })());
  const failure = failures.find(({ outcome }) => outcome === "temporary") ?? failures[0];
  const remoteMta = null;
  if (failure) {
    const { outcome, status, message } = failure;
    return { recipient: recipient.id, outcome, status, reply: message, remoteMta };
  }
  return {
    recipient: recipient.id,
    outcome: "delivered",
    status: "2.1.5",
    reply: "250 2.1.5 delivered",
    remoteMta,
  };
}

/** An alias that leads outside: the same message on its way to there, with a return path that leads back through us. */
async function forward(
  address: string,
  recipient: QueueLease["recipients"][number],
  lease: QueueLease,
  message: QueuedMessage,
  { system }: OutboundContext,
): Promise<void> {
  const { from } = lease.envelope;
  const sender = from &&
    (await system.ref<DirectoryContract>("directory:main").ask("rewriteSender", {
      from,
      by: recipient.address,
    })).from;
  await system.ref<QueueContract>("queue:main").ask("submit", {
    envelope: { ...lease.envelope, from: sender, recipients: [{ address, dsn: recipient.dsn }] },
    raw: await message.whole(),
    source: "forward",
    messageId: lease.messageId,
    accountId: null,
  }, { requestId: `${lease.id}:${recipient.id}:${address}` });
}

/** RFC 3463 codes of what the directory and the mailboxes say. */
const REPLIES: Partial<Record<FaultCode, string>> = {
  not_found: "550 5.1.1 no such user here",
  denied: "550 5.7.1 the recipient does not take this mail",
  over_quota: "552 5.2.2 the mailbox is full",
  too_big: "552 5.2.3 the message is too big for the mailbox",
  no_space: "452 4.3.1 no space left here",
  limit: "452 4.3.1 too much at once",
};

function localFailure(error: unknown): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  const fault = asFault(error);
  if (!(error instanceof Fault)) throw error;
  const temporary = isTemporary(fault.code) || fault.code === "limit" || fault.code === "conflict";
  // A filter's own words: the sender is to read them (RFC 5429 §2.1.2).
  const refused = fault.code === "rejected" && `550 5.7.1 ${fault.message.replaceAll("\n", " ")}`;
  const reply = refused || REPLIES[fault.code] ||
    (temporary ? "451 4.3.0 try again later" : "554 5.3.0 delivery failed");
  return new AttemptFailure(temporary ? "temporary" : "permanent", reply.split(" ")[1], reply);
}
