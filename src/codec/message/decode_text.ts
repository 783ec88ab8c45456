import { decodeCharset } from "../text/charset.ts";
import { decodeWords } from "../text/encoded_word.ts";
import { htmlText } from "../text/html_text.ts";
import { fieldName, fieldValue, type Header, readHeader } from "./header.ts";
import { isMessage } from "./structure.ts";
import type { MimePart } from "./summary.ts";
import { decodeTransfer } from "./transfer_encoding.ts";

/**
 * Readable text of one text part, at most `limitBytes` of its encoded octets: transfer encoding and charset decoded,
 * HTML without its markup. A body in an unknown transfer encoding is taken as it is.
 */
export function partText(raw: Uint8Array, part: MimePart, limitBytes: number): string {
  const end = Math.min(part.bodyEnd, part.bodyStart + limitBytes);
  const body = raw.subarray(part.bodyStart, end);
  const bytes = decodeTransfer(body, part.encoding) ?? body;
  const text = decodeCharset(bytes, parameter(part.params, "charset"));
  return part.subtype === "html" ? htmlText(text) : text;
}

/** A parameter's value by its name in any case, RFC 2231 values decoded; null when there is none. */
export function parameter(params: readonly [string, string][], name: string): string | null {
  for (const [key, value] of params) {
    const lower = key.toLowerCase();
    if (lower === name) return value;
    if (lower === name + "*") return decode2231(value);
  }
  return null;
}

/** `charset'language'%41…` as text (RFC 2231 §4). */
function decode2231(value: string): string {
  const first = value.indexOf("'"), second = first < 0 ? -1 : value.indexOf("'", first + 1);
  const escaped = second < 0 ? value : value.slice(second + 1);
  const bytes = Uint8Array.from(
    escaped.replace(/%([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))),
    (char) => char.charCodeAt(0),
  );
  return decodeCharset(bytes, second < 0 ? null : value.slice(0, first));
}

/**
 * The readable text of a message's body, piece by piece: every text part, and the header of every embedded message.
 * Ends after `limitBytes` encoded octets in all. For SEARCH BODY and for the word index (RFC 9051 §6.4.4).
 */
export function* bodyTexts(raw: Uint8Array, root: MimePart, limitBytes: number): Generator<string> {
  let left = limitBytes;
  const waiting = [root];
  while (left > 0) {
    const part = waiting.pop();
    if (part === undefined) return;
    if (part.type === "text") {
      yield partText(raw, part, left);
      left -= part.bodyEnd - part.bodyStart;
    } else if (isMessage(part)) {
      const header = readHeader(
        raw.subarray(0, part.children[0].bodyStart),
        part.children[0].headerStart,
        left,
      );
      left -= header.text.length;
      yield headerText(header);
    }
    for (let i = part.children.length - 1; i >= 0; i--) waiting.push(part.children[i]);
  }
}

/** Every field of a header decoded, one a line, for SEARCH TEXT. */
export function headerText(header: Header): string {
  let out = "";
  for (const field of header.fields) {
    out += `${fieldName(header, field)}: ${decodeWords(fieldValue(header, field))}\n`;
  }
  return out;
}

/** The decoded values of all fields with this name, for SEARCH HEADER (RFC 9051 §6.4.4). */
export function headerValues(header: Header, name: string): string[] {
  const wanted = name.toLowerCase();
  return header.fields.filter((field) => fieldName(header, field).toLowerCase() === wanted)
    .map((field) => decodeWords(fieldValue(header, field)));
}

/** Runs of other characters that came up before, and how they fold: mail repeats a few hundred. */
const foldedRuns = new Map<string, string>();
const KNOWN_RUNS = 2_000;
const RUN_CHARS = 20;

/**
 * The form in which texts are compared for SEARCH: case and composition do not matter. Stands in for i;unicode-casemap
 * (RFC 5051): titlecase is approximated by upper, then lower case. Only runs outside of ASCII are worked on, as nothing
 * in ASCII changes what they become, but for a final sigma.
 */
export function foldCase(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text.toLowerCase();
  const folded = text.replace(/[^\x00-\x7f]+/g, foldRun);
  return /[\u03c2\u03c3]/.test(folded) ? foldWhole(text) : folded.toLowerCase();
}

function foldRun(run: string): string {
  if (run.length > RUN_CHARS) return foldWhole(run);
  let folded = foldedRuns.get(run);
  if (folded === undefined) {
    if (foldedRuns.size >= KNOWN_RUNS) foldedRuns.clear();
    foldedRuns.set(run, folded = foldWhole(run));
  }
  return folded;
}

function foldWhole(text: string): string {
  return text.normalize("NFKD").toUpperCase().toLowerCase();
}
