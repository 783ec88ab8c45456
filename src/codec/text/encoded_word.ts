import { concat, latin1 } from "../../base/bytes.ts";
import { decodeCharset, guessText } from "./charset.ts";

const WORD = /=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=/g;

/**
 * Readable text of an unstructured header value or a display name: encoded-words of RFC 2047 decoded, white space
 * between two of them dropped (§6.2), raw 8-bit taken as UTF-8 (RFC 6532) or windows-1252. Never throws.
 */
export function decodeWords(wire: string): string {
  if (!/=\?|[\x80-\xff]/.test(wire)) return wire;
  let out = "", from = 0, pending: Uint8Array[] = [], charset = "";
  const flush = () => {
    if (pending.length) out += decodeCharset(concat(pending), charset);
    pending = [];
  };
  for (const match of wire.matchAll(WORD)) {
    const between = wire.slice(from, match.index);
    const name = match[1].toLowerCase();
    // Characters may be split between neighbouring words, so those of one charset are decoded together.
    if (pending.length === 0 || name !== charset || /[^ \t\r\n]/.test(between)) {
      const hadWord = pending.length > 0;
      flush();
      if (!hadWord || /[^ \t\r\n]/.test(between)) out += plain(between);
    }
    charset = name;
    pending.push(match[2] === "b" || match[2] === "B" ? base64Bytes(match[3]) : decodeQ(match[3]));
    from = match.index + match[0].length;
  }
  flush();
  return out + plain(wire.slice(from));
}

function plain(wire: string): string {
  return /[\x80-\xff]/.test(wire) ? guessText(latin1(wire)) : wire;
}

/** RFC 2047 §4.2: quoted-printable with `_` for a space. */
function decodeQ(text: string): Uint8Array {
  return latin1(
    text.replace(/_|=([0-9A-Fa-f]{2})/g, (_, hex) => hex ? String.fromCharCode(parseInt(hex, 16)) : " "),
  );
}

/** RFC 2047 §4.1: base64; what is not of its alphabet is skipped. */
function base64Bytes(text: string): Uint8Array {
  const clean = text.replace(/[^A-Za-z0-9+/]/g, "");
  const usable = clean.length % 4 === 1 ? clean.slice(0, -1) : clean;
  return latin1(atob(usable));
}
