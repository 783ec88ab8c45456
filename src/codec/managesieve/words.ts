import { fromLatin1 } from "../../base/bytes.ts";
import type { CommandParts } from "../imap/receiver.ts";

/** One word of a command: an atom or number as it stands, or the text of a quoted string or literal. */
export interface Word {
  text: string;
  string: boolean;
}

/** Any CHAR but specials, space and controls (RFC 5804 §4, ATOM-CHAR). */
const ATOM = /[!\x23-\x27\x2a-\x5b\x5d-\x7a\x7c-\x7e]+/y;
/** Octets as they came; only `"` and `\` are escaped, and neither NUL nor a line end stands in one. */
const QUOTED = /"((?:[^"\\\r\n\0]|\\["\\])*)"/y;
const SPACES = / +/y;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The words of one command (RFC 5804 §4). The receiver is IMAP's, as lines and literals are; throws SyntaxError for
 * what is no list of words. Strings are UTF-8. A run of spaces counts as one.
 */
export function readWords({ text, literals }: CommandParts): Word[] {
  const words: Word[] = [];
  let separated = true;
  text.forEach((piece, i) => {
    for (let at = 0; at < piece.length;) {
      const spaces = match(SPACES, piece, at);
      if (spaces !== null) {
        separated = true;
        at += spaces[0].length;
        continue;
      }
      const quoted = match(QUOTED, piece, at);
      const found = quoted ?? match(ATOM, piece, at);
      if (found === null) throw new SyntaxError(`unexpected character ${shown(piece[at])}`);
      push(quoted ? decode(quoted[1].replace(/\\(["\\])/g, "$1")) : found[0], quoted !== null);
      at += found[0].length;
    }
    if (i < literals.length) push(decode(fromLatin1(literals[i])), true);
  });
  return words;

  function push(text: string, string: boolean): void {
    if (!separated) throw new SyntaxError("a space is missing between two words");
    separated = false;
    words.push({ text, string });
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Text of octets that come one char a byte. */
function decode(octets: string): string {
  if (/^[\x01-\x7f]*$/.test(octets)) return octets;
  if (octets.includes("\0")) throw new SyntaxError("NUL in a string");
  try {
    return strictUtf8.decode(Uint8Array.from(octets, (char) => char.charCodeAt(0)));
  } catch {
    throw new SyntaxError("a string is not UTF-8");
  }
}

function shown(char: string): string {
  return /[\x21-\x7e]/.test(char) ? char : `%x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
}
