import { Buffer } from "node:buffer";
import { LF } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";

/** One header field by its offsets in `Header.text` (RFC 5322 §2.2). */
export interface HeaderField {
  /** First octet of the name. */
  start: number;
  /** After the name, trailing blanks left out. */
  nameEnd: number;
  /** First octet after the colon and the blanks that follow it on the same line. */
  value: number;
  /** After the field's last line end. */
  end: number;
}

/** A header block taken apart. */
export interface Header {
  /** The block as latin-1 text; at most the bytes that were allowed to be looked at. */
  text: string;
  fields: HeaderField[];
  /** Offset in the message of the first octet after the header and its empty line. */
  bodyStart: number;
  /** Line ends between the header's first octet and `bodyStart`. */
  lines: number;
  /** The header was ended by a boundary line that starts at `bodyStart`, not by an empty line. */
  cut: boolean;
}

const CR = 0x0d, SPACE = 0x20, TAB = 0x09, COLON = 0x3a, DASH = 0x2d;

/**
 * Takes the header that starts at `from` apart. Lines may end with LF alone; lines without a colon belong to no field.
 * Never fails: without an empty line everything is header. `isBoundary` is asked about lines that begin with `--`.
 */
export function readHeader(
  raw: Uint8Array,
  from = 0,
  budget: number = LIMITS.headerBytes,
  isBoundary?: (lineStart: number) => boolean,
): Header {
  const fields: HeaderField[] = [];
  const stop = from + budget, to = raw.length;
  let at = from, lines = 0, cut = false, current: HeaderField | null = null;
  while (at < to) {
    const code = raw[at];
    if (code === LF || code === CR && raw[at + 1] === LF) {
      at += code === LF ? 1 : 2;
      lines++;
      break;
    }
    if (code === DASH && raw[at + 1] === DASH && isBoundary !== undefined && isBoundary(at)) {
      cut = true;
      break;
    }
    const lf = raw.indexOf(LF, at);
    const next = lf < 0 ? to : lf + 1;
    if (lf >= 0) lines++;
    if (code === SPACE || code === TAB) {
      if (current !== null && next <= stop) current.end = next - from;
    } else {
      current = next <= stop ? readField(raw, at, next, from) : null;
      if (current !== null) fields.push(current);
    }
    at = next;
  }
  const textEnd = Math.min(at, stop);
  const text = latin1Slice(raw, from, textEnd);
  return { text, fields, bodyStart: at, lines, cut };
}

function readField(raw: Uint8Array, start: number, end: number, base: number): HeaderField | null {
  let colon = start;
  while (colon < end && raw[colon] !== COLON) colon++;
  if (colon === end) return null;
  let nameEnd = colon;
  while (nameEnd > start && (raw[nameEnd - 1] === SPACE || raw[nameEnd - 1] === TAB)) nameEnd--;
  let value = colon + 1;
  while (value < end && (raw[value] === SPACE || raw[value] === TAB)) value++;
  return { start: start - base, nameEnd: nameEnd - base, value: value - base, end: end - base };
}

/** Latin-1 text of a range of bytes. */
export function latin1Slice(raw: Uint8Array, from: number, to: number): string {
  return Buffer.from(raw.buffer, raw.byteOffset + from, Math.max(0, to - from)).toString("latin1");
}

/** The field's name as written. */
export function fieldName(header: Header, field: HeaderField): string {
  return header.text.slice(field.start, field.nameEnd);
}

/** The field's value with its folds, without the last line end. */
export function foldedValue(header: Header, field: HeaderField): string {
  const { text } = header;
  let { end } = field;
  if (end > field.value && text.charCodeAt(end - 1) === LF) end--;
  if (end > field.value && text.charCodeAt(end - 1) === CR) end--;
  return text.slice(field.value, end);
}

/** The field's value unfolded: line ends go, the blanks after them stay (RFC 5322 §2.2.3). */
export function fieldValue(header: Header, field: HeaderField): string {
  return unfold(foldedValue(header, field));
}

/** Removes line ends and makes NUL, which no string of IMAP may hold, U+FFFD. */
export function unfold(value: string): string {
  if (value.includes("\n")) value = value.replace(/\r?\n/g, "");
  if (value.includes("\0")) value = value.replaceAll("\0", "\xef\xbf\xbd");
  return value;
}

/** The first field with this name (any case); null when there is none. */
export function findField(header: Header, name: string): HeaderField | null {
  const wanted = name.toLowerCase();
  for (const field of header.fields) {
    if (field.nameEnd - field.start === wanted.length && fieldName(header, field).toLowerCase() === wanted) {
      return field;
    }
  }
  return null;
}

/** Whether the header has a field with this name. */
export function hasField(header: Header, name: string): boolean {
  return findField(header, name) !== null;
}

/** The message without the fields of these names: the pieces that remain, views of `raw`. */
export function removeFields(raw: Uint8Array, header: Header, names: readonly string[]): Uint8Array[] {
  const unwanted = new Set(names.map((name) => name.toLowerCase()));
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const field of header.fields) {
    if (!unwanted.has(fieldName(header, field).toLowerCase())) continue;
    if (field.start > from) pieces.push(raw.subarray(from, field.start));
    from = field.end;
  }
  if (from < raw.length) pieces.push(raw.subarray(from));
  return pieces;
}
