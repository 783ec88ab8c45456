import type { Comment } from "./ast.ts";
import type { Position } from "./diagnostic.ts";
import { readMultiline, readQuoted } from "./string_token.ts";

/** One word of a script (RFC 5228 §8.1). */
export interface Token {
  kind: "identifier" | "tag" | "number" | "string" | "mark" | "end" | "bad";
  /** The identifier, the tag without its colon, the string's value, the mark itself, or what is wrong with a bad one. */
  text: string;
  /** Of a number, with its quantifier. */
  value: number;
  multiline: boolean;
  /** Offsets in the source: of its first character, and after its last. */
  start: number;
  end: number;
  /** Comments that stand before it. */
  comments: Comment[];
}

const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /(\d+)([A-Za-z_][A-Za-z0-9_]*)?/y;
const MULTILINE = /text:/iy;
const BLANKS = /[ \t\r\n]+/y;
const MARKS = "[](){},;";
/** RFC 5228 §2.4.1: numbers up to 2^31 - 1 at least; ours go as far as sizes are whole numbers. */
const MOST = Number.MAX_SAFE_INTEGER;
const QUANTIFIERS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Gives the words of a script one after the other; never throws. What is no word comes as `bad`, once for a run of it. */
export class SieveLexer {
  #at = 0;
  #lineStarts: number[] | null = null;

  constructor(readonly source: string) {
    // A byte order mark is no part of the text.
    if (source.startsWith("\ufeff")) this.#at = 1;
  }

  /** The next token; `end` again and again at the end. */
  next(): Token {
    const comments: Comment[] = [];
    const trouble = this.#skip(comments);
    const token = trouble ?? this.#read();
    token.comments = comments;
    this.#at = token.end;
    return token;
  }

  /** Line and column of an offset. */
  positionOf(offset: number): Position {
    const starts = this.#lineStarts ??= lineStarts(this.source);
    let low = 0, high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low] + 1 };
  }

  /** Passes white space and comments (RFC 5228 §2.3); a bracket comment without end is a bad token. */
  #skip(comments: Comment[]): Token | null {
    const { source } = this;
    for (;;) {
      BLANKS.lastIndex = this.#at;
      if (BLANKS.test(source)) this.#at = BLANKS.lastIndex;
      if (source[this.#at] === "#") {
        const line = source.indexOf("\n", this.#at);
        const end = line < 0 ? source.length : line;
        comments.push({ text: source.slice(this.#at, end).trimEnd(), hash: true });
        this.#at = end;
      } else if (source.startsWith("/*", this.#at)) {
        const close = source.indexOf("*/", this.#at + 2);
        if (close < 0) {
          return make("bad", 'this comment is not closed with "*/"', this.#at, source.length);
        }
        comments.push({ text: source.slice(this.#at, close + 2), hash: false });
        this.#at = close + 2;
      } else return null;
    }
  }

  #read(): Token {
    const { source } = this, start = this.#at;
    const char = source[start];
    if (char === undefined) return make("end", "", start, start);
    if (MARKS.includes(char)) return make("mark", char, start, start + 1);
    if (char === '"') return stringToken(readQuoted(source, start), start, false);
    if (char >= "0" && char <= "9") return this.#number(start);
    MULTILINE.lastIndex = start;
    if (MULTILINE.test(source)) {
      const read = readMultiline(source, MULTILINE.lastIndex);
      if (read !== null) return stringToken(read, start, true);
    }
    const isTag = char === ":";
    IDENTIFIER.lastIndex = isTag ? start + 1 : start;
    const match = IDENTIFIER.exec(source);
    if (match) return make(isTag ? "tag" : "identifier", match[0], start, IDENTIFIER.lastIndex);
    return this.#stray(start);
  }

  #number(start: number): Token {
    NUMBER.lastIndex = start;
    const [text, digits, quantifier] = NUMBER.exec(this.source)!;
    const end = start + text.length;
    const unit = quantifier === undefined ? 1 : QUANTIFIERS[quantifier.toUpperCase()];
    if (unit === undefined) {
      return make(
        "bad",
        `"${shown(text)}" is not a number: after the digits only K, M or G may follow`,
        start,
        end,
      );
    }
    const value = Number(digits) * unit;
    if (value > MOST) return make("bad", `the number ${shown(text)} is too large`, start, end);
    return { ...make("number", text, start, end), value };
  }

  /** A run of characters with which no word begins. */
  #stray(start: number): Token {
    const { source } = this;
    let end = start + 1;
    while (end < source.length && !/[\sA-Za-z0-9_":#/[\](){},;]/.test(source[end])) end++;
    return make("bad", `"${shown(source.slice(start, end))}" has no meaning here`, start, end);
  }
}

/** A piece of a script inside a sentence: short, and without control characters. */
export function shown(text: string): string {
  const short = text.length > 40 ? text.slice(0, 40) + "…" : text;
  return short.replace(/[\x00-\x1f\x7f]/g, "\ufffd");
}

function make(kind: Token["kind"], text: string, start: number, end: number): Token {
  return { kind, text, value: 0, multiline: false, start, end, comments: [] };
}

function stringToken(
  { value, problem, end }: { value: string; problem: string | null; end: number },
  start: number,
  multiline: boolean,
): Token {
  if (problem !== null) return make("bad", problem, start, end);
  return { ...make("string", value, start, end), multiline };
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
