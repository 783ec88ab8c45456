import { LIMITS } from "../../base/limits.ts";

/** Replies of SMTP and LMTP, RFC 5321 §4.2, with the enhanced status codes of RFC 2034 and RFC 3463. */

/** One whole reply, lines joined. */
export interface SmtpReply {
  code: number;
  /** `5.1.1`; null when the reply has none. */
  enhanced: string | null;
  /** Text of each line, without codes. */
  lines: string[];
}

/** One line of a reply: `more` when further lines follow (`250-`). */
export interface SmtpReplyLine {
  code: number;
  more: boolean;
  text: string;
}

/** Writes a reply; several lines make `250-`; the enhanced code stands on each (RFC 2034 §4). */
export function formatReply(code: number, enhanced: string | null, text: string | readonly string[]): string {
  const prefix = enhanced === null ? "" : enhanced + " ";
  if (typeof text === "string") return `${code} ${prefix}${clean(text)}\r\n`;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    out += `${code}${i < text.length - 1 ? "-" : " "}${prefix}${clean(text[i])}\r\n`;
  }
  return out;
}

/** Text of a fault or of a client never breaks out of its line, and is ASCII. */
function clean(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.replace(/[^\x20-\x7e]/g, "?");
}

/** Reads one line of a reply, without its CRLF. Throws `SyntaxError` when it is none. */
export function parseReplyLine(line: string): SmtpReplyLine {
  const code = Number(line.slice(0, 3));
  const sign = line[3] ?? " ";
  if (!/^[2-5]\d\d/.test(line) || (sign !== " " && sign !== "-")) throw new SyntaxError("not an SMTP reply");
  return { code, more: sign === "-", text: line.slice(4) };
}

/** Joins the lines of one reply. Throws `SyntaxError` when their codes differ (RFC 5321 §4.2.1) or the last is missing. */
export function joinReply(lines: readonly SmtpReplyLine[]): SmtpReply {
  const last = lines[lines.length - 1];
  if (!last || last.more || lines.length > LIMITS.smtpReplyLines) {
    throw new SyntaxError("the reply is not complete");
  }
  let enhanced: string | null = null;
  const texts: string[] = [];
  for (const line of lines) {
    if (line.code !== last.code) throw new SyntaxError("the codes of the reply's lines differ");
    const found = /^([245])\.(\d{1,3})\.(\d{1,3})(?: |$)/.exec(line.text);
    // RFC 2034 §4: the class is that of the reply; anything else is text that looks like a code.
    if (found && Number(found[1]) === Math.floor(line.code / 100)) {
      enhanced ??= found[0].trimEnd();
      texts.push(line.text.slice(found[0].length));
    } else texts.push(line.text);
  }
  return { code: last.code, enhanced, lines: texts };
}

/** Reads a whole reply from its text, CRLF between lines. */
export function parseReply(text: string): SmtpReply {
  return joinReply(text.replace(/\r\n$/, "").split("\r\n").map(parseReplyLine));
}
