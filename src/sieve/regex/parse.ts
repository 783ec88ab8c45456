import { shown } from "../../codec/sieve/lexer.ts";
import { type CaseRule, type CharSet, makeSet, namedClass } from "./char_set.ts";

/** A regular expression as a tree. */
export type RegexNode =
  | { type: "set"; set: CharSet }
  | { type: "start" }
  | { type: "end" }
  | { type: "sequence"; items: RegexNode[] }
  | { type: "either"; options: RegexNode[] }
  | { type: "repeat"; item: RegexNode; least: number; most: number | null }
  /** Counted from 1 by its opening parenthesis. */
  | { type: "group"; item: RegexNode; index: number };

/** Deepest nesting of groups, and largest count in braces (RE_DUP_MAX of POSIX). */
const MOST_DEPTH = 50;
const MOST_COUNT = 255;

/**
 * Reads an extended regular expression of POSIX (draft-murchison-sieve-regex-07 §3). Throws SyntaxError with a
 * sentence. There are no back references and no shorthands such as \w.
 */
export function parseRegex(pattern: string, rule: CaseRule): { node: RegexNode; groups: number } {
  const reader = new Reader(pattern, rule);
  const node = reader.either(0);
  if (!reader.atEnd) reader.fail('")" closes nothing');
  return { node, groups: reader.groups };
}

class Reader {
  groups = 0;
  #at = 0;
  readonly #chars: string[];

  constructor(readonly pattern: string, readonly rule: CaseRule) {
    this.#chars = [...pattern];
  }

  get atEnd(): boolean {
    return this.#at >= this.#chars.length;
  }

  fail(problem: string): never {
    throw new SyntaxError(`the regular expression "${shown(this.pattern)}" cannot be read: ${problem}`);
  }

  either(depth: number): RegexNode {
    if (depth > MOST_DEPTH) this.fail("its groups are nested too deep");
    const options = [this.#sequence(depth)];
    while (this.#peek() === "|") {
      this.#at++;
      options.push(this.#sequence(depth));
    }
    return options.length === 1 ? options[0] : { type: "either", options };
  }

  #sequence(depth: number): RegexNode {
    const items: RegexNode[] = [];
    while (!this.atEnd && this.#peek() !== "|" && this.#peek() !== ")") items.push(this.#repeated(depth));
    return items.length === 1 ? items[0] : { type: "sequence", items };
  }

  #repeated(depth: number): RegexNode {
    let item = this.#atom(depth);
    for (;;) {
      const count = this.#count();
      if (count === null) return item;
      if (item.type === "start" || item.type === "end") this.fail("nothing stands before a repetition");
      item = { type: "repeat", item, ...count };
    }
  }

  #count(): { least: number; most: number | null } | null {
    const char = this.#peek();
    if (char === "*" || char === "+" || char === "?") {
      this.#at++;
      return { least: char === "+" ? 1 : 0, most: char === "?" ? 1 : null };
    }
    if (char !== "{") return null;
    const rest = this.#chars.slice(this.#at, this.#at + 12).join("");
    const match = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(rest);
    if (match === null) this.fail('"{" wants numbers behind it, as in {2} or {1,3}');
    this.#at += match[0].length;
    const least = Number(match[1]);
    const most = match[2] === undefined ? least : match[3] === undefined ? null : Number(match[3]);
    if (least > MOST_COUNT || (most ?? 0) > MOST_COUNT) this.fail(`more than ${MOST_COUNT} repetitions`);
    if (most !== null && most < least) this.fail("the second number in braces is smaller than the first");
    return { least, most };
  }

  #atom(depth: number): RegexNode {
    const char = this.#chars[this.#at++];
    switch (char) {
      case "^":
        return { type: "start" };
      case "$":
        return { type: "end" };
      case ".":
        return { type: "set", set: makeSet([[0x0a, 0x0a]], true, "exact") };
      case "[":
        return this.#bracket();
      case "(":
        return this.#group(depth);
      case "*":
      case "+":
      case "?":
      case "{":
        return this.fail("nothing stands before a repetition");
      case "\\":
        return this.#escaped();
      default:
        return this.#literal(char);
    }
  }

  #group(depth: number): RegexNode {
    const index = ++this.groups;
    const item = this.either(depth + 1);
    if (this.#peek() !== ")") this.fail('a "(" is not closed');
    this.#at++;
    return { type: "group", item, index };
  }

  #escaped(): RegexNode {
    const char = this.#peek();
    if (char === undefined) this.fail("a backslash is its last character");
    if (/[A-Za-z0-9]/.test(char)) this.fail(`"\\${char}" has no meaning`);
    this.#at++;
    return this.#literal(char);
  }

  #literal(char: string): RegexNode {
    const code = char.codePointAt(0)!;
    return { type: "set", set: makeSet([[code, code]], false, this.rule) };
  }

  /** `[…]`; a bracket right behind the opening one stands for itself. */
  #bracket(): RegexNode {
    const negated = this.#peek() === "^";
    if (negated) this.#at++;
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; first || this.#peek() !== "]"; first = false) {
      if (this.atEnd) this.fail('a "[" is not closed');
      const named = this.#named(":");
      if (named !== null) {
        ranges.push(...(namedClass(named) ?? this.fail(`there is no class "[:${shown(named)}:]"`)));
        continue;
      }
      const from = this.#bracketChar();
      if (this.#peek() !== "-" || this.#chars[this.#at + 1] === "]") {
        ranges.push([from, from]);
        continue;
      }
      this.#at++;
      const to = this.#bracketChar();
      if (to < from) this.fail("a range in brackets ends before it begins");
      ranges.push([from, to]);
    }
    this.#at++;
    return { type: "set", set: makeSet(ranges, negated, this.rule) };
  }

  #bracketChar(): number {
    const single = this.#named(".") ?? this.#named("=");
    if (single !== null) {
      if ([...single].length !== 1) this.fail(`"${shown(single)}" is not one character`);
      return single.codePointAt(0)!;
    }
    return (this.#chars[this.#at++] ?? this.fail('a "[" is not closed')).codePointAt(0)!;
  }

  /** What stands between `[:` and `:]`, or the like; null when nothing does. */
  #named(mark: string): string | null {
    if (this.#peek() !== "[" || this.#chars[this.#at + 1] !== mark) return null;
    let end = this.#at + 2;
    while (end < this.#chars.length && !(this.#chars[end] === mark && this.#chars[end + 1] === "]")) end++;
    if (end >= this.#chars.length) this.fail(`"[${mark}" is not closed with "${mark}]"`);
    const name = this.#chars.slice(this.#at + 2, end).join("");
    this.#at = end + 2;
    return name;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }
}
