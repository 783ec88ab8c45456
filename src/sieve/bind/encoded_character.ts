import { shown } from "../../codec/sieve/lexer.ts";
import { escapeOctets, toOctets } from "../match/octets.ts";

const SEQUENCE = /\$\{(hex|unicode):([ \t\r\n]*[0-9A-F]+(?:[ \t\r\n]+[0-9A-F]+)*[ \t\r\n]*)\}/gi;

/**
 * Decodes `${hex:…}` and `${unicode:…}` (RFC 5228 §2.4.2.4). What is not well-formed stays as it is; a well-formed
 * number that is no character is an error.
 */
export function decodeCharacters(source: string): { text: string; problem: string | null } {
  let problem: string | null = null;
  const text = source.replace(SEQUENCE, (whole: string, kind: string, list: string) => {
    const words = list.trim().split(/[ \t\r\n]+/);
    if (kind.toLowerCase() === "hex") {
      if (words.some((word) => word.length > 2)) return whole;
      return escapeOctets(words.map((word) => String.fromCharCode(parseInt(word, 16))).join(""));
    }
    const bad = words.find((word) => !isCharacter(parseInt(word, 16)));
    if (bad === undefined) {
      return words.map((word) => String.fromCodePoint(parseInt(word, 16))).join("");
    }
    problem = `"${shown(whole)}": ${shown(bad)} is not the number of a Unicode character`;
    return whole;
  });
  // Octets of one character may stand in neighbouring sequences.
  return { text: text === source ? text : escapeOctets(toOctets(text)), problem };
}

function isCharacter(code: number): boolean {
  return code <= 0xd7ff || code >= 0xe000 && code <= 0x10ffff;
}
