/**
 * Paths of MAIL and RCPT, RFC 5321 §4.1.2 with the UTF-8 of RFC 6531 §3.3. Text is Unicode here: the caller has
 * decoded the line. An address leaves in one canonical form: the local part unquoted where it may be, the domain in
 * lower case, so that `"bob"@A.test` and `bob@a.test` are one recipient and a quoted `@` never looks like a border.
 */

/** RFC 5321 §4.5.3.1.2 (and the DNS). */
const DOMAIN_CHARS = 255;
/** RFC 5321 §4.5.3.1.1 says 64; return paths with another address inside (VERP, SRS) are longer, so four times that. */
const LOCAL_CHARS = 256;

const SIMPLE = /<([\w!#$%&'*+\/=?^`{|}~-]+(?:\.[\w!#$%&'*+\/=?^`{|}~-]+)*)@([\w.-]+)>/y;
const DOT_STRING =
  /[\w!#$%&'*+\/=?^`{|}~\u0080-\u{10ffff}-]+(?:\.[\w!#$%&'*+\/=?^`{|}~\u0080-\u{10ffff}-]+)*/uy;
const QUOTED = /"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"/uy;
// Names of real hosts hold underscores here and there (Windows), so they pass as letters do.
const DOMAIN = /[\w\u0080-\u{10ffff}](?:[\w.\u0080-\u{10ffff}-]*[\w\u0080-\u{10ffff}])?/uy;
const LITERAL = /\[[\x21-\x5a\x5e-\x7e]+\]/y;
const WHOLE_DOT_STRING = new RegExp(`^(?:${DOT_STRING.source})$`, "u");

/** A path that was read; `address` is null for `<>`, `end` the place after `>`. */
export interface ParsedPath {
  address: string | null;
  end: number;
}

/** Reads the path at `at`: `<>`, `<local@domain>`, with a source route (ignored, §4.1.1.3) or, for RCPT, `<Postmaster>`. */
export function parsePath(text: string, at: number, options: { postmaster: boolean }): ParsedPath {
  SIMPLE.lastIndex = at;
  const simple = SIMPLE.exec(text);
  if (simple) {
    checkLocal(simple[1]);
    return { address: `${simple[1]}@${checkDomain(simple[2])}`, end: SIMPLE.lastIndex };
  }
  if (text[at] !== "<") throw new SyntaxError("an address in angle brackets is expected");
  if (text[at + 1] === ">") return { address: null, end: at + 2 };
  let pos = skipRoute(text, at + 1);
  const local = localPart(text, pos);
  pos = local.end;
  if (options.postmaster && text[pos] === ">" && local.value.toLowerCase() === "postmaster") {
    return { address: "postmaster", end: pos + 1 };
  }
  if (text[pos] !== "@") throw new SyntaxError("the address has no domain");
  const domain = domainPart(text, pos + 1);
  if (text[domain.end] !== ">") throw new SyntaxError("the address is malformed");
  return { address: `${local.value}@${domain.value}`, end: domain.end + 1 };
}

/** Reads a bare `local@domain` (VRFY, ORCPT, configuration); null when it is none. */
export function parseAddress(text: string): string | null {
  try {
    const path = parsePath(`<${text}>`, 0, { postmaster: false });
    return path.end === text.length + 2 && text[0] !== "@" ? path.address : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The domain of an address in canonical form; empty for `postmaster` alone. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? "" : address.slice(at + 1);
}

/** The local part of an address in canonical form. */
export function localPartOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0 ? address : address.slice(0, at);
}

/** `@a,@b:` in front of the address; RFC 5321 appendix C: receivers ignore it. */
function skipRoute(text: string, at: number): number {
  let pos = at;
  while (text[pos] === "@") {
    pos = domainPart(text, pos + 1).end;
    if (text[pos] === ":") return pos + 1;
    if (text[pos] !== "," || text[pos + 1] !== "@") throw new SyntaxError("the source route is malformed");
    pos++;
  }
  return pos;
}

function localPart(text: string, at: number): { value: string; end: number } {
  if (text[at] !== '"') {
    const plain = match(DOT_STRING, text, at);
    if (plain === null) throw new SyntaxError("the local part is malformed");
    checkLocal(plain);
    return { value: plain, end: at + plain.length };
  }
  const quoted = match(QUOTED, text, at);
  if (quoted === null) throw new SyntaxError("the quoted local part is malformed");
  const content = quoted.slice(1, -1).replace(/\\(.)/g, "$1");
  checkLocal(content);
  const value = WHOLE_DOT_STRING.test(content) ? content : `"${content.replace(/["\\]/g, "\\$&")}"`;
  return { value, end: at + quoted.length };
}

function domainPart(text: string, at: number): { value: string; end: number } {
  if (text[at] === "[") {
    const literal = match(LITERAL, text, at);
    if (literal === null) throw new SyntaxError("the address literal is malformed");
    checkLiteral(literal.slice(1, -1));
    return { value: literal.toLowerCase(), end: at + literal.length };
  }
  const domain = match(DOMAIN, text, at);
  if (domain === null) throw new SyntaxError("the domain is malformed");
  return { value: checkDomain(domain), end: at + domain.length };
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function checkLocal(local: string): void {
  if (local.length === 0 || local.length > LOCAL_CHARS) {
    throw new SyntaxError("the local part is too long or empty");
  }
}

/** Labels of 1 to 63 characters that neither begin nor end with a hyphen; answers in lower case. */
function checkDomain(domain: string): string {
  if (domain.length > DOMAIN_CHARS) throw new SyntaxError("the domain is too long");
  for (const label of domain.split(".")) {
    if (label.length === 0 || label.length > 63 || label[0] === "-" || label[label.length - 1] === "-") {
      throw new SyntaxError("the domain is malformed");
    }
  }
  return domain.toLowerCase();
}

/** IPv4, `IPv6:` or a tagged literal, RFC 5321 §4.1.3. */
function checkLiteral(content: string): void {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(content)) {
    if (content.split(".").every((part) => Number(part) < 256)) return;
  } else if (/^ipv6:/i.test(content)) {
    if (/^[0-9a-f:]{2,39}(?:\.\d{1,3}){0,3}$/i.test(content.slice(5)) && content.includes(":", 5)) return;
  } else if (/^[a-z0-9-]*[a-z0-9]:./i.test(content)) return;
  throw new SyntaxError("the address literal is malformed");
}
