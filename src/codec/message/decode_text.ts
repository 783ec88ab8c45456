import { decodeCharset } from "../text/charset.ts";
import { decodeWords } from "../text/encoded_word.ts";
import { htmlText } from "../text/html_text.ts";
import { addressText } from "./address_text.ts";
import { fieldName, fieldValue, type Header } from "./header.ts";
import type { MimePart } from "./summary.ts";
import { decodeTransfer } from "./transfer_encoding.ts";

/**
 * Readable text of one text part, at most `limitBytes` of its encoded octets: transfer encoding and charset decoded,
 * HTML without its markup. A body in an unknown transfer encoding is taken as it is.
 */
export function partText(raw: Uint8Array, part: MimePart, limitBytes: number): string {
  const end = Math.min(part.bodyEnd, part.bodyStart + limitBytes);
  const body = raw.subarray(part.bodyStart, end);
  const bytes = decodeTransfer(body, part.encoding) ?? body;
  const text = decodeCharset(bytes, parameter(part.params, "charset"));
  return part.subtype === "html" ? htmlText(text) : text;
}

/** A parameter's value by its name in any case, RFC 2231 values decoded; null when there is none. */
export function parameter(params: readonly [string, string][], name: string): string | null {
  for (const [key, value] of params) {
    const lower = key.toLowerCase();
    if (lower === name) return value;
    if (lower === name + "*") return decode2231(value);
  }
  return null;
}

/** `charset'language'%41…` as text (RFC 2231 §4). */
function decode2231(value: string): string {
  const first = value.indexOf("'"), second = first < 0 ? -1 : value.indexOf("'", first + 1);
  const escaped = second < 0 ? value : value.slice(second + 1);
  const bytes = Uint8Array.from(
    escaped.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    (char) => char.charCodeAt(0),
  );
  return decodeCharset(bytes, second < 0 ? null : value.slice(0, first));
}

/** Every field of a header decoded, one a line, for SEARCH TEXT. */
export function headerText(header: Header): string {
  let out = "";
  for (const field of header.fields) {
    out += `${fieldName(header, field)}: ${decodeWords(fieldValue(header, field))}\n`;
  }
  return out;
}

/** The decoded values of all fields with this name, and their addresses, for SEARCH HEADER (RFC 9051 §6.4.4). */
export function headerValues(header: Header, name: string): string[] {
  const wanted = name.toLowerCase(), values: string[] = [];
  for (const field of header.fields) {
    if (fieldName(header, field).toLowerCase() !== wanted) continue;
    const value = fieldValue(header, field), addresses = addressText(wanted, value);
    values.push(decodeWords(value));
    if (addresses !== null) values.push(addresses);
  }
  return values;
}
