import { LIMITS } from "../../src/base/limits.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import { appendUid, uidHas, uidIntersect } from "../../src/codec/imap/uid_set.ts";
import { bareColumns } from "./bare_rows.ts";
import { changedRuns } from "./changed_runs.ts";
import { FLAG, type MailboxContract, type Stamp } from "./contract.ts";
import { type FetchItems } from "./rows/contract.ts";
import { type ReadRow, toColumns, toFetchRow } from "./columns.ts";
import { lengthOf } from "../../src/codec/message/packed_sections.ts";
import { BODY_ROWS } from "./content_refs.ts";
import { emailId } from "./content.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { type Reader, readerOf, roomForMarks, showRow } from "./own_seen.ts";
import { eventsOf } from "./run_event.ts";
import { outerBytes, readSections, sectionColumns } from "./sections.ts";
import { folderFor, rightsOf } from "./rights.ts";
import { existingOf } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";
import { markSeen } from "./store.ts";

type Fetch = MailboxContract["fetch"];

/** What a row without texts weighs in a page. */
const ROW_BYTES = 64;
/** Rows read at once when they bring texts along, and when they bring octets of their messages. */
const TEXT_BATCH = 256;
const SECTION_BATCH = 64;

/**
 * One page of rows (RFC 9051 §6.4.5), bounded by rows and bytes. A FETCH of flags reads the narrow table only; texts
 * come by a join, and so do the octets that sections are made of, as far as the page has room for them.
 */
export function fetch(request: Fetch["request"], turn: MailboxTurn): Fetch["reply"] {
  const folder = folderFor(turn, request.folder, request.as, "r");
  const existing = existingOf(turn.db, folder.fid, asked(turn, folder, request));
  const reader = readerOf(turn, folder, request.as);
  if (request.items.bare && request.byColumn && request.changedSince === undefined) {
    const limitRows = request.limitRows ?? LIMITS.fetchPageRows;
    return { rows: [], stamp: null, ...bareColumns(turn, folder, existing, Math.max(1, limitRows), reader) };
  }
  const { rows, next, needs } = readPage(turn, folder, existing, request, reader);
  if (needs !== undefined) return { rows: [], next, needs, stamp: null };
  const sees = request.markSeen && rightsOf(turn, folder, request.as).includes("s");
  const seen = sees ? seeRows(turn, folder, rows, reader) : null;
  const stamp = seen && seen.stamp;
  const events = seen ? eventsOf(turn, "FLAG", folder, [{ uids: seen.uids, flags: ["\\Seen"] }]) : {};
  if (!request.byColumn) return { rows: rows.map(toFetchRow), next, stamp, ...events };
  return { rows: [], columns: toColumns(rows), next, stamp, ...events };
}

/** With CHANGEDSINCE only the runs are read in which something changed (RFC 7162 §3.1.4.1). */
function asked(turn: MailboxTurn, folder: Folder, { uids, changedSince }: Fetch["request"]): UidSet {
  const runs = changedSince === undefined ? null : changedRuns(turn, folder, changedSince);
  return runs ? uidIntersect(uids, runs) : uids;
}

function readPage(
  turn: MailboxTurn,
  folder: Folder,
  existing: UidSet,
  request: Fetch["request"],
  reader: Reader | null,
): { rows: ReadRow[]; next: number | null; needs?: number } {
  const { items, roomBytes = Infinity } = request;
  const read = rowReader(turn, folder, items, request.changedSince, reader);
  const limitRows = clamp(request.limitRows ?? LIMITS.fetchPageRows, LIMITS.searchPageRows);
  const limitBytes = clamp(request.limitBytes ?? LIMITS.fetchPageBytes, LIMITS.searchPageBytes);
  const batch = items.sections?.length ? SECTION_BATCH : wantsTexts(items) ? TEXT_BATCH : limitRows;
  const rows: ReadRow[] = [];
  let bytes = 0;
  for (let i = 0; i < existing.length; i += 2) {
    for (let from = existing[i]; from <= existing[i + 1];) {
      if (rows.length >= limitRows || bytes >= limitBytes) return { rows, next: from };
      let count = Math.min(batch, limitRows - rows.length);
      if (items.sections?.length && from < existing[i + 1]) {
        count = rowsWithin(turn, folder, [from, existing[i + 1]], count, limitBytes - bytes);
      }
      const tuples = read.select(from, existing[i + 1], count);
      for (const tuple of tuples) {
        const next = tuple[0] as number;
        if (bytes >= limitBytes) return { rows, next };
        // Not read at all where it can be told before.
        const least = read.leastBytes(tuple);
        const row = least > roomBytes ? null : read.toRow(tuple);
        const needs = row ? sectionBytes(row) : least;
        if (!row || needs > roomBytes) return rows.length ? { rows, next } : { rows, next, needs };
        bytes += weigh(row) + needs;
        rows.push(row);
      }
      if (tuples.length < count) break;
      from = tuples[tuples.length - 1][0] as number + 1;
    }
  }
  return { rows, next: null };
}

/** How many rows of a run, at least one, have messages of so many bytes together. */
function rowsWithin(
  turn: MailboxTurn,
  folder: Folder,
  [first, last]: readonly [number, number],
  most: number,
  bytes: number,
): number {
  const sizes = turn.db.tuples<[number]>(
    "SELECT size FROM message WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ? + 0",
    folder.fid,
    first,
    last,
    most,
  );
  let left = bytes;
  for (let i = 0; i < sizes.length; i++) {
    left -= sizes[i][0];
    if (left <= 0) return i + 1;
  }
  return most;
}

/** Sets \Seen on the rows of a page and shows it in them; null when all had it. */
function seeRows(
  turn: MailboxTurn,
  folder: Folder,
  rows: ReadRow[],
  reader: Reader | null,
): { stamp: Stamp; uids: UidSet } | null {
  const unseen: number[] = [];
  for (const row of rows) if (!(row.flags & FLAG.seen)) appendUid(unseen, row.uid);
  const uids = reader ? roomForMarks(turn, folder, unseen) : unseen;
  if (!uids.length) return null;
  const stamp = nextModSeq(turn, folder);
  commitChanges(turn, [markSeen(turn, folder, uids, stamp.modSeq, reader)], [folder]);
  for (const row of rows) {
    if (row.flags & FLAG.seen || !uidHas(uids, row.uid)) continue;
    row.flags |= FLAG.seen;
    row.modSeq = stamp.modSeq;
  }
  return { stamp, uids };
}

interface RowReader {
  select(first: number, last: number, count: number): unknown[][];
  /** Octets of its sections, as far as they are known before they are read. */
  leastBytes(tuple: unknown[]): number;
  toRow(tuple: unknown[]): ReadRow;
}

/** Optional columns, each with how it fills a row. Tuples come straight from SQLite: the casts name its types. */
const COLUMNS: readonly {
  item: keyof FetchItems;
  column: string;
  fill: (row: ReadRow, value: unknown) => void;
}[] = [
  { item: "saveDate", column: "m.save_ms", fill: (row, value) => row.saveDateMs = value as number },
  { item: "emailId", column: "c.hash", fill: (row, value) => row.emailId = emailId(value as Uint8Array) },
  { item: "threadId", column: "c.thread_id", fill: (row, value) => row.threadId = value as string },
  { item: "envelope", column: "c.envelope", fill: (row, value) => row.envelope = value as string },
  { item: "bodyStructure", column: "c.structure", fill: (row, value) => row.bodyStructure = value as string },
  { item: "preview", column: "c.preview", fill: (row, value) => row.preview = value as string },
  { item: "parts", column: "c.parts", fill: (row, value) => row.parts = value as string },
];

function rowReader(
  turn: MailboxTurn,
  folder: Folder,
  items: FetchItems,
  changedSince: number | undefined,
  reader: Reader | null,
): RowReader {
  const columns = COLUMNS.filter(({ item }) => items[item]);
  const specs = items.sections ?? [];
  const names = columns.map(({ column }) => column);
  const octets = sectionColumns(specs);
  if (specs.length) names.push("m.content_id", "c.header_bytes");
  let join = names.some((name) => name.startsWith("c.")) ? "JOIN content c ON c.id = m.content_id" : "";
  if (octets.header) {
    names.push("h.data");
    join += " JOIN header h ON h.content_id = m.content_id";
  }
  if (octets.body) {
    names.push("b.data");
    join += ` LEFT JOIN body b ON b.id = m.content_id * ${BODY_ROWS}`;
  }
  const since = changedSince === undefined ? "" : "AND m.modseq > ?5";
  const sql = `SELECT m.uid, m.modseq, m.flags, m.keywords, m.internal_ms, m.size ${
    names.map((n) => `, ${n}`).join("")
  }
    FROM message m ${join} WHERE m.fid = ?1 AND m.uid BETWEEN ?2 AND ?3 ${since} ORDER BY m.uid LIMIT ?4 + 0`;
  return {
    select: (first, last, count) =>
      changedSince === undefined
        ? turn.db.tuples(sql, folder.fid, first, last, count)
        : turn.db.tuples(sql, folder.fid, first, last, count, changedSince),
    leastBytes(tuple) {
      if (!specs.length) return 0;
      return outerBytes(
        { headerBytes: tuple[6 + columns.length + 1] as number, size: tuple[5] as number },
        specs,
      );
    },
    toRow(tuple) {
      const row: ReadRow = {
        uid: tuple[0] as number,
        modSeq: tuple[1] as number,
        flags: tuple[2] as number,
        keywords: (tuple[3] ?? "") as string,
        internalDateMs: tuple[4] as number,
        size: tuple[5] as number,
      };
      if (row.keywords) showRow(row, reader);
      let at = 6;
      for (const { fill } of columns) fill(row, tuple[at++]);
      if (specs.length) {
        const [id, headerBytes] = tuple.slice(at, at += 2) as [number, number];
        const header = octets.header ? tuple[at++] as Uint8Array : undefined;
        const body = octets.body ? tuple[at++] as Uint8Array ?? undefined : undefined;
        row.pieces = readSections(turn, { id, headerBytes, size: row.size, header, body }, specs);
      }
      return row;
    },
  };
}

function wantsTexts(items: FetchItems): boolean {
  return COLUMNS.some(({ item }) => items[item]);
}

/** What a row weighs in a page without its sections. */
function weigh(row: ReadRow): number {
  return ROW_BYTES + row.keywords.length + (row.envelope?.length ?? 0) +
    (row.bodyStructure?.length ?? 0) +
    (row.parts?.length ?? 0) + (row.preview?.length ?? 0);
}

function sectionBytes({ pieces = [] }: ReadRow): number {
  let bytes = 0;
  for (const section of pieces) bytes += lengthOf(section);
  return bytes;
}

function clamp(value: number, most: number): number {
  return Math.max(1, Math.min(value, most));
}
