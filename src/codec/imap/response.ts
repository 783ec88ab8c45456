import { fromLatin1, utf8 } from "../../base/bytes.ts";
import { encodeMailboxName } from "../text/utf7.ts";

export { formatInternalDate } from "./date.ts";

/** Longer strings go as literals, which clients read without looking at each octet. */
const QUOTED_BYTES = 1000;

/** `"…"` with `"` and `\` escaped, for text without CR, LF and NUL (RFC 9051 §9, quoted). */
export function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`;
}

/** A string: quoted when it is short 7-bit text, otherwise a literal. NUL, which neither may hold, becomes `?`. */
export function formatString(latin1: string): string {
  if (latin1.length <= QUOTED_BYTES && /^[^\0\r\n\x80-\xff]*$/.test(latin1)) return quoted(latin1);
  return `{${latin1.length}}\r\n${latin1.replaceAll("\0", "?")}`;
}

/** An atom when it can be one, otherwise a string (RFC 9051 §9, astring). `NIL` is quoted for the sake of clients. */
export function formatAstring(latin1: string): string {
  if (/^[^\x00-\x20(){%*"\\\x7f-\xff]+$/.test(latin1) && !/^nil$/i.test(latin1)) return latin1;
  return formatString(latin1);
}

/** A string, or `NIL` for null. */
export function formatNstring(latin1: string | null): string {
  return latin1 === null ? "NIL" : formatString(latin1);
}

/**
 * A folder name as one wire word: modified UTF-7, or quoted UTF-8 octets once the client has enabled UTF8=ACCEPT or
 * IMAP4rev2 (RFC 9051 §5.1, RFC 6855 §3).
 */
export function formatMailbox(name: string, utf8Names: boolean): string {
  if (/^[A-Za-z0-9_./-]+$/.test(name)) return formatAstring(name);
  if (!utf8Names) return formatAstring(encodeMailboxName(name));
  const wire = fromLatin1(utf8(name));
  return /[\0\r\n]/.test(wire) ? formatString(wire) : quoted(wire);
}

/** In the order of the flag bits: seen 1, answered 2, flagged 4, deleted 8, draft 16. */
const SYSTEM_FLAGS = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"];
/** Text of every combination; bit 32 is `\Recent`. */
const FLAG_TEXTS = Array.from({ length: 64 }, (_, bits) => {
  const names = SYSTEM_FLAGS.filter((_, i) => bits & 1 << i);
  if (bits & 32) names.push("\\Recent");
  return names.join(" ");
});

/** `(\Seen $Label1)`. `flags` are the bits, `keywords` one string with spaces between. */
export function formatFlags(flags: number, keywords: string, recent: boolean): string {
  const system = FLAG_TEXTS[flags & 31 | (recent ? 32 : 0)];
  if (!keywords) return `(${system})`;
  return system ? `(${system} ${keywords})` : `(${keywords})`;
}
