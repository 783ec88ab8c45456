import type { Turn } from "../../src/actor/actor.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { composeDsn, type DsnAction } from "../../src/codec/message/dsn.ts";
import { readRange } from "./body.ts";
import type { ItemRow } from "./claim.ts";
import { parseDsn } from "./claim.ts";
import type { AttemptResult } from "./contract.ts";
import type { WaitingRow } from "./report.ts";
import type { QueueState } from "./settings.ts";
import { insertItem } from "./submit.ts";

/** What the sender is to be told of one recipient. */
export interface Notice {
  action: DsnAction;
  address: string;
  orcpt: string | null;
  /** RFC 3463 */
  status: string;
  reply: string;
  remoteMta: string | null;
}

const ACTION = {
  delivered: "delivered",
  relayed: "relayed",
  failed: "failed",
  expired: "failed",
  delayed: "delayed",
} as const;

/**
 * Whether and what the sender is told, RFC 3461 §4.1 and §6: never for the null sender (no report on a report, RFC
 * 5321 §6.1), never with NOTIFY=NEVER; without NOTIFY failures and delays are told.
 */
export function noticeOf(
  recipient: WaitingRow,
  item: ItemRow,
  result: AttemptResult,
  state: keyof typeof ACTION,
): Notice | null {
  if (item.sender === null) return null;
  const action = ACTION[state];
  const dsn = parseDsn(recipient.notify, recipient.orcpt);
  if (action === "relayed" && result.dsnHandedOver) return null;
  const wanted = action === "failed" ? "failure" : action === "delayed" ? "delay" : "success";
  const told = dsn.notify.length ? dsn.notify.includes(wanted) : wanted !== "success";
  if (!told) return null;
  const status = state === "expired" ? expiredStatus(result.status) : result.status;
  return {
    action,
    address: recipient.address,
    orcpt: dsn.orcpt,
    status,
    reply: result.reply,
    remoteMta: result.remoteMta,
  };
}

/** A report says 5.x.x of what is final; 4.4.7 (too late) becomes 5.4.7 unless the last answer says more. */
function expiredStatus(status: string): string {
  const [, subject, detail] = status.split(".");
  return subject && detail && subject !== "0" ? `5.${subject}.${detail}` : "5.4.7";
}

/** Queues one report for all notices of a message, from the postmaster with the null sender (RFC 3461 §7.1). */
export function sendNotices(item: ItemRow, notices: Notice[], turn: Turn<QueueState>): void {
  if (!notices.length || item.sender === null) return;
  const { settings } = turn.state;
  const messageId = `${newId(turn.nowMs, turn.random)}@${settings.hostname}`;
  const raw = composeDsn({
    reportingMta: settings.hostname,
    from: settings.postmaster,
    to: item.sender,
    messageId,
    dateMs: turn.nowMs,
    envelopeId: item.envid,
    arrivalMs: item.created_ms,
    recipients: notices.map((notice) => ({
      ...notice,
      lastAttemptMs: turn.nowMs,
      willRetryUntilMs: notice.action === "delayed" ? item.created_ms + settings.expireMs : null,
    })),
    original: readRange(turn.db, item.id, 0, Math.min(item.size, LIMITS.reportBodyBytes)),
    ret: returns(item, notices),
    smtpUtf8: item.smtp_utf8 === 1,
  });
  const id = insertItem({
    envelope: {
      from: null,
      recipients: [{ address: item.sender, dsn: { notify: ["never"], orcpt: null } }],
      smtpUtf8: item.smtp_utf8 === 1,
      body: raw.some((byte) => byte > 127) ? "8bitmime" : "7bit",
      requireTls: false,
      ret: null,
      envid: null,
    },
    raw,
    source: "dsn",
    messageId,
    accountId: null,
  }, turn);
  turn.log.info("queue.report", {
    queueId: id,
    about: item.id,
    to: item.sender,
    actions: notices.map((notice) => notice.action),
  });
}

/** RFC 3461 §4.3: RET speaks of failures only; a message too big to go back whole goes back as its header. */
function returns(item: ItemRow, notices: Notice[]): "full" | "headers" {
  const failed = notices.some((notice) => notice.action === "failed");
  return failed && item.ret !== "hdrs" && item.size <= LIMITS.reportBodyBytes ? "full" : "headers";
}
