import { LIMITS } from "../../base/limits.ts";
import { type HeaderAddress, parseAddressList, squeeze } from "../text/address.ts";
import { fieldName, foldedValue, type Header, unfold } from "./header.ts";
import { formatNstring, formatString } from "./wire_string.ts";

/** The fields of a message header that ENVELOPE, threading and sorting look at, in wire text; null when missing. */
export interface EnvelopeFields {
  date: string | null;
  /** White space squeezed, encoded-words as they are. */
  subject: string | null;
  from: HeaderAddress[];
  sender: HeaderAddress[];
  replyTo: HeaderAddress[];
  to: HeaderAddress[];
  cc: HeaderAddress[];
  bcc: HeaderAddress[];
  inReplyTo: string | null;
  messageId: string | null;
  references: string | null;
}

/**
 * Reads the envelope fields. Of a field that stands twice, which RFC 5322 §3.6 forbids, the last text counts and all
 * addresses: nobody can hide a From behind another one.
 */
export function readEnvelope(header: Header): EnvelopeFields {
  const out: EnvelopeFields = {
    date: null,
    subject: null,
    from: [],
    sender: [],
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
    inReplyTo: null,
    messageId: null,
    references: null,
  };
  for (const field of header.fields) {
    // Names of interest have 2 to 11 octets and begin with one of b c d f i m r s t.
    const length = field.nameEnd - field.start;
    if (length < 2 || length > 11) continue;
    readEnvelopeField(out, fieldName(header, field).toLowerCase(), foldedValue(header, field));
  }
  return out;
}

function readEnvelopeField(out: EnvelopeFields, name: string, value: string): void {
  switch (name) {
    case "date":
      out.date = unfold(value);
      break;
    case "subject":
      out.subject = squeeze(unfold(value));
      break;
    case "in-reply-to":
      out.inReplyTo = unfold(value);
      break;
    case "message-id":
      out.messageId = unfold(value);
      break;
    case "references":
      out.references = unfold(value);
      break;
    case "from":
      out.from = joinLists(out.from, value);
      break;
    case "sender":
      out.sender = joinLists(out.sender, value);
      break;
    case "reply-to":
      out.replyTo = joinLists(out.replyTo, value);
      break;
    case "to":
      out.to = joinLists(out.to, value);
      break;
    case "cc":
      out.cc = joinLists(out.cc, value);
      break;
    case "bcc":
      out.bcc = joinLists(out.bcc, value);
  }
}

function joinLists(known: HeaderAddress[], value: string): HeaderAddress[] {
  const more = parseAddressList(value);
  if (known.length === 0) return more;
  for (const address of more) if (known.length < LIMITS.headerAddresses) known.push(address);
  return known;
}

/** The ENVELOPE of RFC 9051 §7.5.2: empty or missing Sender and Reply-To are told as From. */
export function formatEnvelope(fields: EnvelopeFields): string {
  const from = formatAddresses(fields.from);
  const sender = fields.sender.length ? formatAddresses(fields.sender) : from;
  const replyTo = fields.replyTo.length ? formatAddresses(fields.replyTo) : from;
  return `(${formatNstring(fields.date)} ${formatNstring(fields.subject)} ${from} ${sender} ${replyTo} ` +
    `${formatAddresses(fields.to)} ${formatAddresses(fields.cc)} ${formatAddresses(fields.bcc)} ` +
    `${formatNstring(fields.inReplyTo)} ${formatNstring(fields.messageId)})`;
}

function formatAddresses(list: readonly HeaderAddress[]): string {
  if (list.length === 0) return "NIL";
  let out = "(";
  for (const { name, route, mailbox, host } of list) {
    out += `(${name === null ? "NIL" : formatString(name)} ${route === null ? "NIL" : formatString(route)} ` +
      `${mailbox === null ? "NIL" : formatString(mailbox)} ${host === null ? "NIL" : formatString(host)})`;
  }
  return out + ")";
}
