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
  #body: string[] | null = null;

  constructor(
    private readonly turn: MailboxTurn,
    private readonly contentId: number,
    private readonly headerBytes: number,
    private readonly size: number,
  ) {}

  /** Whether a field of this lower-case name holds the value. */
  headerHas(name: string, value: string): boolean {
    return headerValues(this.#readHeader(), name).some((text) => foldText(text).includes(value));
  }

  /** Whether any line of the header holds the value. */
  headersHave(value: string): boolean {
    return foldText(headerText(this.#readHeader())).includes(value);
  }

  /** Whether a text part, or the header of an embedded message, holds the value. */
  bodyHas(value: string): boolean {
    if (value === "") return true;
    this.#body ??= this.#readBody();
    return this.#body.some((text) => text.includes(value));
  }

  #readHeader(): Header {
    if (!this.#header) {
      this.#header = parseHeader(readHeader(this.turn, this.contentId));
      this.bytesRead += this.headerBytes;
    }
    return this.#header;
  }

  #readBody(): string[] {
    this.bytesRead += this.size;
    const raw = readRange(this.turn, this.contentId, this.headerBytes, 0, this.size);
    const texts: string[] = [];
    for (const text of bodyTexts(raw, readParts(this.turn, this.contentId))) texts.push(foldText(text));
    return texts;
  }
}

/** The MIME tree of a stored message. */
export function readParts(turn: MailboxTurn, contentId: number): MimePart {
  const [[parts]] = turn.db.tuples<[string]>("SELECT parts FROM content WHERE id = ?", contentId);
  return JSON.parse(parts) as MimePart;
}

/**
 * All texts of a body: each text part decoded, HTML both without and with its markup (what a person reads may be split
 * by tags, and what a client looks for may be a link), and headers of embedded messages.
 */
function* bodyTexts(raw: Uint8Array, root: MimePart): Generator<string> {
  const waiting = [root];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (part.type === "text") {
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
