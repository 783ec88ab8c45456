import { searchKey } from "../../src/codec/text/casemap.ts";
import { decodeCharset } from "../../src/codec/text/charset.ts";
import { headerText, headerValues, parameter, partText } from "../../src/codec/message/decode_text.ts";
import { type Header, readHeader as parseHeader } from "../../src/codec/message/header.ts";
import { isMessage } from "../../src/codec/message/structure.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { decodeTransfer } from "../../src/codec/message/transfer_encoding.ts";
import { readHeader, readRange } from "./content.ts";
import type { MailboxTurn } from "./state.ts";

/** The form in which search compares texts: the comparator is i;unicode-casemap (RFC 5255 §4.2). */
export const foldText = searchKey;

/** Columns of `brief` with the folded values of a field, as `fieldTexts` gives them, one after the other. */
export const FIELD_COLUMNS: ReadonlyMap<string, string> = new Map([
  ["from", "in_from"],
  ["to", "in_to"],
  ["cc", "in_cc"],
  ["bcc", "in_bcc"],
  ["subject", "in_subject"],
  ["message-id", "in_id"],
]);

/** Whether those columns tell all about a value: not what stands between texts, nor what is in every one. */
export function inColumns(value: string): boolean {
  return value !== "" && !/[\0\u0001]/.test(value);
}

/**
 * The text of one stored message for SEARCH, read when a key first asks. Values to look for come folded. The empty
 * value is in every text (RFC 9051 §6.4.4).
 */
export class StoredText {
  /** Octets that were looked at so far: what a page of a search is bounded by. */
  bytesRead = 0;
  #header: Header | null = null;
  #parts: MimePart | null = null;
  #raw: Uint8Array | null = null;
  /** Texts of the body so far, and where the others come from. */
  readonly #body: string[] = [];
  #rest: Generator<string> | null = null;
  #partHeaders: string[] | null = null;

  constructor(
    private readonly turn: MailboxTurn,
    private readonly contentId: number,
    private readonly size: number,
  ) {}

  /** Whether a field of this lower-case name holds the value. */
  headerHas(name: string, value: string): boolean {
    const column = FIELD_COLUMNS.get(name);
    if (column !== undefined && inColumns(value)) {
      const [row] = this.turn.db.tuples<[string | null]>(
        `SELECT ${column} FROM brief WHERE content_id = ?`,
        this.contentId,
      );
      if (typeof row?.[0] === "string") {
        this.bytesRead += row[0].length;
        return row[0].includes(value);
      }
    }
    return headerValues(this.#readHeader(), name).some((text) => holds(foldText(text), value));
  }

  /** Whether any line of the header holds the value. */
  headersHave(value: string): boolean {
    return holds(foldText(headerText(this.#readHeader())), value);
  }

  /** Whether a text part, or the header of an embedded message, holds the value. */
  bodyHas(value: string): boolean {
    if (value === "") return true;
    if (this.#body.some((text) => text.includes(value))) return true;
    this.#rest ??= bodyTexts(this.#readRaw(), this.#readParts());
    for (let piece = this.#rest.next(); !piece.done; piece = this.#rest.next()) {
      const text = foldText(piece.value);
      this.#body.push(text);
      if (text.includes(value)) return true;
    }
    return false;
  }

  /** Whether the header of any part inside holds the value: TEXT means those too (RFC 9051 §6.4.4). */
  partHeadersHave(value: string): boolean {
    if (!this.#readParts().children.length) return false;
    this.#partHeaders ??= Array.from(partHeaders(this.#readRaw(), this.#readParts()), foldText);
    return this.#partHeaders.some((text) => holds(text, value));
  }

  #readHeader(): Header {
    if (!this.#header) {
      const bytes = readHeader(this.turn, this.contentId);
      this.#header = parseHeader(bytes);
      this.bytesRead += bytes.length;
    }
    return this.#header;
  }

  #readParts(): MimePart {
    return this.#parts ??= readParts(this.turn, this.contentId);
  }

  #readRaw(): Uint8Array {
    if (!this.#raw) {
      this.bytesRead += this.size;
      this.#raw = readMessage(this.turn, this.contentId, this.size);
    }
    return this.#raw;
  }
}

/** All of a stored message. */
export function readMessage(turn: MailboxTurn, contentId: number, size: number): Uint8Array {
  return readRange(turn, contentId, readHeader(turn, contentId).length, 0, size);
}

/** Every folded text in which HEADER and the keys of single fields may find something: values of fields of a name. */
export function fieldTexts(header: Header, name: string): string[] {
  return headerValues(header, name).map(foldText).flatMap(withSqueezed);
}

/** Every folded text outside of the body in which TEXT may find something. */
export function headTexts(raw: Uint8Array, header: Header, root: MimePart): string[] {
  return [headerText(header), ...partHeaders(raw, root)].map(foldText).flatMap(withSqueezed);
}

/** Every folded text in which BODY may find something. */
export function foldedBody(raw: Uint8Array, root: MimePart): string[] {
  return Array.from(bodyTexts(raw, root), foldText);
}

/** A header's text in both of the forms that `holds` looks at. */
function withSqueezed(text: string): string[] {
  return /\t| {2}/.test(text) ? [text, text.replace(/[ \t]+/g, " ")] : [text];
}

/** Whether a header's text holds the value, as it is or with each run of blanks, which folds leave, as one space. */
function holds(text: string, value: string): boolean {
  return text.includes(value) ||
    (/\t| {2}/.test(text) && value.includes(" ") && text.replace(/[ \t]+/g, " ").includes(value));
}

/** The MIME tree of a stored message. */
export function readParts(turn: MailboxTurn, contentId: number): MimePart {
  const [[parts]] = turn.db.tuples<[string]>("SELECT parts FROM content WHERE id = ?", contentId);
  return JSON.parse(parts) as MimePart;
}

/** The header of every part below the root. */
function* partHeaders(raw: Uint8Array, root: MimePart): Generator<string> {
  const waiting = [...root.children];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    yield headerText(parseHeader(raw.subarray(0, part.bodyStart), part.headerStart));
    waiting.push(...part.children);
  }
}

/**
 * All texts of a body: each text part and report (message/delivery-status and the like) decoded, HTML both without and
 * with its markup (what a person reads may be split by tags, and what a client looks for may be a link), and headers of
 * embedded messages.
 */
function* bodyTexts(raw: Uint8Array, root: MimePart): Generator<string> {
  const waiting = [root];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (part.type === "text" || (part.type === "message" && !isMessage(part))) {
      const bytes = raw.subarray(part.bodyStart, part.bodyEnd);
      yield decodeCharset(decodeTransfer(bytes, part.encoding) ?? bytes, parameter(part.params, "charset"));
      if (part.subtype === "html") yield partText(raw, part, raw.length);
    } else if (isMessage(part)) {
      const [inner] = part.children;
      yield headerText(parseHeader(raw.subarray(0, inner.bodyStart), inner.headerStart));
    }
    waiting.push(...part.children);
  }
}
