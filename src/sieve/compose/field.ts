import { Buffer } from "node:buffer";
import { utf8 } from "../../base/bytes.ts";

/** RFC 5322 §2.1.1: lines should have no more characters. */
const LINE = 78;
/** Octets of one encoded-word's text: with its frame it stays below the 75 characters of RFC 2047 §2. */
const WORD_OCTETS = 42;
/** Fields of addresses: names in them are encoded already, and addresses must not be (RFC 6532 §3.2). */
const ADDRESS_FIELDS = new Set(["from", "to", "cc", "reply-to", "sender"]);

/**
 * A field's value as wire text behind `name: `, without the last line end: encoded-words if and only if it is not ASCII
 * (RFC 2047), folded where it is long and there are blanks. Line ends and control characters of the value go.
 */
export function foldedField(name: string, value: string): string {
  const clean = value.replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, " ").trim();
  const isText = !ADDRESS_FIELDS.has(name.toLowerCase());
  if (isText && /[^\x00-\x7f]/.test(clean)) return encodedWords(clean).join("\r\n ");
  if (name.length + 2 + clean.length <= LINE) return clean;
  return foldLine(clean, name.length + 2);
}

/** A text as encoded-words, of which none cuts a character in two. */
export function encodedWords(text: string): string[] {
  const words: string[] = [];
  let piece = "", size = 0;
  for (const char of text.toWellFormed()) {
    const bytes = utf8(char).length;
    if (size + bytes > WORD_OCTETS) {
      words.push(encodedWord(piece));
      piece = "";
      size = 0;
    }
    piece += char;
    size += bytes;
  }
  words.push(encodedWord(piece));
  return words;
}

function encodedWord(text: string): string {
  return `=?utf-8?B?${Buffer.from(utf8(text)).toString("base64")}?=`;
}

/** Breaks before blanks, so that no line is longer than it should be, as far as words let it. */
function foldLine(text: string, start: number): string {
  let out = "", column = start;
  for (const [word] of text.matchAll(/\s*\S+/g)) {
    if (column + word.length > LINE && /^\s/.test(word)) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.length;
  }
  return out;
}
