import { decodeCharset } from "../../src/codec/text/charset.ts";
import {
  foldCase,
  headerText,
  headerValues,
  parameter,
  partText,
} from "../../src/codec/message/decode_text.ts";
import { type Header, readHeader as parseHeader } from "../../src/codec/message/header.ts";
import { isMessage } from "../../src/codec/message/structure.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { decodeTransfer } from "../../src/codec/message/transfer_encoding.ts";
import { readHeader, readRange } from "./content.ts";
import type { MailboxTurn } from "./state.ts";

/** The form in which search compares texts. */
export const foldText = foldCase;

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
  #body: string[] | null = null;
  #partHeaders: string[] | null = null;

  constructor(
    private readonly turn: MailboxTurn,
    private readonly contentId: number,
    private readonly headerBytes: number,
    private readonly size: number,
  ) {}

  /** Whether a field of this lower-case name holds the value. */
  headerHas(name: string, value: string): boolean {
    return headerValues(this.#readHeader(), name).some((text) => holds(foldText(text), value));
  }

  /** Whether any line of the header holds the value. */
  headersHave(value: string): boolean {
    return holds(foldText(headerText(this.#readHeader())), value);
  }

  /** Whether a text part, or the header of an embedded message, holds the value. */
  bodyHas(value: string): boolean {
    if (value === "") return true;
    this.#body ??= Array.from(bodyTexts(this.#readRaw(), this.#readParts()), foldText);
    return this.#body.some((text) => text.includes(value));
  }

  /** Whether the header of any part inside holds the value: TEXT means those too (RFC 9051 §6.4.4). */
  partHeadersHave(value: string): boolean {
    if (!this.#readParts().children.length) return false;
    this.#partHeaders ??= Array.from(partHeaders(this.#readRaw(), this.#readParts()), foldText);
    return this.#partHeaders.some((text) => holds(text, value));
  }

  #readHeader(): Header {
    if (!this.#header) {
      this.#header = parseHeader(readHeader(this.turn, this.contentId));
      this.bytesRead += this.headerBytes;
    }
    return this.#header;
  }

  #readParts(): MimePart {
    return this.#parts ??= readParts(this.turn, this.contentId);
  }

  #readRaw(): Uint8Array {
    if (!this.#raw) {
      this.bytesRead += this.size;
      this.#raw = readRange(this.turn, this.contentId, this.headerBytes, 0, this.size);
    }
    return this.#raw;
  }
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
      if (part.subtype === "html") yield partText(raw, part, raw.length);
      const bytes = raw.subarray(part.bodyStart, part.bodyEnd);
      yield decodeCharset(decodeTransfer(bytes, part.encoding) ?? bytes, parameter(part.params, "charset"));
    } else if (isMessage(part)) {
      const [inner] = part.children;
      yield headerText(parseHeader(raw.subarray(0, inner.bodyStart), inner.headerStart));
    }
    waiting.push(...part.children);
  }
}
