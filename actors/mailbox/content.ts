import { hash } from "node:crypto";
import { Buffer } from "node:buffer";
import { concat } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { MessageSummary, SummaryAddress } from "../../src/codec/message/summary.ts";
import { storeBrief } from "./brief.ts";
import { BODY_ROWS, shareContent } from "./content_refs.ts";
import type { MailboxTurn } from "./state.ts";
import { threadOf } from "./thread.ts";

/** A message's bytes as they lie in the file. */
export interface StoredContent {
  contentId: number;
  hash: Uint8Array;
  threadId: string;
  /** The mailbox had these bytes already. */
  known: boolean;
}

/** EMAILID of RFC 8474 §5.1: equal bytes have equal ids, also on another server. */
export function emailId(contentHash: Uint8Array): string {
  return "M" + Buffer.from(contentHash.buffer, contentHash.byteOffset, 15).toString("base64url");
}

/** Stores a message's bytes and what was worked out about them, or notes one more use of what is there already. */
export function storeContent(turn: MailboxTurn, raw: Uint8Array, summary: MessageSummary): StoredContent {
  const digest = hash("sha256", raw, "buffer");
  const known = turn.db.get<{ id: number; thread_id: string }>(
    "SELECT id, thread_id FROM content WHERE hash = ?",
    digest,
  );
  if (known) {
    shareContent(turn, known.id);
    return { contentId: known.id, hash: digest, threadId: known.thread_id, known: true };
  }
  const threadId = threadOf(turn, summary, digest);
  const contentId = insertContent(turn, raw, summary, digest, threadId);
  return { contentId, hash: digest, threadId, known: false };
}

/** Stores bytes that the mailbox lacks; says the content's id. */
export function insertContent(
  turn: MailboxTurn,
  raw: Uint8Array,
  summary: MessageSummary,
  digest: Uint8Array,
  threadId: string,
): number {
  const contentId = nextContentId(turn);
  insertRow(turn, contentId, digest, threadId, raw.length, summary);
  insertBytes(turn, contentId, raw, summary.headerBytes);
  storeBrief(turn, contentId, summary, raw);
  return contentId;
}

/** Above every id that exists and every id that the index knows, so that none is mistaken for another. */
function nextContentId(turn: MailboxTurn): number {
  turn.state.nextContent ??= turn.db.get<{ next: number }>(
    `SELECT 1 + max(ifnull((SELECT max(id) FROM content), 0),
       (SELECT value FROM meta WHERE key = 'indexed')) AS next`,
  )!.next;
  return turn.state.nextContent++;
}

function insertRow(
  turn: MailboxTurn,
  id: number,
  digest: Uint8Array,
  threadId: string,
  size: number,
  summary: MessageSummary,
): void {
  turn.db.run(
    `INSERT INTO content (id, hash, size, header_bytes, thread_id, sent_ms, sent_day, envelope, structure, preview,
       parts, message_id, subject, base_subject, is_reply, from_name, from_address, to_name, to_address, cc_name, cc_address)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    digest,
    size,
    summary.headerBytes,
    threadId,
    summary.sentAtMs,
    summary.sentDay,
    summary.envelope,
    summary.bodyStructure,
    summary.preview,
    JSON.stringify(summary.parts),
    summary.messageId,
    summary.subject,
    summary.baseSubject,
    Number(summary.isReply),
    ...addressColumns(summary.from),
    ...addressColumns(summary.to),
    ...addressColumns(summary.cc),
  );
}

function addressColumns(address: SummaryAddress | null): [string | null, string | null] {
  return address ? [address.name, `${address.mailbox}@${address.host}`] : [null, null];
}

function insertBytes(turn: MailboxTurn, id: number, raw: Uint8Array, headerBytes: number): void {
  turn.db.run("INSERT INTO header (content_id, data) VALUES (?, ?)", id, raw.subarray(0, headerBytes));
  if (raw.length - headerBytes > (BODY_ROWS - 1) * LIMITS.bodyChunkBytes) {
    throw new Fault("too_big", "the message is larger than a mailbox can hold");
  }
  for (let at = headerBytes, row = id * BODY_ROWS; at < raw.length; at += LIMITS.bodyChunkBytes, row++) {
    turn.db.run(
      "INSERT INTO body (id, data) VALUES (?, ?)",
      row,
      raw.subarray(at, Math.min(raw.length, at + LIMITS.bodyChunkBytes)),
    );
  }
}

/** Where a message's bytes lie, and those that are at hand already. */
export interface StoredBytes {
  id: number;
  headerBytes: number;
  header?: Uint8Array;
  /** The first row of the body. */
  body?: Uint8Array;
}

/** Octets `[from, to)` of a stored message. Only the rows that hold them are read. */
export function readRange(
  turn: MailboxTurn,
  id: number,
  headerBytes: number,
  from: number,
  to: number,
): Uint8Array {
  return concat(readPieces(turn, { id, headerBytes }, from, to));
}

/** The same in the pieces in which they lie. */
export function readPieces(turn: MailboxTurn, stored: StoredBytes, from: number, to: number): Uint8Array[] {
  if (to <= from) return [];
  const { id, headerBytes, body } = stored;
  const pieces: Uint8Array[] = [];
  if (from < headerBytes) {
    const header = stored.header ?? readHeader(turn, id);
    pieces.push(header.subarray(from, Math.min(to, headerBytes)));
  }
  if (to <= headerBytes) return pieces;
  const start = Math.max(0, from - headerBytes), end = to - headerBytes;
  if (body && end <= body.length) pieces.push(body.subarray(start, end));
  else pieces.push(...readBody(turn, id, start, end));
  return pieces;
}

/** The header of a stored message with its empty line. */
export function readHeader(turn: MailboxTurn, contentId: number): Uint8Array {
  return turn.db.tuples<[Uint8Array]>("SELECT data FROM header WHERE content_id = ?", contentId)[0][0];
}

/** Pieces of the body, offsets counted from its first octet. */
function readBody(turn: MailboxTurn, contentId: number, from: number, to: number): Uint8Array[] {
  const size = LIMITS.bodyChunkBytes;
  const first = Math.floor(from / size), last = Math.floor((to - 1) / size);
  const rows = turn.db.tuples<[Uint8Array]>(
    "SELECT data FROM body WHERE id BETWEEN ? AND ? ORDER BY id",
    contentId * BODY_ROWS + first,
    contentId * BODY_ROWS + last,
  );
  return rows.map(([data], i) => {
    const start = (first + i) * size;
    return data.subarray(Math.max(0, from - start), Math.min(data.length, to - start));
  });
}
