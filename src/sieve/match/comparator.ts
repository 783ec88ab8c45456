import type { CharacterTable } from "./unicode_glob.ts";
import { fromOctets, isAscii, toOctets } from "./octets.ts";

/** How texts are compared (RFC 5228 §2.7.3, RFC 4790). */
export interface Comparator {
  /** As scripts name it, `i;octet`. */
  readonly name: string;
  /** Whether parts of a text can be compared: `:contains`, `:matches`. */
  readonly substring: boolean;
  /** Characters of Unicode are characters to it, not octets (RFC 5228 §2.7.1): which of them are the same. */
  readonly unicode?: CharacterTable;
  /** What is compared in place of the text: equal texts have equal keys. */
  key(text: string): string;
  /** The piece of the text that stands at these places, in its own characters: for match variables. */
  piece(text: string, from: number, to: number): string;
  /** Order of two keys: below, at or above zero. */
  order(a: string, b: string): number;
}

/** Compares octets of UTF-8 (RFC 4790 §9.3). */
export const OCTET: Comparator = {
  name: "i;octet",
  substring: true,
  key: toOctets,
  piece: octetPiece,
  order: orderOctets,
};

/** The same, but a letter of ASCII is equal in both cases; the default (RFC 4790 §9.2). */
export const ASCII_CASEMAP: Comparator = {
  name: "i;ascii-casemap",
  substring: true,
  key: (text) => isAscii(text) ? text.toUpperCase() : upperAscii(toOctets(text)),
  piece: octetPiece,
  order: orderOctets,
};

/** Upper case of the letters a to z and of no others. */
export function upperAscii(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Lower case of the letters A to Z and of no others. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function octetPiece(text: string, from: number, to: number): string {
  return isAscii(text) ? text.slice(from, to) : fromOctets(toOctets(text).slice(from, to));
}

/** Keys hold one octet a character, so the order of characters is that of octets. */
function orderOctets(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
