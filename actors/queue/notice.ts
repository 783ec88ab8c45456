import type { Turn } from "../../src/actor/actor.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { readRange } from "./body.ts";
import type { ItemRow } from "./claim.ts";
import { parseDsn } from "./claim.ts";
import type { AttemptResult, DsnRecipient } from "./contract.ts";
import { composeReport, type ReportAction } from "./report_message.ts";
import type { WaitingRow } from "./report.ts";
import type { QueueState } from "./settings.ts";
import { insertItem } from "./submit.ts";

/** What the sender is to be told of one recipient. */
export interface Notice {
  action: ReportAction;
  address: string;
  dsn: DsnRecipient;
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
    dsn,
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
  const failed = notices.some((notice) => notice.action === "failed");
  const full = failed && item.ret !== "hdrs" && item.size <= LIMITS.reportBodyBytes;
  const raw = composeReport({
    hostname: settings.hostname,
    postmaster: settings.postmaster,
    to: item.sender,
    messageId,
    nowMs: turn.nowMs,
    arrivedMs: item.created_ms,
    envid: item.envid,
    notices,
    expiresMs: item.created_ms + settings.expireMs,
    original: readRange(turn.db, item.id, 0, Math.min(item.size, LIMITS.reportBodyBytes)),
    full,
  });
  const id = insertItem({
    envelope: {
      from: null,
      recipients: [{ address: item.sender, dsn: { notify: ["never"], orcpt: null } }],
      smtpUtf8: item.smtp_utf8 === 1,
      body: "8bitmime",
      requireTls: false,
      ret: null,
      envid: null,
    },
    raw,
    source: "dsn",
    messageId,
    accountId: null,
  }, turn);
  turn.log.info("queue_report", {
    queueId: id,
    about: item.id,
    to: item.sender,
    actions: notices.map((notice) => notice.action),
  });
}
