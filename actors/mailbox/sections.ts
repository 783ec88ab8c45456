import {
  finishSection,
  type SectionRange,
  sectionRange,
  type SectionResult,
  type SectionSpec,
} from "../../src/codec/message/section.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { readRange } from "./content.ts";
import { readParts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

/** Where a message's bytes lie. */
interface Stored {
  id: number;
  headerBytes: number;
  size: number;
}

/**
 * The sections of one message. Only the rows that hold a section's octets are read: a field of the header never
 * touches the body, a piece of a large part not the rest of it. The MIME tree is read only when part numbers ask for it.
 */
export function readSections(
  turn: MailboxTurn,
  stored: Stored,
  specs: readonly SectionSpec[],
): SectionResult[] {
  const read = (range: SectionRange) =>
    readRange(turn, stored.id, stored.headerBytes, range.start, range.end);
  let parts: MimePart | null = null;
  return specs.map((spec) => {
    const outer = outerRange(stored, spec);
    if (outer) return read(outer);
    parts ??= readParts(turn, stored.id);
    const range = sectionRange(parts, spec, stored.size);
    if (!range) return null;
    const octets = read(range);
    return range.exact ? octets : finishSection(octets, parts, spec);
  });
}

/** `[]`, `[HEADER]` and `[TEXT]` of the whole message, perhaps partial: known without its MIME tree. */
function outerRange(stored: Stored, spec: SectionSpec): SectionRange | null {
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
