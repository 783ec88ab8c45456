import { Buffer } from "node:buffer";
import { fromLatin1, fromUtf8, latin1, utf8 } from "../../base/bytes.ts";

/**
 * `${hex:…}` can put octets into a string that are no UTF-8 (RFC 5228 §2.4.2.4). Such an octet is carried as a lone
 * low surrogate, which no real text holds: U+DC80 to U+DCFF for the octets 0x80 to 0xFF.
 */
const ESCAPED = /(?<![\ud800-\udbff])[\udc80-\udcff]/;
const ESCAPES = /((?:[^\ud800-\udfff]|[\ud800-\udbff][\udc00-\udfff])*)([\ud800-\udfff]?)/g;
/** High half of every such unit. */
const ESCAPE_HIGH = 0xdc;
/** Anything else that is not ASCII. */
const OTHERS = /[^\x00-\x7f\udc80-\udcff]/;

/** Whether a text is nothing but ASCII; then it is its own octets. */
export function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

/** The octets of a text's UTF-8, one character each. */
export function toOctets(text: string): string {
  if (isAscii(text)) return text;
  if (!ESCAPED.test(text)) return fromLatin1(utf8(text));
  // The low half of a unit is its octet: so for large bodies nothing is looked at one by one.
  if (!OTHERS.test(text)) return Buffer.from(text, "latin1").toString("latin1");
  let out = "";
  for (const [, plain, escaped] of text.matchAll(ESCAPES)) {
    out += fromLatin1(utf8(plain));
    if (escaped !== "") out += String.fromCharCode(escaped.charCodeAt(0) & 0xff);
  }
  return out;
}

/** The text of octets; what is no UTF-8 becomes U+FFFD. */
export function fromOctets(octets: string): string {
  return isAscii(octets) ? octets : fromUtf8(latin1(octets));
}

/** The text of octets that a script wrote; what is no UTF-8 is carried as it is. */
export function escapeOctets(octets: string): string {
  if (isAscii(octets)) return octets;
  const whole = fromUtf8(latin1(octets));
  if (!whole.includes("\ufffd")) return whole;
  const bytes = latin1(octets), units = Buffer.alloc(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    units[2 * i] = bytes[i];
    if (bytes[i] > 0x7f) units[2 * i + 1] = ESCAPE_HIGH;
  }
  return units.toString("utf16le");
}
