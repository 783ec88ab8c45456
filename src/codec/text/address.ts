import { LIMITS } from "../../base/limits.ts";
import { HeaderLexer } from "./header_lexer.ts";

/**
 * One entry of an address list as RFC 9051 §7.5.2 tells it: a mailbox, the start of a group (`mailbox` is the group's
 * name and `host` null) or its end (both null). Texts are latin-1 wire text, not decoded.
 */
export interface HeaderAddress {
  name: string | null;
  /** Source route of RFC 822; nobody uses it. */
  route: string | null;
  mailbox: string | null;
  host: string | null;
}

/** Stands in where a mailbox has no local part or no domain: NIL would say "group" to an IMAP client. */
export const MISSING_MAILBOX = "MISSING_MAILBOX";
export const MISSING_DOMAIN = "MISSING_DOMAIN";
const SYNTAX_ERROR = "SYNTAX_ERROR";

const COMMA = 0x2c, COLON = 0x3a, SEMICOLON = 0x3b, LESS = 0x3c, GREATER = 0x3e, AT = 0x40, QUOTE = 0x22;

/**
 * The addresses of a From, To, Cc … value (RFC 5322 §3.4 with its obsolete forms). Never throws: what cannot be read
 * yields an entry with placeholders, so that a client sees that there is something, and ends the list. Empty elements
 * (`a@b, , c@d`) are skipped, RFC 5322 §4.4. At most
 * `LIMITS.headerAddresses` are read.
 */
export function parseAddressList(value: string): HeaderAddress[] {
  const out: HeaderAddress[] = [];
  const lexer = new HeaderLexer(value);
  lexer.skipSpace();
  while (lexer.at < value.length && out.length < LIMITS.headerAddresses) {
    if (!lexer.accept(COMMA)) {
      readAddress(lexer, out);
      if (!lexer.accept(COMMA)) break;
    }
    lexer.skipSpace();
  }
  return out;
}

/** `name: a@b, c@d;` or one mailbox. */
function readAddress(lexer: HeaderLexer, out: HeaderAddress[]): void {
  const start = lexer.at;
  lexer.comment = "";
  const phrase = lexer.peek() === LESS ? "" : lexer.phrase();
  if (phrase !== null && phrase !== "" && lexer.accept(COLON)) readGroup(lexer, phrase, out);
  else out.push(readMailbox(lexer, start, phrase));
}

function readGroup(lexer: HeaderLexer, name: string, out: HeaderAddress[]): void {
  out.push({ name: null, route: null, mailbox: name, host: null });
  lexer.skipSpace();
  while (lexer.at < lexer.text.length && lexer.peek() !== SEMICOLON && out.length < LIMITS.headerAddresses) {
    if (!lexer.accept(COMMA)) {
      const start = lexer.at;
      lexer.comment = "";
      out.push(readMailbox(lexer, start, lexer.peek() === LESS ? "" : lexer.phrase()));
      if (!lexer.accept(COMMA)) break;
    }
    lexer.skipSpace();
  }
  if (lexer.accept(SEMICOLON)) lexer.skipSpace();
  out.push({ name: null, route: null, mailbox: null, host: null });
}

/** `Name <a@b>`, `<a@b>`, `a@b` or `a@b (Name)`; `phrase` is what was read from `start` as a display name. */
function readMailbox(lexer: HeaderLexer, start: number, phrase: string | null): HeaderAddress {
  if (phrase !== null && lexer.accept(LESS)) return readAngle(lexer, phrase);
  const phraseEnd = lexer.at;
  const words = phrase ?? (lexer.words.includes(" ") ? lexer.words : "");
  lexer.at = start;
  lexer.comment = "";
  lexer.broken = false;
  let mailbox = lexer.localPart(), host: string | null = null;
  let name = lexer.comment;
  if (lexer.accept(AT)) {
    host = lexer.domain();
    name = lexer.comment;
  } else if (
    words !== "" && name === "" && (lexer.at < phraseEnd || lexer.text.charCodeAt(start) === QUOTE)
  ) {
    // Words without any address: a name is all there is.
    name = words;
    mailbox = null;
    lexer.at = phraseEnd;
  } else if (lexer.broken) mailbox = null;
  return {
    name: name === "" ? null : squeeze(name),
    route: null,
    mailbox: mailbox || MISSING_MAILBOX,
    host: host || MISSING_DOMAIN,
  };
}

function readAngle(lexer: HeaderLexer, phrase: string): HeaderAddress {
  let route: string | null = null, mailbox: string | null = null, host: string | null = null;
  lexer.skipSpace();
  if (lexer.peek() === AT) route = readRoute(lexer);
  if (lexer.peek() !== GREATER) {
    mailbox = lexer.localPart();
    if (mailbox !== null && lexer.accept(AT)) host = lexer.domain();
  }
  if (lexer.accept(GREATER)) lexer.skipSpace();
  else host = SYNTAX_ERROR;
  return {
    name: phrase === "" ? null : squeeze(phrase),
    route,
    mailbox: mailbox || MISSING_MAILBOX,
    host: host || MISSING_DOMAIN,
  };
}

/** `@one,@two:` of RFC 822. */
function readRoute(lexer: HeaderLexer): string {
  let route = "";
  for (;;) {
    while (lexer.accept(COMMA)) lexer.skipSpace();
    if (!lexer.accept(AT)) break;
    const domain = lexer.domain();
    if (domain === null) break;
    route += (route ? "," : "") + "@" + domain;
  }
  if (!lexer.accept(COLON)) return "INVALID_ROUTE";
  lexer.skipSpace();
  return route;
}

/** Text for people: runs of white space count as one space (RFC 5322 §3.2.2) and there is none at the ends. */
export function squeeze(text: string): string {
  if (!/^ | $|[\t\r\n]| {2}/.test(text)) return text;
  return text.replace(/[\t\r\n ]+/g, " ").replace(/^ | $/g, "");
}
