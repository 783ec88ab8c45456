import { nameOf } from "../../src/actor/actor.ts";
import { newId } from "../../src/base/id.ts";
import { composeMdn } from "../../src/codec/message/mdn.ts";
import { fieldName, readHeader } from "../../src/codec/message/header.ts";
import type { FileCopy, Outcome, Outgoing } from "../../src/sieve/outcome.ts";
import type { QueueContract } from "../queue/contract.ts";
import type { NewMessage } from "./contract.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { isCutOff } from "./log.ts";
import type { MailboxTurn } from "./state.ts";

/** A message that leaves the mailbox, as the queue takes it over. */
export interface Leaving {
  type: "redirect" | "vacation" | "notify" | "reject";
  submission: QueueContract["submit"]["request"];
  /** Where a copy stays (RFC 8580). */
  fcc: FileCopy | null;
}

/** Everything that leaves; `looped` is set when something is not sent on because it has been here before. */
export function leavingOf(
  turn: MailboxTurn,
  { actions }: Outcome,
  message: NewMessage,
  filter: DeliveryFilter,
  notes: string[],
): { leaving: Leaving[]; looped: boolean } {
  const leaving: Leaving[] = [];
  let looped = false;
  for (const action of actions) {
    if (action.type === "redirect") {
      if (wasHere(message.raw, filter)) {
        looped = true;
        notes.push(`not sent on to ${action.address}: the message has been here before`);
      } else leaving.push(redirect(turn, action.address, action.message ?? message.raw, filter));
    } else if (action.type === "vacation" && turn.node.paired && isCutOff(turn)) {
      // The other server may answer the same sender now. Of two answers and none, none is the lesser evil.
      notes.push("no vacation reply: the other server cannot be asked whether it gave one");
    } else if (action.type === "vacation" || action.type === "notify") {
      leaving.push(outgoing(turn, action.type, action));
    } else if (action.type === "reject") {
      if (filter.envelope.from === null) notes.push("no report: the message has the null sender");
      else leaving.push(rejection(turn, action.reason, message, filter, filter.envelope.from));
    }
  }
  return { leaving, looped };
}

/**
 * RFC 5228 §4.2: the message goes on under its own sender, which the outbound side rewrites so that reports come back
 * through us. `Delivered-To` stays: by it we know a message that comes back (RFC 5321 §6.3).
 */
function redirect(
  turn: MailboxTurn,
  address: string,
  stored: Uint8Array,
  { envelope }: DeliveryFilter,
): Leaving {
  const raw = withoutReturnPath(stored);
  return leave(turn, "redirect", raw, envelope.from, [address], envelope.smtpUtf8);
}

function outgoing(turn: MailboxTurn, type: "vacation" | "notify", action: Outgoing): Leaving {
  const { message, envelopeFrom, recipients, fcc } = action;
  return { ...leave(turn, type, message, envelopeFrom, recipients, false), fcc };
}

/** RFC 5429 §2.2.1, with the null sender: nobody answers it. */
function rejection(
  turn: MailboxTurn,
  reason: string,
  { raw, summary }: NewMessage,
  { envelope, hostname, owner }: DeliveryFilter,
  to: string,
): Leaving {
  const report = composeMdn({
    reportingUa: hostname,
    from: owner.address,
    to,
    messageId: `${newId(turn.nowMs, turn.random)}@${hostname}`,
    dateMs: turn.nowMs,
    finalRecipient: envelope.to,
    originalMessageId: summary.messageId,
    reason,
    original: raw.subarray(0, summary.headerBytes),
  });
  return leave(turn, "reject", report, null, [to], false);
}

function leave(
  turn: MailboxTurn,
  type: Leaving["type"],
  raw: Uint8Array,
  from: string | null,
  to: readonly string[],
  smtpUtf8: boolean,
): Leaving {
  const isUtf8 = smtpUtf8 || /[^\x00-\x7f]/.test([from ?? "", ...to].join(""));
  return {
    type,
    fcc: null,
    submission: {
      envelope: {
        from,
        recipients: to.map((address) => ({ address, dsn: { notify: [], orcpt: null } })),
        smtpUtf8: isUtf8,
        body: raw.some((byte) => byte > 127) ? "8bitmime" : "7bit",
        requireTls: false,
        ret: null,
        envid: null,
      },
      raw,
      source: type,
      messageId: messageIdOf(raw),
      accountId: nameOf(turn.self),
    },
  };
}

/** Whether a message came to this owner before: two `Delivered-To` fields, one of them from now. */
function wasHere(raw: Uint8Array, { owner, envelope }: DeliveryFilter): boolean {
  const own = new Set([owner.address, envelope.to].map((address) => address.toLowerCase()));
  const header = readHeader(raw);
  let times = 0;
  for (const field of header.fields) {
    if (fieldName(header, field).toLowerCase() !== "delivered-to") continue;
    if (own.has(header.text.slice(field.value, field.end).trim().toLowerCase())) times++;
  }
  return times > 1;
}

/** RFC 5321 §4.4: the last server writes it, and this one is not the last. */
function withoutReturnPath(raw: Uint8Array): Uint8Array {
  const header = readHeader(raw);
  const [first] = header.fields;
  const ours = first && first.start === 0 && fieldName(header, first).toLowerCase() === "return-path";
  return ours ? raw.subarray(first.end) : raw;
}

function messageIdOf(raw: Uint8Array): string | null {
  const header = readHeader(raw);
  const field = header.fields.find((one) => fieldName(header, one).toLowerCase() === "message-id");
  return field ? /<([^<>\s]{1,500})>/.exec(header.text.slice(field.value, field.end))?.[1] ?? null : null;
}
