import { fromLatin1, utf8 } from "../../base/bytes.ts";

/** Longest quoted string (RFC 5804 §4); what is longer goes as a literal. */
const QUOTED_BYTES = 1024;

/** Text as one string on the wire, one char a byte: quoted where it can be, else a literal (RFC 5804 §4). */
export function formatString(text: string): string {
  const wire = fromLatin1(utf8(text));
  if (wire.length <= QUOTED_BYTES && !/[\0\r\n]/.test(wire)) {
    return `"${wire.replace(/["\\]/g, "\\$&")}"`;
  }
  return literal(wire);
}

/** Text as a literal, however short it is: for what some clients know in this form alone. */
export function formatLiteral(text: string): string {
  return literal(fromLatin1(utf8(text)));
}

function literal(wire: string): string {
  return `{${wire.length}}\r\n${wire}`;
}

/** The last line of an answer. `code` is a response code without its parentheses; empty parts are left out. */
export function formatResponse(status: "OK" | "NO" | "BYE", code: string | null, text: string): string {
  return `${status}${code ? ` (${code})` : ""}${text ? ` ${formatString(text)}` : ""}\r\n`;
}

/** One line of capabilities (RFC 5804 §1.7). */
export function formatCapability(name: string, value?: string): string {
  return `${formatString(name)}${value === undefined ? "" : ` ${formatString(value)}`}\r\n`;
}
