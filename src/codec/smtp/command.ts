import { fromLatin1 } from "../../base/bytes.ts";
import { parseMailParameters, parseRcptParameters, UnknownParameter } from "./parameters.ts";
import type { MailParameters, RcptParameters } from "./parameters.ts";
import { parsePath } from "./path.ts";

/** One command line of SMTP, submission or LMTP as a value. `BAD` is a line that is none, with what is wrong. */
export type SmtpCommand =
  | Each<"EHLO" | "HELO" | "LHLO", { name: string }>
  | { verb: "MAIL"; from: string | null; parameters: MailParameters }
  | { verb: "RCPT"; to: string; parameters: RcptParameters }
  | { verb: "BDAT"; sizeBytes: number; last: boolean }
  | { verb: "AUTH"; mechanism: string; initial: string | null }
  | Each<"VRFY" | "EXPN" | "HELP", { argument: string }>
  | Each<"DATA" | "RSET" | "NOOP" | "QUIT" | "STARTTLS" | "ETRN">
  | BadCommand;

/** One member of the union for each verb, so that a table can name the type of one command. */
type Each<V extends string, Fields = unknown> = V extends V ? { verb: V } & Fields : never;

/**
 * `unknown`: no such command (500). `unimplemented`: known, never offered (502). `syntax`: malformed (501).
 * `parameter`: a MAIL or RCPT parameter that is not known (555). `bytes`: NUL, bare CR or LF, or 8-bit where only
 * ASCII may be (500). `http`: a browser talks to us.
 */
export interface BadCommand {
  verb: "BAD";
  problem: "unknown" | "unimplemented" | "syntax" | "parameter" | "bytes" | "http";
  message: string;
}

const MAX_BDAT_DIGITS = 15;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Reads one line, without its CRLF. Never throws for what a client can send. RFC 5321 §4.1.1. */
export function parseCommand(line: Uint8Array): SmtpCommand {
  let text = fromLatin1(line);
  if (/[\0\r\n\x7f-\xff]/.test(text)) {
    if (/[\0\r\n\x7f]/.test(text)) return bad("bytes", "control character in the command");
    if (!/^(?:MAIL|RCPT|VRFY|EXPN) /i.test(text)) return bad("bytes", "the command must be ASCII");
    try {
      text = utf8.decode(line);
    } catch {
      return bad("bytes", "the command is not UTF-8");
    }
  }
  // RFC 5321 §4.1.1: trailing white space is tolerated.
  text = text.trimEnd();
  const space = text.indexOf(" ");
  const verb = (space < 0 ? text : text.slice(0, space)).toUpperCase();
  try {
    return parseVerb(verb, text, space < 0 ? text.length : space + 1);
  } catch (error) {
    if (error instanceof UnknownParameter) return bad("parameter", error.message);
    if (error instanceof SyntaxError) return bad("syntax", error.message);
    throw error;
  }
}

function parseVerb(verb: string, text: string, at: number): SmtpCommand {
  switch (verb) {
    case "MAIL":
      return parseMail(text, at);
    case "RCPT":
      return parseRcpt(text, at);
    case "EHLO":
    case "HELO":
    case "LHLO":
      return { verb, name: helloName(text.slice(at)) };
    case "DATA":
    case "RSET":
    case "QUIT":
    case "STARTTLS":
      if (at < text.length) throw new SyntaxError(`${verb} takes no argument`);
      return { verb };
    case "NOOP":
      return { verb };
    case "BDAT":
      return parseBdat(text.slice(at));
    case "AUTH":
      return parseAuth(text.slice(at));
    case "VRFY":
    case "EXPN":
      if (at === text.length) throw new SyntaxError(`${verb} needs an argument`);
      return { verb, argument: text.slice(at) };
    case "HELP":
      return { verb, argument: text.slice(at) };
    case "ETRN":
      return { verb };
    case "TURN":
    case "ATRN":
    case "SEND":
    case "SOML":
    case "SAML":
    case "BURL":
      return bad("unimplemented", "command not implemented");
    case "GET":
    case "POST":
    case "PUT":
    case "HEAD":
    case "OPTIONS":
    case "CONNECT":
      return bad("http", "this is a mail server");
  }
  return bad("unknown", "command not recognized");
}

function bad(problem: BadCommand["problem"], message: string): BadCommand {
  return { verb: "BAD", problem, message };
}

/** Anything printable: RFC 5321 §4.1.4 forbids refusing mail because the name does not fit the client's address. */
function helloName(argument: string): string {
  if (argument === "" || argument.length > 255 || /[^\x21-\x7e]/.test(argument)) {
    throw new SyntaxError("a host name or address literal is expected");
  }
  return argument;
}

function parseMail(text: string, at: number): SmtpCommand {
  const start = afterKeyword(text, at, "FROM:");
  const path = parsePath(text, start, { postmaster: false });
  const parameters = parseMailParameters(text, path.end);
  return { verb: "MAIL", from: path.address, parameters };
}

function parseRcpt(text: string, at: number): SmtpCommand {
  const start = afterKeyword(text, at, "TO:");
  const path = parsePath(text, start, { postmaster: true });
  if (path.address === null) throw new SyntaxError("the recipient is empty");
  return { verb: "RCPT", to: path.address, parameters: parseRcptParameters(text, path.end) };
}

/** RFC 5321 §4.1.1.2 allows no space after the colon; many devices and scripts send one, and it means nothing else. */
function afterKeyword(text: string, at: number, keyword: string): number {
  if (text.slice(at, at + keyword.length).toUpperCase() !== keyword) {
    throw new SyntaxError(`${keyword} is expected`);
  }
  let pos = at + keyword.length;
  while (text[pos] === " ") pos++;
  return pos;
}

/** `BDAT size [LAST]`, RFC 3030 §2. */
function parseBdat(argument: string): SmtpCommand {
  const found = /^(\d+)( LAST)?$/i.exec(argument);
  if (!found || found[1].length > MAX_BDAT_DIGITS) {
    throw new SyntaxError("BDAT needs a size and may have LAST");
  }
  return { verb: "BDAT", sizeBytes: Number(found[1]), last: found[2] !== undefined };
}

/** `AUTH mechanism [initial-response]`, RFC 4954 §4; `=` is an empty response. */
function parseAuth(argument: string): SmtpCommand {
  const found = /^([A-Za-z0-9_-]{1,20})(?: ([A-Za-z0-9+\/]*={0,2}))?$/.exec(argument);
  if (!found) throw new SyntaxError("AUTH needs a mechanism and may have a base64 response");
  const initial = found[2] === undefined ? null : found[2] === "=" ? "" : found[2];
  return { verb: "AUTH", mechanism: found[1].toUpperCase(), initial };
}
