import type { PackedSections } from "../../../src/codec/message/packed_sections.ts";
import type { SectionSpec } from "../../../src/codec/message/section.ts";

/**
 * Rows by column, each as long as `uid`: a page of small rows travels several times faster than as objects. Columns
 * that were not asked for are missing; `keywords` is null when no row has any.
 */
export interface FetchColumns {
  uid: number[];
  modSeq: number[];
  flags: number[];
  keywords: string[] | null;
  internalDateMs: number[];
  size: number[];
  envelope?: string[];
  bodyStructure?: string[];
  parts?: string[];
  emailId?: string[];
  threadId?: string[];
  saveDateMs?: number[];
  preview?: string[];
  sections?: PackedSections;
}

/** Columns that all rows of a page have, or none. */
export const OPTIONAL_COLUMNS = [
  "envelope",
  "bodyStructure",
  "parts",
  "emailId",
  "threadId",
  "saveDateMs",
  "preview",
] as const;

/** Which parts of a row a FETCH needs beside uid, modSeq, flags and keywords. */
export interface FetchItems {
  /** With `byColumn`: UID, flags and keywords are all that is wanted; the other columns come empty. */
  bare?: boolean;
  envelope?: boolean;
  bodyStructure?: boolean;
  parts?: boolean;
  preview?: boolean;
  /** EMAILID and THREADID of RFC 8474. */
  emailId?: boolean;
  threadId?: boolean;
  /** SAVEDATE of RFC 8514. */
  saveDate?: boolean;
  sections?: SectionSpec[];
}
