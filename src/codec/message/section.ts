import { concat } from "../../base/bytes.ts";
import { fieldName, readHeader, removeFields } from "./header.ts";
import { isMessage } from "./structure.ts";
import type { MimePart } from "./summary.ts";
import { decodeTransfer } from "./transfer_encoding.ts";

/** Which octets of a message a FETCH item wants: BODY[…], BINARY[…], RFC822.* (RFC 9051 §6.4.5). */
export interface SectionSpec {
  /** Part numbers, from 1; empty for the whole message. */
  part: number[];
  kind: "all" | "header" | "fields" | "fields-not" | "text" | "mime" | "binary" | "binary-size";
  /** Header field names as the client wrote them (kind `fields` and `fields-not`). */
  fields?: string[];
  /** `<offset.count>`. */
  partial?: { offset: number; count: number };
}

/** Which octets of the message a section is made from. */
export interface SectionRange {
  start: number;
  end: number;
  /** The octets are the section. Else `finishSection` makes it from them (fields picked, encoding removed). */
  exact: boolean;
}

/** The section's transfer encoding is not known: FETCH fails with UNKNOWN-CTE (RFC 9051 §6.4.5). */
export interface UnknownEncoding {
  unknownCte: true;
}

/** Octets; the size for kind `binary-size`; null when the message has no such part. */
export type SectionResult = Uint8Array | number | null | UnknownEncoding;

/** The section of a message that is at hand as a whole; the octets may be a view of `raw`. */
export function extractSection(raw: Uint8Array, parts: MimePart, spec: SectionSpec): SectionResult {
  const range = sectionRange(parts, spec, raw.length);
  if (range === null) return null;
  const octets = raw.subarray(range.start, range.end);
  return range.exact ? octets : finishSection(octets, parts, spec);
}

/**
 * Where the section lies, so that only those octets need be read; null when the message has no such part. `size` is
 * that of the message. Header sections never reach beyond the header of their part.
 */
export function sectionRange(parts: MimePart, spec: SectionSpec, size: number): SectionRange | null {
  if (spec.kind === "all" && spec.part.length === 0) return clipped(0, size, spec);
  const part = findPart(parts, spec.part);
  if (part === null) return null;
  switch (spec.kind) {
    case "all":
      return clipped(part.bodyStart, part.bodyEnd, spec);
    case "mime":
      return spec.part.length === 0 ? null : clipped(part.headerStart, part.bodyStart, spec);
    case "binary":
    case "binary-size":
      return spec.part.length === 0
        ? { start: 0, end: size, exact: false }
        : { start: part.bodyStart, end: part.bodyEnd, exact: false };
  }
  const message = spec.part.length === 0 ? part : isMessage(part) ? part.children[0] : null;
  if (message === null) return null;
  if (spec.kind === "text") return clipped(message.bodyStart, message.bodyEnd, spec);
  if (spec.kind === "header") return clipped(message.headerStart, message.bodyStart, spec);
  return { start: message.headerStart, end: message.bodyStart, exact: false };
}

/** Makes the section from the octets of an inexact range. */
export function finishSection(octets: Uint8Array, parts: MimePart, spec: SectionSpec): SectionResult {
  if (spec.kind === "fields" || spec.kind === "fields-not") return headerFields(octets, spec);
  // The message as a whole has no transfer encoding, and a container's must change nothing (RFC 2045 §6.4).
  const part = findPart(parts, spec.part);
  const container = spec.part.length === 0 || part === null || part.type === "multipart" || isMessage(part);
  const decoded = container ? octets : decodeTransfer(octets, part.encoding);
  if (decoded === null) return { unknownCte: true };
  return spec.kind === "binary-size" ? decoded.length : partialOf(decoded, spec);
}

/** HEADER.FIELDS and HEADER.FIELDS.NOT of a header. */
export function headerFields(header: Uint8Array, spec: SectionSpec): Uint8Array {
  return partialOf(pickFields(header, spec.fields ?? [], spec.kind === "fields"), spec);
}

/**
 * The part with these numbers (RFC 9051 §6.4.5.1). A message that is no multipart has one part, itself; numbers after
 * that of a message/rfc822 part count inside the embedded message.
 */
function findPart(root: MimePart, numbers: readonly number[]): MimePart | null {
  let part = root;
  for (let i = 0; i < numbers.length; i++) {
    // The message whose parts this number counts: the one around us, or the one that the last number led to.
    if (i > 0 && isMessage(part)) part = part.children[0];
    else if (i > 0 && part.type !== "multipart") return null;
    if (part.type === "multipart") {
      const child = part.children[numbers[i] - 1];
      if (child === undefined) return null;
      part = child;
    } else if (numbers[i] !== 1) return null;
  }
  return part;
}

function clipped(start: number, end: number, { partial }: SectionSpec): SectionRange {
  if (!partial) return { start, end, exact: true };
  const from = Math.min(end, start + partial.offset);
  return { start: from, end: Math.min(end, from + partial.count), exact: true };
}

function partialOf(octets: Uint8Array, { partial }: SectionSpec): Uint8Array {
  return partial ? octets.subarray(partial.offset, partial.offset + partial.count) : octets;
}

/** Names in lower case, made once for all messages that are asked for with them. */
const lowered = new WeakMap<readonly string[], Set<string>>();

function lowerCase(names: readonly string[]): Set<string> {
  let set = lowered.get(names);
  if (!set) lowered.set(names, set = new Set(names.map((name) => name.toLowerCase())));
  return set;
}

/**
 * The fields of these names, or the header without them (lines that are no fields stay), and the empty line when the
 * header has one.
 */
function pickFields(octets: Uint8Array, names: readonly string[], wanted: boolean): Uint8Array {
  const header = readHeader(octets, 0, octets.length);
  if (!wanted) return concat(removeFields(octets, header, names));
  const set = lowerCase(names);
  // Fields that stand side by side are one piece.
  const pieces: Uint8Array[] = [];
  let start = 0, end = 0;
  const add = (from: number, to: number) => {
    if (from !== end) {
      if (end > start) pieces.push(octets.subarray(start, end));
      start = from;
    }
    end = to;
  };
  for (const field of header.fields) {
    if (set.has(fieldName(header, field).toLowerCase())) add(field.start, field.end);
  }
  add(emptyLine(octets, header.fields.at(-1)?.end ?? 0), octets.length);
  if (end > start) pieces.push(octets.subarray(start, end));
  return concat(pieces);
}

/** Where the empty line that ends a header block begins; its end when there is none. */
function emptyLine(octets: Uint8Array, from: number): number {
  const end = octets.length;
  if (end === 0 || octets[end - 1] !== 0x0a) return end;
  const start = end > 1 && octets[end - 2] === 0x0d ? end - 2 : end - 1;
  return start >= from && (start === 0 || octets[start - 1] === 0x0a) ? start : end;
}
