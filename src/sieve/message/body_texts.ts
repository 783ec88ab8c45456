import { decodeCharset } from "../../codec/text/charset.ts";
import { parameter } from "../../codec/message/decode_text.ts";
import { latin1Slice } from "../../codec/message/header.ts";
import { isMessage } from "../../codec/message/structure.ts";
import type { MimePart } from "../../codec/message/summary.ts";
import { decodeTransfer } from "../../codec/message/transfer_encoding.ts";
import { htmlText } from "../../codec/text/html_text.ts";

/** A part's own text, decoded to Unicode; of one that is no text its octets, one a character (RFC 5173 §5.2). */
function partContent(raw: Uint8Array, part: MimePart, limit: number): string {
  const end = Math.min(part.bodyEnd, part.bodyStart + 2 * limit);
  const body = raw.subarray(part.bodyStart, end);
  const bytes = (decodeTransfer(body, part.encoding) ?? body).subarray(0, limit);
  return part.type === "text"
    ? decodeCharset(bytes, parameter(part.params, "charset"))
    : latin1Slice(bytes, 0, bytes.length);
}

/** The readable text of a part: HTML without its markup. */
export function readableText(raw: Uint8Array, part: MimePart, limit: number): string {
  const text = partContent(raw, part, limit);
  return part.type === "text" && part.subtype === "html" ? htmlText(text).trim() : text;
}

/**
 * What `body :content` compares of a part (RFC 5173 §5.2): of a multipart the text before its first and after its last
 * part, of a message its header, of all others their content.
 */
export function contentTexts(raw: Uint8Array, part: MimePart, limit: number): string[] {
  if (part.type === "multipart") return surroundings(raw, part, limit);
  if (isMessage(part) && part.children.length > 0) {
    const { bodyStart } = part.children[0];
    return [latin1Slice(raw, part.bodyStart, Math.min(bodyStart, part.bodyStart + limit))];
  }
  return [partContent(raw, part, limit)];
}

/** Prologue and epilogue of a multipart, without the boundary lines at their ends. */
function surroundings(raw: Uint8Array, part: MimePart, limit: number): string[] {
  const slice = (from: number, to: number) => latin1Slice(raw, from, Math.min(to, from + limit));
  if (part.children.length === 0) return [slice(part.bodyStart, part.bodyEnd)];
  const first = part.children[0], last = part.children[part.children.length - 1];
  const before = slice(part.bodyStart, first.headerStart).replace(/(?:^|\r?\n)--[^\r\n]*\r?\n$/, "");
  const after = slice(last.bodyEnd, part.bodyEnd).replace(/^\r?\n?--[^\r\n]*(?:\r?\n|$)/, "");
  return [before, after];
}
