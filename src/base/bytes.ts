import { Buffer } from "node:buffer";

/** Byte helpers that codecs and storage share. Text on the wire is handled as latin-1 ("one char, one byte"). */

/** Line ends, and nothing. */
export const CR = 13;
export const LF = 10;
export const EMPTY = new Uint8Array(0);

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8");

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return utf8Encoder.encode(text);
}

/** Text of UTF-8 bytes; invalid sequences become U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** One char per byte; for wire text that must survive unchanged. */
export function fromLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Pieces of this length are tried as ASCII one by one when a long text is not ASCII as a whole. */
const LATIN1_PIECE = 4096;

/**
 * Bytes of a one-char-per-byte string; chars above 0xFF lose their high bits. Nearly all wire text is ASCII, where the
 * UTF-8 encoder gives the same bytes some twenty times faster.
 */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  const ascii = utf8Encoder.encode(text);
  if (ascii.length === text.length) return ascii;
  if (text.length <= LATIN1_PIECE) {
    const buffer = Buffer.from(text, "latin1");
    return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length);
  }
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += LATIN1_PIECE) {
    pieces.push(latin1(text.slice(at, at + LATIN1_PIECE)));
  }
  return concat(pieces);
}

/** Writes a one-char-per-byte string into `out` from `at` on, which has room for it; as quick as `latin1`. */
export function writeLatin1(text: string, out: Uint8Array, at: number): void {
  const { read } = utf8Encoder.encodeInto(text, out.subarray(at, at + text.length));
  // With one char beyond ASCII among them the UTF-8 form is longer than the room.
  if (read < text.length) out.set(latin1(text), at);
}

/** Joins pieces into one array. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0] as Uint8Array<ArrayBuffer>;
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const out = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let out = "";
  for (const byte of bytes) out += (byte < 16 ? "0" : "") + byte.toString(16);
  return out;
}
