import { briefOf, type MessageBrief } from "../../src/codec/message/brief.ts";
import { readEnvelope } from "../../src/codec/message/envelope.ts";
import { readHeader as parseHeader } from "../../src/codec/message/header.ts";
import type { MessageSummary } from "../../src/codec/message/summary.ts";
import type { MailboxTurn } from "./state.ts";

/**
 * What SORT, THREAD and SEARCH compare of one message as its row holds it. Written when the message comes in, where it
 * is at hand; idle work writes the rows that an earlier release left out, and until then they are worked out when they
 * are asked for.
 */
export interface Brief {
  sent_ms: number | null;
  subject: string;
  is_reply: number;
  from_box: string;
  to_box: string;
  cc_box: string;
  from_shown: string;
  to_shown: string;
  id_key: number | null;
  /** 64-bit floats; null for none. */
  refs: Uint8Array | null;
}

/** Rows that one turn writes anew: some 10 ms. */
const ROWS = 250;

/** Works one message's row out. */
export function makeBrief(turn: MailboxTurn, contentId: number): Brief {
  const [sentMs, isReply, brief] = readBrief(turn, contentId);
  return {
    sent_ms: sentMs,
    subject: brief.subject,
    is_reply: isReply,
    from_box: brief.fromBox,
    to_box: brief.toBox,
    cc_box: brief.ccBox,
    from_shown: brief.fromShown,
    to_shown: brief.toShown,
    id_key: brief.idKey,
    refs: packKeys(brief.refKeys),
  };
}

function readBrief(turn: MailboxTurn, contentId: number): [number | null, number, MessageBrief] {
  const [[sentMs, base, isReply, bytes]] = turn.db.tuples<[number | null, string, number, Uint8Array]>(
    `SELECT c.sent_ms, c.base_subject, c.is_reply, h.data FROM content c JOIN header h ON h.content_id = c.id
     WHERE c.id = ?`,
    contentId,
  );
  return [sentMs, isReply, readBriefOf(bytes, base)];
}

function packKeys(keys: readonly number[]): Uint8Array | null {
  return keys.length ? new Uint8Array(Float64Array.from(keys).buffer) : null;
}

/** Stores the row of a content that comes in. */
export function storeBrief(
  turn: MailboxTurn,
  contentId: number,
  summary: MessageSummary,
  raw: Uint8Array,
): void {
  const { sentAtMs, isReply, baseSubject } = summary;
  const brief = summary.brief ?? readBriefOf(raw, baseSubject);
  insertRow(turn, contentId, sentAtMs, Number(isReply), brief);
}

function readBriefOf(bytes: Uint8Array, base: string): MessageBrief {
  const header = parseHeader(bytes);
  return briefOf(header, readEnvelope(header), base);
}

function insertRow(
  turn: MailboxTurn,
  contentId: number,
  sentMs: number | null,
  isReply: number,
  brief: MessageBrief,
): void {
  turn.db.run(
    `INSERT INTO brief (content_id, sent_ms, subject, is_reply, from_box, to_box, cc_box, from_shown, to_shown,
       id_key, refs, in_from, in_to, in_cc, in_bcc, in_subject, in_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    contentId,
    sentMs,
    brief.subject,
    isReply,
    brief.fromBox,
    brief.toBox,
    brief.ccBox,
    brief.fromShown,
    brief.toShown,
    brief.idKey,
    packKeys(brief.refKeys),
    ...brief.fields,
  );
}

/**
 * Writes some of the rows that an earlier release left out, those of the newest messages first; false when there are
 * none. `unbriefed` is the last content that may lack its row.
 */
export function fillBriefs(turn: MailboxTurn): boolean {
  const { db } = turn;
  const { value } = db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'unbriefed'")!;
  if (!value) return false;
  const ids = db.tuples<[number]>(
    "SELECT id FROM content WHERE id <= ? ORDER BY id DESC LIMIT ?",
    value,
    ROWS,
  );
  for (const [id] of ids) {
    if (db.get("SELECT 1 FROM brief WHERE content_id = ?", id)) continue;
    const [sentMs, isReply, brief] = readBrief(turn, id);
    insertRow(turn, id, sentMs, isReply, brief);
  }
  const left = ids.length < ROWS ? 0 : ids[ids.length - 1][0] - 1;
  db.run("UPDATE meta SET value = ? WHERE key = 'unbriefed'", left);
  return true;
}
