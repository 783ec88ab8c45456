import { hash } from "node:crypto";
import { utf8 } from "../../src/base/bytes.ts";
import type { HeaderAddress } from "../../src/codec/text/address.ts";
import { collationKey } from "../../src/codec/text/casemap.ts";
import { decodeWords } from "../../src/codec/text/encoded_word.ts";
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
  /** `addr-mailbox` of the first address. */
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
}

/** A longer field is left out and searched where it stands. */
const FIELD_CHARS = 2_000;

/** Works one message's row out. */
export function makeBrief(turn: MailboxTurn, contentId: number): Brief {
  const row = turn.db.get<ContentRow>(
    "SELECT sent_ms, base_subject, is_reply, message_id FROM content WHERE id = ?",
    contentId,
  )!;
  const fields = readEnvelope(parseHeader(readHeader(turn, contentId)));
  const refs = threadReferences(fields.references, fields.inReplyTo).map(idKey);
  return {
    sent_ms: row.sent_ms,
    subject: collationKey(row.base_subject),
    is_reply: row.is_reply,
    from_box: localPart(fields.from),
    to_box: localPart(fields.to),
    cc_box: localPart(fields.cc),
    from_shown: shown(fields.from),
    to_shown: shown(fields.to),
    id_key: row.message_id === null ? null : idKey(normalId(row.message_id)),
    refs: refs.length ? new Uint8Array(new Float64Array(refs).buffer) : null,
  };
}

/** Stores a content's row, with the folded values of its fields. */
export function storeBrief(
  turn: MailboxTurn,
  contentId: number,
  fields: Readonly<Record<"from" | "to" | "cc" | "bcc" | "subject", string[]>>,
): void {
  const brief = makeBrief(turn, contentId);
  turn.db.run(
    `INSERT INTO brief (content_id, sent_ms, subject, is_reply, from_box, to_box, cc_box, from_shown, to_shown,
       id_key, refs, in_from, in_to, in_cc, in_bcc, in_subject)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    contentId,
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
    ...[fields.from, fields.to, fields.cc, fields.bcc, fields.subject].map(joinTexts),
  );
}

/** Keeps values apart; a search for it looks at the header itself. */
export const FIELD_END = "\u0001";

function joinTexts(texts: string[]): string | null {
  const joined = texts.map((text) => text.replace(/[\0\u0001]/g, "\ufffd")).join(FIELD_END);
  return joined.length <= FIELD_CHARS ? joined : null;
}

/** 52 bits of a text's hash: two of a hundred thousand are alike with a chance of one in a million. Never 0. */
export function idKey(text: string): number {
  const digest = hash("sha256", utf8(text), "buffer");
  return digest.readUIntBE(0, 6) * 16 + (digest[6] >> 4) || 1;
}

/** The first entry of the envelope's list counts, also when it is the name of a group (RFC 5256 §3). */
function localPart([first]: readonly HeaderAddress[]): string {
  return collationKey(decodeWords(first?.mailbox ?? ""));
}

/** RFC 5957 §3. */
function shown([first]: readonly HeaderAddress[]): string {
  if (first === undefined) return "";
  const name = decodeWords(first.name ?? "");
  const { mailbox, host } = first;
  const address = mailbox !== null && host !== null ? `${mailbox}@${host}` : mailbox ?? "";
  return collationKey(name || decodeWords(address));
}
