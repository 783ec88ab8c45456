import { concat } from "../../base/bytes.ts";
import type { SectionResult } from "./section.ts";

/** A section as it was read: octets in pieces, or what there is instead of octets. */
export type SectionPieces = Uint8Array[] | Exclude<SectionResult, Uint8Array>;

/**
 * Sections of many messages for the way between two processes: one run of octets, as a buffer for each section would
 * have to be made, copied and given back on both sides.
 */
export interface PackedSections {
  octets: Uint8Array;
  /** Sections of each message. */
  each: number;
  /** Octets of each section; `NO_OCTETS`: it is the next one of `others`. */
  lengths: number[];
  others: Exclude<SectionResult, Uint8Array>[];
}

const NO_OCTETS = -1;

/** Packs the sections of messages, as many for each. */
export function packSections(messages: readonly SectionPieces[][]): PackedSections {
  const pieces: Uint8Array[] = [];
  const lengths: number[] = [];
  const others: PackedSections["others"] = [];
  for (const section of messages.flat()) {
    if (!Array.isArray(section)) {
      lengths.push(NO_OCTETS);
      others.push(section);
      continue;
    }
    pieces.push(...section);
    lengths.push(lengthOf(section));
  }
  return { octets: concat(pieces), each: messages.length ? messages[0].length : 0, lengths, others };
}

/** The sections of each message; octets are views of the run. */
export function unpackSections({ octets, each, lengths, others }: PackedSections): SectionResult[][] {
  const messages: SectionResult[][] = [];
  let at = 0, other = 0;
  for (let i = 0; i < lengths.length; i++) {
    if (i % each === 0) messages.push([]);
    const length = lengths[i];
    const section = length === NO_OCTETS ? others[other++] : octets.subarray(at, at += length);
    messages[messages.length - 1].push(section);
  }
  return messages;
}

/** A section by itself. */
export function joinPieces(section: SectionPieces): SectionResult {
  return Array.isArray(section) ? concat(section) : section;
}

/** Octets of a section. */
export function lengthOf(section: SectionPieces): number {
  if (!Array.isArray(section)) return 0;
  let sum = 0;
  for (const piece of section) sum += piece.length;
  return sum;
}
