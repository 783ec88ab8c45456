import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { lengthOf, type SectionPieces } from "../../src/codec/message/packed_sections.ts";
import {
  finishSection,
  headerFields,
  type SectionRange,
  sectionRange,
  type SectionResult,
  type SectionSpec,
} from "../../src/codec/message/section.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { readPieces, readRange, type StoredBytes } from "./content.ts";
import { readParts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

/** Where a message's bytes lie, and how many there are. */
interface Stored extends StoredBytes {
  size: number;
}

/** Columns that many of these sections are made from, worth bringing along with the rows. */
export function sectionColumns(specs: readonly SectionSpec[]): { header: boolean; body: boolean } {
  const outer = specs.filter(({ part, partial }) => !part.length && !partial);
  return {
    header: outer.some(({ kind }) => kind === "all" || kind === "header" || isFields(kind)),
    body: outer.some(({ kind }) => kind === "all" || kind === "text"),
  };
}

/**
 * The sections of one message; Fault `limit` when they come to too much (`LIMITS.messageSectionsBytes`). Only the rows
 * that hold a section's octets are read: a field of the header never touches the body, a piece of a large part not the
 * rest of it. The MIME tree is read only when part numbers ask for it.
 */
export function readSections(
  turn: MailboxTurn,
  stored: Stored,
  specs: readonly SectionSpec[],
): SectionPieces[] {
  const { id, headerBytes, size } = stored;
  let parts: MimePart | null = null;
  const read = (spec: SectionSpec): SectionPieces => {
    if (!spec.part.length && isFields(spec.kind)) {
      return [headerFields(stored.header ?? readRange(turn, id, headerBytes, 0, headerBytes), spec)];
    }
    const outer = outerRange(stored, spec);
    if (outer) return readPieces(turn, stored, outer.start, outer.end);
    parts ??= readParts(turn, id);
    const range = sectionRange(parts, spec, size);
    if (!range) return null;
    if (range.exact) return readPieces(turn, stored, range.start, range.end);
    return inPieces(finishSection(readRange(turn, id, headerBytes, range.start, range.end), parts, spec));
  };
  let bytes = 0;
  return specs.map((spec) => {
    const section = read(spec);
    bytes += lengthOf(section);
    boundSections(bytes, size);
    return section;
  });
}

function boundSections(bytes: number, size: number): void {
  if (bytes <= Math.max(size, LIMITS.messageSectionsBytes)) return;
  throw new Fault("limit", "too much of one message at once, ask for fewer sections");
}

/** Octets of the sections that are the whole message, its header or its text, or a piece of one; faults as above. */
export function outerBytes(stored: Omit<Stored, "id">, specs: readonly SectionSpec[]): number {
  let bytes = 0;
  for (const spec of specs) {
    const range = outerRange(stored, spec);
    if (range) bytes += range.end - range.start;
  }
  boundSections(bytes, stored.size);
  return bytes;
}

function isFields(kind: SectionSpec["kind"]): boolean {
  return kind === "fields" || kind === "fields-not";
}

function inPieces(section: SectionResult): SectionPieces {
  return section instanceof Uint8Array ? [section] : section;
}

/** `[]`, `[HEADER]` and `[TEXT]` of the whole message, perhaps partial: known without its MIME tree. */
function outerRange(stored: Omit<Stored, "id">, spec: SectionSpec): SectionRange | null {
  if (spec.part.length) return null;
  let start: number, end: number;
  if (spec.kind === "all") [start, end] = [0, stored.size];
  else if (spec.kind === "header") [start, end] = [0, stored.headerBytes];
  else if (spec.kind === "text") [start, end] = [stored.headerBytes, stored.size];
  else return null;
  if (!spec.partial) return { start, end, exact: true };
  const from = Math.min(end, start + spec.partial.offset);
  return { start: from, end: Math.min(end, from + spec.partial.count), exact: true };
}
