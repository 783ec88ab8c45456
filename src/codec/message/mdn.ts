import { concat, latin1, utf8 } from "../../base/bytes.ts";
import { formatDate } from "../text/date.ts";

/** What a report of a refused message says. */
export interface MdnReport {
  /** Name of the program or server that reports. */
  reportingUa: string;
  from: string;
  to: string;
  /** Without angle brackets, as the next one. */
  messageId: string;
  dateMs: number;
  finalRecipient: string;
  originalMessageId: string | null;
  /** Words of the recipient's filter, lines ended by CRLF or LF. */
  reason: string;
  /** The refused message's header. */
  original: Uint8Array;
}

/** The returned header is cut at the end of a line below this many octets. */
const HEADER_BYTES = 64 * 1024;

/**
 * A disposition notification for a message that a filter refused (RFC 5429 §2.2.1, RFC 8098 §3): a multipart/report of
 * an explanation, the fields, and the header of the message. It must be sent with the null sender.
 */
export function composeMdn(report: MdnReport): Uint8Array {
  const boundary = `=_${report.messageId.split("@")[0].replace(/[^\w.-]/g, "").slice(0, 50)}_mdn`;
  const original = wholeLines(report.original);
  const head = [
    `From: <${oneLine(report.from)}>`,
    `To: <${oneLine(report.to)}>`,
    "Subject: Rejected message",
    `Date: ${formatDate(report.dateMs)}`,
    `Message-ID: <${report.messageId}>`,
    ...report.originalMessageId ? [`In-Reply-To: <${oneLine(report.originalMessageId)}>`] : [],
    "Auto-Submitted: auto-replied (rejected)",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=disposition-notification;",
    `\tboundary="${boundary}"`,
    "Content-Transfer-Encoding: 8bit",
    "",
    `--${boundary}`,
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Your message was refused by the recipient's mail filtering program.",
    "The reason given was as follows:",
    "",
    ...report.reason.split(/\r?\n/).map((line) =>
      line.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, " ").slice(0, 300)
    ),
    "",
    `--${boundary}`,
    "Content-Type: message/disposition-notification",
    "",
    `Reporting-UA: ${oneLine(report.reportingUa)}`,
    `Final-Recipient: rfc822; ${oneLine(report.finalRecipient)}`,
    ...report.originalMessageId ? [`Original-Message-ID: <${oneLine(report.originalMessageId)}>`] : [],
    "Disposition: automatic-action/MDN-sent-automatically; deleted",
    "",
    `--${boundary}`,
    "Content-Type: text/rfc822-headers",
    "Content-Transfer-Encoding: 8bit",
    "",
    "",
  ].join("\r\n");
  return concat([utf8(head), original, latin1(`\r\n--${boundary}--\r\n`)]);
}

/** A header without its empty line, and not too much of it. */
function wholeLines(header: Uint8Array): Uint8Array {
  let end = Math.min(header.length, HEADER_BYTES);
  while (end > 0 && end < header.length && header[end - 1] !== 0x0a) end--;
  while (end > 3 && header[end - 1] === 0x0a && header[end - 3] === 0x0a) end -= 2;
  return header.subarray(0, end);
}

/** Text of strangers stays on its line. */
function oneLine(text: string): string {
  return text.slice(0, 500).replace(/[\x00-\x20\x7f\u0085\u2028\u2029]+/g, " ").trim();
}
