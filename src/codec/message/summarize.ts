import type { HeaderAddress } from "../text/address.ts";
import { parseDate } from "../text/date.ts";
import { decodeWords } from "../text/encoded_word.ts";
import { baseSubject } from "./base_subject.ts";
import { briefOf } from "./brief.ts";
import { formatEnvelope, readEnvelope } from "./envelope.ts";
import { previewOf } from "./preview.ts";
import { parseStructure } from "./mime_tree.ts";
import { formatBodyStructure } from "./structure.ts";
import type { MessageSummary, SummaryAddress } from "./summary.ts";
import { messageIdOf, referencesOf } from "./thread_ids.ts";

/**
 * Works out everything about a message that is stored beside it, in one pass over its bytes. Never throws, whatever
 * the bytes: runs in time linear in the size, with header octets, parts and nesting bounded by LIMITS.
 */
export function summarize(raw: Uint8Array): MessageSummary {
  const { root, header } = parseStructure(raw);
  const fields = readEnvelope(header);
  const date = fields.date === null ? null : parseDate(fields.date);
  const subject = decodeWords(fields.subject ?? "");
  const { base, isReply } = baseSubject(subject);
  return {
    headerBytes: header.bodyStart,
    envelope: formatEnvelope(fields),
    bodyStructure: formatBodyStructure(root),
    parts: root,
    messageId: messageIdOf(fields.messageId),
    references: referencesOf(fields.references, fields.inReplyTo),
    sentAtMs: date?.ms ?? null,
    sentDay: date?.day ?? null,
    baseSubject: base,
    isReply,
    subject,
    from: firstAddress(fields.from),
    to: firstAddress(fields.to),
    cc: firstAddress(fields.cc),
    preview: previewOf(raw, root),
    brief: briefOf(header, fields, base),
  };
}

/** The first mailbox of a list; a group's name when nothing else is there. */
function firstAddress(list: readonly HeaderAddress[]): SummaryAddress | null {
  const first = list.find((address) => address.host !== null) ?? list[0];
  if (first === undefined) return null;
  return {
    name: decodeWords(first.name ?? ""),
    mailbox: decodeWords(first.mailbox ?? ""),
    host: decodeWords(first.host ?? ""),
  };
}
