import type { MimePart } from "./summary.ts";
import { formatNstring, formatString } from "./wire_string.ts";

/** Whether the part holds another message (RFC 2046 §5.2.1, RFC 6532 §3.7). */
export function isMessage(part: MimePart): boolean {
  return part.type === "message" && (part.subtype === "rfc822" || part.subtype === "global");
}

/** A multipart must have a part (RFC 9051 §9, body-type-mpart): one without shows an empty text. */
const EMPTY_PART = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0';

/** IMAP BODY: the structure without extension data (RFC 9051 §7.5.2). */
export function formatBody(part: MimePart): string {
  return formatPart(normalized(part), false);
}

/** IMAP BODYSTRUCTURE: with MD5, disposition, language and location (RFC 9051 §7.5.2). */
export function formatBodyStructure(part: MimePart): string {
  return formatPart(normalized(part), true);
}

/**
 * A message that is nothing but US-ASCII text is told in lower case however it was written, since these names have no
 * case (RFC 2046 §4.1.2): as good as one that says nothing.
 */
function normalized(root: MimePart): MimePart {
  return isPlainAscii(root) ? { ...root, written: undefined, params: [] } : root;
}

function isPlainAscii(part: MimePart): boolean {
  const { type, subtype, encoding, params } = part;
  if (type !== "text" || subtype !== "plain" || encoding !== "7bit" || params.length > 1) return false;
  if (params.length === 1 && !/^charset=us-ascii$/i.test(params[0].join("="))) return false;
  return part.id === undefined && part.description === undefined && part.md5 === undefined &&
    part.disposition === undefined && part.language === undefined && part.location === undefined;
}

function formatPart(part: MimePart, extended: boolean): string {
  let out = part.type === "multipart" ? formatMultipart(part, extended) : formatSingle(part, extended);
  if (extended) out += formatExtension(part);
  return out + ")";
}

function formatMultipart(part: MimePart, extended: boolean): string {
  let out = "(";
  for (const child of part.children) out += formatPart(child, extended);
  if (part.children.length === 0) out += extended ? EMPTY_PART + " NIL NIL NIL NIL)" : EMPTY_PART + ")";
  out += " " + formatString(part.written?.[1] ?? part.subtype);
  return extended ? `${out} ${formatParams(part.params)}` : out;
}

function formatSingle(part: MimePart, extended: boolean): string {
  const [type, subtype, encoding] = part.written ?? [part.type, part.subtype, part.encoding];
  const params = part.type === "text" ? withCharset(part.params) : part.params;
  let out =
    `(${formatString(type)} ${formatString(subtype)} ${formatParams(params)} ${formatNstring(part.id)} ` +
    `${formatNstring(part.description)} ${formatString(encoding)} ${part.bodyEnd - part.bodyStart}`;
  if (isMessage(part)) out += ` ${part.envelope} ${formatPart(part.children[0], extended)} ${part.lines}`;
  else if (part.type === "text") out += ` ${part.lines}`;
  return extended ? `${out} ${formatNstring(part.md5)}` : out;
}

function formatExtension(part: MimePart): string {
  const disposition = part.disposition === undefined
    ? "NIL"
    : `(${formatString(part.disposition)} ${formatParams(part.dispositionParams ?? [])})`;
  const language = part.language?.length ? `(${part.language.map(formatString).join(" ")})` : "NIL";
  return ` ${disposition} ${language} ${formatNstring(part.location)}`;
}

/** Text is us-ascii unless it says otherwise (RFC 2045 §5.2). */
function withCharset(params: [string, string][]): [string, string][] {
  for (const [name] of params) if (/^charset\*?$/i.test(name)) return params;
  return [...params, ["charset", "us-ascii"]];
}

function formatParams(params: readonly [string, string][]): string {
  if (params.length === 0) return "NIL";
  let out = "(";
  for (const [name, value] of params) {
    out += (out.length > 1 ? " " : "") + formatString(name) + " " + formatString(value);
  }
  return out + ")";
}
