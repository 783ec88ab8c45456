import { concat, latin1, utf8 } from "../../base/bytes.ts";
import { formatDate } from "../text/date.ts";
import { readHeader } from "./header.ts";

/** What strangers may add to one line; a character takes up to three octets here (four in a pair of two). */
const LINE_CHARS = 300;

/** Actions of RFC 3464 §2.3.3. */
export type DsnAction = "failed" | "delayed" | "delivered" | "relayed" | "expanded";

/** One recipient in a report. Texts are Unicode. */
export interface DsnReportRecipient {
  /** The address that delivery was tried to. */
  address: string;
  /** ORCPT, decoded: `rfc822;user@host` (RFC 3461 §4.2); null when the sender gave none. */
  orcpt: string | null;
  action: DsnAction;
  /** Enhanced status code, RFC 3463: `5.1.1`. */
  status: string;
  /** Who spoke; null when nobody was reached. */
  remoteMta: string | null;
  /** What was said: `550 5.1.1 no such user`; null when there is nothing to tell. */
  reply: string | null;
  lastAttemptMs: number | null;
  /** When a delayed message will be given up. */
  willRetryUntilMs: number | null;
}

/** Everything that a report is made of; times in milliseconds. */
export interface DsnReport {
  /** Our name, Reporting-MTA. */
  reportingMta: string;
  /** Address of the From field, usually a postmaster's. */
  from: string;
  /** The sender of the message that is reported on. */
  to: string;
  /** Id of the report, without angle brackets. */
  messageId: string;
  dateMs: number;
  /** ENVID, decoded. */
  envelopeId: string | null;
  arrivalMs: number | null;
  recipients: readonly DsnReportRecipient[];
  /** The message, or as much of it as holds its header. */
  original: Uint8Array;
  /** RET (RFC 3461 §4.3): the whole of `original` goes back, or its header. */
  ret: "full" | "headers";
  /** The way back carries UTF-8 headers, so RFC 6533's `global` types may be used. */
  smtpUtf8: boolean;
}

/**
 * The delivery status notification for one sender: a multipart/report (RFC 6522) of an explanation, the fields of
 * RFC 3464 §2 and the returned message or header. Without SMTPUTF8 on the way back UTF-8 addresses are written in
 * 7-bit form (RFC 6533 §3). It must be sent with the null sender.
 */
export function composeDsn(report: DsnReport): Uint8Array {
  const boundary = `=_${report.messageId.split("@")[0].replace(/[^\w.-]/g, "").slice(0, 50)}_dsn`;
  const global = report.smtpUtf8 &&
    report.recipients.some(({ address, orcpt }) => !isAscii(address + (orcpt ?? "")));
  const original = originalPart(report);
  const explanation = explain(report);
  const high = hasHighBytes(original.body);
  const head = [
    `From: Mail Delivery System <${report.from}>`,
    `To: <${oneLine(report.to)}>`,
    `Subject: ${subjectOf(report.recipients)}`,
    `Date: ${formatDate(report.dateMs)}`,
    `Message-ID: <${report.messageId}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    `\tboundary="${boundary}"`,
    ...encodingField(global || high || !isAscii(explanation.join(""))),
    "",
    `--${boundary}`,
    "Content-Description: Explanation",
    "Content-Type: text/plain; charset=utf-8",
    ...encodingField(!isAscii(explanation.join(""))),
    "",
    ...explanation,
    "",
    `--${boundary}`,
    "Content-Description: Delivery report",
    `Content-Type: message/${global ? "global-delivery-status" : "delivery-status"}`,
    ...encodingField(global),
    "",
    ...statusFields(report, global),
    `--${boundary}`,
    `Content-Description: Undelivered message${report.ret === "full" ? "" : " headers"}`,
    `Content-Type: ${original.type}`,
    ...encodingField(high),
    "",
    "",
  ].join("\r\n");
  return concat([utf8(head), original.body, latin1(`\r\n--${boundary}--\r\n`)]);
}

/** 7bit is what holds when nothing is said (RFC 2045 §6.1). */
function encodingField(eightBit: boolean): string[] {
  return eightBit ? ["Content-Transfer-Encoding: 8bit"] : [];
}

/** The third part: what goes back to the sender. */
function originalPart({ original, ret, smtpUtf8 }: DsnReport): { type: string; body: Uint8Array } {
  const header = readHeader(original);
  const global = smtpUtf8 && /[\x80-\xff]/.test(header.text);
  if (ret === "full") return { type: global ? "message/global" : "message/rfc822", body: original };
  return {
    type: global ? "message/global-headers" : "text/rfc822-headers",
    body: original.subarray(0, endOfFields(original, header.bodyStart)),
  };
}

/** Before the empty line that ends a header block. */
function endOfFields(raw: Uint8Array, bodyStart: number): number {
  let end = bodyStart;
  if (end > 0 && raw[end - 1] === 0x0a) end--;
  if (end > 0 && raw[end - 1] === 0x0d) end--;
  // A header without its empty line ends with that of its last field, which belongs to the boundary.
  return end;
}

function hasHighBytes(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 0x7f) return true;
  return false;
}

function subjectOf(recipients: readonly DsnReportRecipient[]): string {
  const has = (action: DsnAction) => recipients.some((recipient) => recipient.action === action);
  if (has("failed")) return "Undelivered mail returned to sender";
  if (has("delayed")) return "Delayed mail (still being tried)";
  return "Successful mail delivery report";
}

const MEANING: Record<DsnAction, string> = {
  failed: "could not be delivered",
  delayed: "is delayed; it will be tried again",
  delivered: "was delivered",
  relayed: "was passed on to a server that sends no reports",
  expanded: "was delivered to an address that passes it on to others",
};

/** The part for people. */
function explain({ reportingMta, recipients }: DsnReport): string[] {
  const lines = [`This is the mail system at ${reportingMta}.`, ""];
  for (const { address, action, reply, remoteMta, willRetryUntilMs } of recipients) {
    // What never was more than "later" has expired: the last answer alone would not say why nobody tries again.
    const expired = action === "failed" && reply !== null && /^4\d\d /.test(reply);
    const meaning = expired ? "could not be delivered in time; it is not tried any more" : MEANING[action];
    lines.push(`Your message to <${oneLine(address)}>`, `${meaning}.`);
    if (action === "delayed" && willRetryUntilMs !== null) {
      lines.push(`You need not send it again. It will be tried until ${formatDate(willRetryUntilMs)}.`);
    }
    if (reply) {
      lines.push(
        remoteMta ? `The server ${oneLine(remoteMta)} said:` : "The reason:",
        `    ${oneLine(reply)}`,
      );
    }
    lines.push("");
  }
  return lines.slice(0, -1);
}

/** Per-message fields, then a group for each recipient (RFC 3464 §2.2, §2.3). */
function statusFields(report: DsnReport, global: boolean): string[] {
  const lines = [`Reporting-MTA: dns; ${report.reportingMta}`];
  if (report.envelopeId) lines.push(`Original-Envelope-Id: ${oneLine(report.envelopeId)}`);
  if (report.arrivalMs !== null) lines.push(`Arrival-Date: ${formatDate(report.arrivalMs)}`);
  lines.push("");
  for (const recipient of report.recipients) {
    if (recipient.orcpt) lines.push(`Original-Recipient: ${originalRecipient(recipient.orcpt, global)}`);
    lines.push(`Final-Recipient: ${typedAddress(recipient.address, global)}`);
    lines.push(`Action: ${recipient.action}`, `Status: ${recipient.status}`);
    if (recipient.remoteMta) lines.push(`Remote-MTA: dns; ${oneLine(recipient.remoteMta)}`);
    if (recipient.reply) lines.push(`Diagnostic-Code: smtp; ${asciiOnly(oneLine(recipient.reply))}`);
    if (recipient.lastAttemptMs !== null) {
      lines.push(`Last-Attempt-Date: ${formatDate(recipient.lastAttemptMs)}`);
    }
    if (recipient.action === "delayed" && recipient.willRetryUntilMs !== null) {
      lines.push(`Will-Retry-Until: ${formatDate(recipient.willRetryUntilMs)}`);
    }
    lines.push("");
  }
  return lines;
}

/** `rfc822; a@b`, or `utf-8; …` for what is not ASCII (RFC 6533 §3). */
function typedAddress(address: string, global: boolean): string {
  const text = oneLine(address);
  if (isAscii(text)) return `rfc822; ${text}`;
  return `utf-8; ${global ? text : xtextUnicode(text)}`;
}

function originalRecipient(orcpt: string, global: boolean): string {
  const semicolon = orcpt.indexOf(";");
  const type = semicolon < 0 ? "rfc822" : asciiOnly(oneLine(orcpt.slice(0, semicolon)));
  let address = oneLine(orcpt.slice(semicolon + 1));
  if (global && type.toLowerCase() === "utf-8") {
    address = oneLine(address.replace(/\\x\{([0-9A-F]{2,6})\}/g, (whole, digits) => {
      const code = parseInt(digits, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }));
  }
  return isAscii(address) ? `${type}; ${address}` : typedAddress(address, global);
}

/** `utf-8-addr-xtext` of RFC 6533 §3: `\x{HEX}` for what is not printable ASCII, and for `\`, `+` and `=`. */
function xtextUnicode(text: string): string {
  let out = "";
  for (const char of text) {
    out += /[!-*,-<>-[\]-~]/.test(char) ? char : `\\x{${char.codePointAt(0)!.toString(16).toUpperCase()}}`;
  }
  return out;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function asciiOnly(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, "?");
}

/** Text of strangers stays on its line, and the line under the 998 octets of RFC 5322 §2.1.1. */
function oneLine(text: string): string {
  return text.slice(0, LINE_CHARS).replace(/[\x00-\x20\x7f\u0085\u2028\u2029]+/g, " ").trim();
}
