import { concat, fromLatin1, latin1, utf8 } from "../../src/base/bytes.ts";
import type { Notice } from "./notice.ts";

export type ReportAction = "delivered" | "relayed" | "failed" | "delayed";

/** All that a report says. Times in milliseconds. */
export interface ReportContent {
  hostname: string;
  postmaster: string;
  to: string;
  messageId: string;
  nowMs: number;
  arrivedMs: number;
  expiresMs: number;
  envid: string | null;
  notices: readonly Notice[];
  /** The message reported on, or as much of it as holds its header. */
  original: Uint8Array;
  /** Return the whole of `original`, not only its header. */
  full: boolean;
}

/** Composes the delivery status notification of RFC 3464 as a multipart/report (RFC 6522). */
export function composeReport(content: ReportContent): Uint8Array {
  const boundary = `=_${content.messageId.split("@")[0]}`;
  const header = [
    `From: Mail Delivery System <${content.postmaster}>`,
    `To: <${content.to}>`,
    `Subject: ${subjectOf(content.notices)}`,
    `Date: ${dateOf(content.nowMs)}`,
    `Message-ID: <${content.messageId}>`,
    `Auto-Submitted: auto-replied`,
    `MIME-Version: 1.0`,
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    ...explain(content),
    "",
    `--${boundary}`,
    "Content-Type: message/delivery-status",
    "",
    ...statusFields(content),
    `--${boundary}`,
    `Content-Type: ${content.full ? "message/rfc822" : "text/rfc822-headers"}`,
    "",
    "",
  ].join("\r\n");
  const original = content.full ? content.original : headerOf(content.original);
  return concat([utf8(header), original, latin1(`\r\n--${boundary}--\r\n`)]);
}

function subjectOf(notices: readonly Notice[]): string {
  const has = (action: ReportAction) => notices.some((notice) => notice.action === action);
  if (has("failed")) return "Undelivered mail returned to sender";
  return has("delayed") ? "Delayed mail (still being retried)" : "Successful mail delivery report";
}

const MEANING: Record<ReportAction, string> = {
  failed: "could not be delivered",
  delayed: "is delayed and will be tried again",
  delivered: "was delivered",
  relayed: "was handed to a server that sends no reports",
};

function explain({ hostname, notices, expiresMs }: ReportContent): string[] {
  const lines = [`This is the mail system at host ${hostname}.`, "", "Your message:"];
  for (const { address, action, reply } of notices) {
    lines.push(`  <${address}>: ${MEANING[action]}`, `    ${oneLine(reply)}`);
  }
  if (notices.some((notice) => notice.action === "delayed")) {
    lines.push("", `You need not do anything. It is tried until ${dateOf(expiresMs)}.`);
  }
  return lines;
}

function statusFields(content: ReportContent): string[] {
  const lines = [`Reporting-MTA: dns; ${content.hostname}`];
  if (content.envid) lines.push(`Original-Envelope-Id: ${oneLine(content.envid)}`);
  lines.push(`Arrival-Date: ${dateOf(content.arrivedMs)}`, "");
  for (const { address, action, dsn, status, reply, remoteMta } of content.notices) {
    if (dsn.orcpt) lines.push(`Original-Recipient: ${oneLine(dsn.orcpt)}`);
    lines.push(`Final-Recipient: rfc822; ${address}`, `Action: ${action}`, `Status: ${status}`);
    if (remoteMta) lines.push(`Remote-MTA: dns; ${remoteMta}`);
    lines.push(`Diagnostic-Code: smtp; ${oneLine(reply)}`);
    if (action === "delayed") lines.push(`Will-Retry-Until: ${dateOf(content.expiresMs)}`);
    lines.push(`Last-Attempt-Date: ${dateOf(content.nowMs)}`, "");
  }
  return lines;
}

function headerOf(message: Uint8Array): Uint8Array {
  const end = fromLatin1(message).indexOf("\r\n\r\n");
  return end < 0 ? message : message.subarray(0, end + 2);
}

/** Text of strangers stays on its line. */
function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").trim();
}

/** RFC 5322 §3.3, in UTC. */
function dateOf(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}
