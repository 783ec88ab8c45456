import { hash } from "node:crypto";
import { utf8 } from "../../src/base/bytes.ts";
import { collationKey } from "../../src/codec/text/casemap.ts";
import { readEnvelope } from "../../src/codec/message/envelope.ts";
import { readHeader as parseHeader } from "../../src/codec/message/header.ts";
import { normalId, threadReferences } from "../../src/codec/message/thread_ids.ts";
import { readHeader } from "./content.ts";
import type { MailboxTurn } from "./state.ts";

/**
 * What SORT and THREAD compare of one message (RFC 5256 §2, §3), in the form in which it is compared: collation keys,
 * and 52 bits of the hash of each Message-ID, which keeps rows narrow. Worked out in idle time, as it follows from what
 * is stored; until then it is worked out when it is asked for.
 */
export interface Brief {
  sent_ms: number | null;
  /** Base subject. */
  subject: string;
  is_reply: number;
  /** Local part of the first address. */
  from_box: string;
  to_box: string;
  cc_box: string;
  /** What DISPLAYFROM and DISPLAYTO compare (RFC 5957 §3). */
  from_shown: string;
  to_shown: string;
  /** Of the Message-ID; null when there is none. */
  id_key: number | null;
  /** Of the references, oldest first, as 64-bit floats; null for none. */
  refs: Uint8Array | null;
}

interface ContentRow {
  sent_ms: number | null;
  base_subject: string;
  is_reply: number;
  message_id: string | null;
  from_name: string | null;
  from_address: string | null;
  to_name: string | null;
  to_address: string | null;
  cc_address: string | null;
}

/** Messages of one idle step: some milliseconds. */
const STEP = 200;

/** Works one message's row out. */
export function makeBrief(turn: MailboxTurn, contentId: number): Brief {
  const row = turn.db.get<ContentRow>(
    `SELECT sent_ms, base_subject, is_reply, message_id, from_name, from_address, to_name, to_address, cc_address
     FROM content WHERE id = ?`,
    contentId,
  )!;
  const fields = readEnvelope(parseHeader(readHeader(turn, contentId)));
  const refs = threadReferences(fields.references, fields.inReplyTo).map(idKey);
  return {
    sent_ms: row.sent_ms,
    subject: collationKey(row.base_subject),
    is_reply: row.is_reply,
    from_box: localPart(row.from_address),
    to_box: localPart(row.to_address),
    cc_box: localPart(row.cc_address),
    from_shown: shown(row.from_name, row.from_address),
    to_shown: shown(row.to_name, row.to_address),
    id_key: row.message_id === null ? null : idKey(normalId(row.message_id)),
    refs: refs.length ? new Uint8Array(new Float64Array(refs).buffer) : null,
  };
}

/** Stores the rows of some more messages; true when there are others. */
export function storeBriefs(turn: MailboxTurn): boolean {
  const { db } = turn;
  const { value } = db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'briefed'")!;
  const ids = db.tuples<[number]>("SELECT id FROM content WHERE id > ? ORDER BY id LIMIT ?", value, STEP);
  if (!ids.length) return false;
  for (const [id] of ids) {
    const brief = makeBrief(turn, id);
    db.run(
      `INSERT INTO brief (content_id, sent_ms, subject, is_reply, from_box, to_box, cc_box, from_shown, to_shown,
         id_key, refs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      brief.sent_ms,
      brief.subject,
      brief.is_reply,
      brief.from_box,
      brief.to_box,
      brief.cc_box,
      brief.from_shown,
      brief.to_shown,
      brief.id_key,
      brief.refs,
    );
  }
  db.run("UPDATE meta SET value = ? WHERE key = 'briefed'", ids[ids.length - 1][0]);
  return ids.length === STEP;
}

/** 52 bits of a text's hash: two of a hundred thousand are alike with a chance of one in a million. Never 0. */
export function idKey(text: string): number {
  const digest = hash("sha256", utf8(text), "buffer");
  return digest.readUIntBE(0, 6) * 16 + (digest[6] >> 4) || 1;
}

function localPart(address: string | null): string {
  return address === null ? "" : collationKey(address.slice(0, address.lastIndexOf("@")));
}

function shown(name: string | null, address: string | null): string {
  return collationKey(name || address?.replace(/@$/, "") || "");
}
