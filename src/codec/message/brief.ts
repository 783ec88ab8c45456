import type { HeaderAddress } from "../text/address.ts";
import { collationKey, searchKey } from "../text/casemap.ts";
import { decodeWords } from "../text/encoded_word.ts";
import { addressText as plainAddresses } from "./address_text.ts";
import type { EnvelopeFields } from "./envelope.ts";
import { fieldName, fieldValue, type Header } from "./header.ts";
import { messageIdOf, normalId, threadReferences } from "./thread_ids.ts";

/**
 * What SORT and THREAD compare of a message (RFC 5256 §2, §3) and what SEARCH looks for in its most used fields, all in
 * the form in which it is compared: collation keys, folded texts, and 52 bits of a hash of each Message-ID.
 */
export interface MessageBrief {
  /** Base subject. */
  subject: string;
  /** `addr-mailbox` of the first address. */
  fromBox: string;
  toBox: string;
  ccBox: string;
  /** What DISPLAYFROM and DISPLAYTO compare (RFC 5957 §3). */
  fromShown: string;
  toShown: string;
  /** Of the Message-ID; null when there is none. */
  idKey: number | null;
  /** Of the references, oldest first. */
  refKeys: number[];
  /** Folded values of the fields of `SEARCH_FIELDS`, in that order. Null: too long, to be searched where it stands. */
  fields: (string | null)[];
}

/** Fields that are searched most, by their lower-case names. */
const SEARCH_FIELDS = ["from", "to", "cc", "bcc", "subject", "message-id"] as const;

/** A longer field is left out and searched where it stands. */
const FIELD_CHARS = 2_000;

/** Keeps values apart; a search for it looks at the header itself. */
const FIELD_END = "\u0001";

/** Works a message's row out; `base` is its base subject. */
export function briefOf(header: Header, fields: EnvelopeFields, base: string): MessageBrief {
  const id = messageIdOf(fields.messageId);
  return {
    subject: collationKey(base),
    fromBox: localPart(fields.from),
    toBox: localPart(fields.to),
    ccBox: localPart(fields.cc),
    fromShown: shown(fields.from),
    toShown: shown(fields.to),
    idKey: id === null ? null : idKey(normalId(id)),
    refKeys: threadReferences(fields.references, fields.inReplyTo).map(idKey),
    fields: searchFields(header),
  };
}

/**
 * 52 bits of a text's hash: two of a hundred thousand are alike with a chance of one in a million. Never 0. Whoever
 * would make two alike can as well write the other's Message-ID.
 */
export function idKey(text: string): number {
  let a = 0x9e3779b1, b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0xc2b2ae35);
    b = Math.imul(b ^ unit, 0x27d4eb2f);
    b ^= b >>> 13;
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x2c1b3c6d) ^ Math.imul(a ^ (a >>> 13), 0x297a2d39);
  return (a >>> 0) * 0x10_0000 + ((b >>> 0) >>> 12) || 1;
}

/** What is neither printable ASCII, nor alone between words, nor as it reads. */
const ODD = /[^ -~]| {2}|=\?/;

/**
 * Every folded text in which HEADER may find something: a field's value, it with each run of blanks as one space, and
 * its addresses.
 */
function fieldTexts(name: string, value: string): string[] {
  const addresses = plainAddresses(name, value);
  const more = addresses === null ? [] : [searchKey(addresses)];
  if (!ODD.test(value)) return [value.toLowerCase(), ...more];
  const text = searchKey(decodeWords(value));
  return /\t| {2}/.test(text) ? [text, text.replace(/[ \t]+/g, " "), ...more] : [text, ...more];
}

function searchFields(header: Header): (string | null)[] {
  const texts: string[][] = SEARCH_FIELDS.map(() => []);
  for (const field of header.fields) {
    const length = field.nameEnd - field.start;
    if (length > 4 && length !== 7 && length !== 10) continue;
    const name = fieldName(header, field).toLowerCase();
    const at = SEARCH_FIELDS.indexOf(name as typeof SEARCH_FIELDS[number]);
    if (at >= 0) texts[at].push(...fieldTexts(name, fieldValue(header, field)));
  }
  return texts.map(joinTexts);
}

function joinTexts(texts: string[]): string | null {
  if (!texts.length) return "";
  const joined = texts.length === 1 && !/[\0-\u0003]/.test(texts[0])
    ? texts[0]
    : texts.map((text) => text.replace(/[\0-\u0003]/g, "\ufffd")).join(FIELD_END);
  return joined.length <= FIELD_CHARS ? joined : null;
}

/** The first entry of the envelope's list counts, also when it is the name of a group (RFC 5256 §3). */
function localPart([first]: readonly HeaderAddress[]): string {
  return collationKey(addressText(first?.mailbox ?? ""));
}

/** Octets beyond ASCII are read; what looks like an encoded-word is none in an addr-spec (RFC 2047 §5). */
function addressText(address: string): string {
  return address.includes("=?") ? address : decodeWords(address);
}

/** RFC 5957 §3. */
function shown([first]: readonly HeaderAddress[]): string {
  if (first === undefined) return "";
  const name = decodeWords(first.name ?? "");
  const { mailbox, host } = first;
  const address = mailbox !== null && host !== null ? `${mailbox}@${host}` : mailbox ?? "";
  return collationKey(name || addressText(address));
}
