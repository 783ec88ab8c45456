import { fromLatin1, latin1 } from "../../base/bytes.ts";

const END = latin1(".\r\n");
const CRLF_END = latin1("\r\n.\r\n");

/** What goes on the wire for one message: pieces to be written one after the other, terminator included. */
export type DotPieces = Uint8Array[];

/**
 * Stuffs dots (RFC 5321 §4.5.2, RFC 1939 §3) and ends the message with CRLF "." CRLF. Without a dot at the start of
 * any line the message goes out as it is, uncopied. A dot after a bare LF is stuffed too: some readers of POP3 end
 * lines there.
 */
export function dotStuff(message: Uint8Array): DotPieces {
  const text = fromLatin1(message);
  const end = message.length === 0 || text.endsWith("\r\n") ? END : CRLF_END;
  let dot = text.charCodeAt(0) === 46 ? 0 : nextDot(text, 0);
  if (dot < 0) return message.length === 0 ? [end] : [message, end];
  let count = 0;
  for (let at = dot; at >= 0; at = nextDot(text, at + 1)) count++;
  const out = new Uint8Array(message.length + count);
  let size = 0, from = 0;
  while (dot >= 0) {
    out.set(message.subarray(from, dot), size);
    size += dot - from;
    out[size++] = 46;
    from = dot;
    dot = nextDot(text, dot + 1);
  }
  out.set(message.subarray(from), size);
  return [out, end];
}

/**
 * Turns every bare CR and bare LF into CRLF. SMTP may send neither (RFC 5321 §2.3.8), and a next hop that takes one
 * for a line end would see commands inside the message.
 */
export function normalizeLineEnds(message: Uint8Array): Uint8Array {
  const text = fromLatin1(message);
  if (!/\r(?!\n)|(?<!\r)\n/.test(text)) return message;
  return latin1(text.replace(/\r\n|\r|\n/g, "\r\n"));
}

function nextDot(text: string, from: number): number {
  const found = text.indexOf("\n.", from);
  return found < 0 ? -1 : found + 1;
}
