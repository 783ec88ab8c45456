import { LIMITS } from "../../base/limits.ts";
import type { HeaderLexer } from "../text/header_lexer.ts";

const SEMICOLON = 0x3b, EQUALS = 0x3d, QUOTE = 0x22;

/** A piece of a parameter split or encoded by RFC 2231: `name*1*=value`. */
interface Piece {
  name: string;
  index: number;
  extended: boolean;
  value: string;
}

/**
 * The `; name=value` list at the lexer's cursor (RFC 2045 §5.1), with the pieces of RFC 2231 §3 joined. A joined value
 * that carries charset and %-escapes stays encoded under `name*`, as IMAP tells it: `parameterText` decodes it.
 */
export function readParameters(lexer: HeaderLexer): [string, string][] {
  const out: [string, string][] = [];
  let pieces: Piece[] | null = null;
  const { text } = lexer;
  for (let count = 0; lexer.at < text.length && count < LIMITS.mimeParameters;) {
    if (text.charCodeAt(lexer.at) !== SEMICOLON) {
      lexer.at++;
      continue;
    }
    lexer.at++;
    const pair = readPair(lexer);
    if (pair === null) continue;
    count++;
    const piece = pair[0].includes("*") ? asPiece(pair[0], pair[1]) : null;
    if (piece === null) out.push(pair);
    else (pieces ??= []).push(piece);
  }
  if (pieces !== null) joinPieces(pieces, out);
  return out;
}

function readPair(lexer: HeaderLexer): [string, string] | null {
  lexer.skipSpace();
  const name = lexer.token();
  if (name === "" || !lexer.accept(EQUALS)) return null;
  lexer.skipSpace();
  if (lexer.peek() === QUOTE) {
    const value = lexer.quoted();
    return value === null ? null : [name, value];
  }
  if (lexer.peek() === EQUALS) {
    // `name==?utf-8?q?…?=`: an encoded-word without quotes, which RFC 2047 §5 forbids and mail has.
    const start = lexer.at;
    while (lexer.at < lexer.text.length && !" \t\r\n;".includes(lexer.text[lexer.at])) lexer.at++;
    return [name, lexer.text.slice(start, lexer.at)];
  }
  return [name, lexer.token()];
}

/** `name*`, `name*2` or `name*2*` taken apart; null when the asterisk means nothing. */
function asPiece(key: string, value: string): Piece | null {
  const match = /^([^*]+)\*(?:(\d{1,4})(\*)?)?$/.exec(key);
  if (!match) return null;
  const extended = match[2] === undefined || match[3] !== undefined;
  return { name: match[1], index: Number(match[2] ?? 0), extended, value };
}

function joinPieces(pieces: Piece[], out: [string, string][]): void {
  const groups = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const key = piece.name.toLowerCase();
    const group = groups.get(key);
    if (group) group.push(piece);
    else groups.set(key, [piece]);
  }
  for (const [, group] of [...groups].sort(([a], [b]) => a < b ? -1 : 1)) {
    group.sort((a, b) => a.index - b.index);
    if (group.every((piece, i) => piece.index === i)) out.push(joined(group));
    else {for (const { name, index, extended, value } of group) {
        out.push([`${name}*${index}${extended ? "*" : ""}`, value]);
      }}
  }
}

function joined(group: Piece[]): [string, string] {
  const { name } = group[0];
  if (!group.some((piece) => piece.extended)) return [name, group.map((piece) => piece.value).join("")];
  const value = group.map((piece) => piece.extended ? piece.value : escape2231(piece.value)).join("");
  return [name + "*", group[0].extended ? value : "''" + value];
}

/** %-escapes what is not an attribute-char (RFC 2231 §7). */
function escape2231(value: string): string {
  return value.replace(
    /[^A-Za-z0-9!#$&+\-.^_`{|}~ ]/g,
    (char) => "%" + char.charCodeAt(0).toString(16).padStart(2, "0"),
  );
}
