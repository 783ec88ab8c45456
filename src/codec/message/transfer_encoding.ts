import { Buffer } from "node:buffer";
import { CR, LF } from "../../base/bytes.ts";
import { latin1Slice } from "./header.ts";

const EQUALS = 0x3d, SPACE = 0x20, TAB = 0x09;

/**
 * A body's octets without its Content-Transfer-Encoding (RFC 2045 §6); null when the encoding is not known. Broken
 * input is decoded as far as it goes. 7bit, 8bit and binary are views of the input.
 */
export function decodeTransfer(body: Uint8Array, encoding: string): Uint8Array | null {
  switch (encoding) {
    case "7bit":
    case "8bit":
    case "binary":
      return body;
    case "base64":
      return decodeBase64(body);
    case "quoted-printable":
      return decodeQuotedPrintable(body);
    default:
      return null;
  }
}

/** RFC 2045 §6.8: octets outside of the alphabet are skipped, padding ends the data. */
export function decodeBase64(body: Uint8Array): Uint8Array {
  const decoded = Buffer.from(latin1Slice(body, 0, body.length), "base64");
  return new Uint8Array(decoded.buffer, decoded.byteOffset, decoded.length);
}

/** RFC 2045 §6.7: blanks at line ends go, `=` that starts no octet stays as it is. */
function decodeQuotedPrintable(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length);
  let size = 0, at = 0;
  while (at < body.length) {
    const code = body[at];
    if (code === EQUALS) {
      const value = hexPair(body, at + 1);
      if (value >= 0) {
        out[size++] = value;
        at += 3;
        continue;
      }
      const next = afterBlankLine(body, at + 1);
      if (next >= 0) {
        at = next;
        continue;
      }
    } else if (code === SPACE || code === TAB) {
      // A run of blanks is looked at once, so that blanks without end stay linear.
      let end = at + 1;
      while (body[end] === SPACE || body[end] === TAB) end++;
      if (end === body.length || body[end] === LF || body[end] === CR && body[end + 1] === LF) {
        at = end;
        continue;
      }
      out.set(body.subarray(at, end), size);
      size += end - at;
      at = end;
      continue;
    }
    out[size++] = code;
    at++;
  }
  return out.subarray(0, size);
}

/** The value of two hexadecimal digits, -1 when they are none. */
function hexPair(body: Uint8Array, at: number): number {
  const high = hexDigit(body[at]), low = hexDigit(body[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The offset after a line end that only blanks precede, or the end of the body; -1 when something else stands there. */
function afterBlankLine(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === SPACE || body[at] === TAB) at++;
  if (at >= body.length) return at;
  if (body[at] === LF) return at + 1;
  return body[at] === CR && body[at + 1] === LF ? at + 2 : -1;
}
