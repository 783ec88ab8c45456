import { fromLatin1, latin1 } from "../../base/bytes.ts";
import { decodeMailboxName } from "../text/utf7.ts";
import { parseDateText, parseDateTimeText } from "./date.ts";
import type { CommandParts } from "./receiver.ts";
import { parseSequenceSet, type SequenceSet } from "./sequence_set.ts";

const TAG = /[^\x00-\x20(){%*"\\+\x7f-\xff]+/y;
const ATOM = /[^\x00-\x20(){%*"\\\]\x7f-\xff]+/y;
const ASTRING_CHARS = /[^\x00-\x20(){%*"\\\x7f-\xff]+/y;
const LIST_CHARS = /[^\x00-\x20(){"\\\x7f-\xff]+/y;
const WORD = /[A-Za-z0-9.-]+/y;
const SEQUENCE = /[0-9:*,$]+/y;
const DIGITS = /[0-9]+/y;
const QUOTED = /"[^"\\\r\n\0]*(?:\\["\\][^"\\\r\n\0]*)*"/y;
const DATE = /[0-9]{1,2}-[A-Za-z]{3}-[0-9]{4}/y;

const SYSTEM_FLAGS = new Map(
  ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft"].map((flag) => [flag.toLowerCase(), flag]),
);
/** 2^63-1, the largest mod-sequence and size (RFC 9051 §9, number64). */
const NUMBER64_MAX = 9223372036854775807n;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text of UTF-8 octets; throws SyntaxError for what is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new SyntaxError("text is not UTF-8");
  }
}

/** A folder's name decoded: as it is kept, and as the client spelled it. */
export interface GivenName {
  name: string;
  given: string;
}

/**
 * Reads one command's arguments from left to right by the rules of RFC 9051 §9. Every method throws SyntaxError, with
 * the offset in the message, when something else stands there; nothing is read twice.
 */
export class Arguments {
  readonly #parts: CommandParts;
  readonly #utf8: boolean;
  #part = 0;
  #text: string;
  #at = 0;

  /** `utf8`: the client has enabled UTF8=ACCEPT or IMAP4rev2: folder names and quoted strings are UTF-8. */
  constructor(parts: CommandParts, options: { utf8: boolean }) {
    this.#parts = parts;
    this.#utf8 = options.utf8;
    this.#text = parts.text[0] ?? "";
  }

  /** The command's tag (RFC 9051 §2.2.1). */
  tag(): string {
    return this.#take(TAG, "a tag");
  }

  /**
   * The command's name in upper case; `UID` is joined with the word after it. Throws for a command that holds a bare
   * CR, LF or NUL anywhere.
   */
  command(): string {
    if (this.#parts.text.some((text) => /[\0\r\n]/.test(text))) {
      throw new SyntaxError("bare CR, LF or NUL in a command");
    }
    const name = this.#take(ATOM, "a command").toUpperCase();
    if (name !== "UID") return name;
    this.space();
    return `UID ${this.#take(ATOM, "a command").toUpperCase()}`;
  }

  /** Exactly one space. */
  space(): void {
    if (!this.accept(" ")) this.#fail("expected a space");
  }

  /** The end of the command. */
  end(): void {
    if (!this.atEnd()) this.#fail("unexpected text after the arguments");
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length && this.#part === this.#parts.literals.length;
  }

  /** The next character without reading it; `{` in front of a literal, "" at the end. */
  peek(): string {
    if (this.#at < this.#text.length) return this.#text[this.#at];
    return this.#part < this.#parts.literals.length ? "{" : "";
  }

  /** Reads `char` when it stands next. */
  accept(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  /** Reads `char`, which must stand next. */
  expect(char: string): void {
    if (!this.accept(char)) this.#fail(`expected ${char}`);
  }

  /** Reads the word (any case) when it stands next, followed by no further atom character. */
  acceptWord(word: string): boolean {
    const end = this.#at + word.length;
    if (this.#text.slice(this.#at, end).toUpperCase() !== word) return false;
    ATOM.lastIndex = end;
    if (ATOM.test(this.#text)) return false;
    this.#at = end;
    return true;
  }

  /** Letters, digits, dots and hyphens in upper case: names that `[` or `(` may follow at once. */
  word(): string {
    return this.#take(WORD, "a name").toUpperCase();
  }

  atom(): string {
    return this.#take(ATOM, "an atom");
  }

  /** Atom or string as latin-1 octets. */
  astring(): string {
    const next = this.peek();
    return next === '"' || next === "{" ? this.string() : this.#take(ASTRING_CHARS, "a string");
  }

  /** The same as octets. */
  astringBytes(): Uint8Array {
    return this.peek() === "{" ? this.#literal() : latin1(this.astring());
  }

  /** Quoted string or literal as latin-1 octets. */
  string(): string {
    return this.peek() === "{" ? fromLatin1(this.#literal()) : this.#quoted();
  }

  /** String, or null for NIL. */
  nstring(): string | null {
    return this.acceptWord("NIL") ? null : this.string();
  }

  /** Astring as text: UTF-8 octets decoded. */
  text(): string {
    const wire = this.astring();
    return /[\x80-\xff]/.test(wire) ? decodeUtf8(latin1(wire)) : wire;
  }

  /** 0 to 2^32-1. */
  number(): number {
    const value = Number(this.#take(DIGITS, "a number"));
    if (value > 0xffffffff) this.#fail("number too large");
    return value;
  }

  /** 1 to 2^32-1. */
  nzNumber(): number {
    const value = this.number();
    if (!value) this.#fail("number may not be 0");
    return value;
  }

  /** 0 to 2^63-1 (mod-sequences, sizes); what a number cannot hold exactly is cut to 2^53-1, above anything we give. */
  number64(): number {
    const digits = this.#take(DIGITS, "a number");
    if (digits.length > 15 && (digits.length > 19 || BigInt(digits) > NUMBER64_MAX)) {
      this.#fail("number too large");
    }
    return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
  }

  /** A folder's name decoded, in NFC; INBOX, alone or as the first level, in upper case (RFC 9051 §5.1). */
  mailbox(): string {
    return this.givenMailbox().name;
  }

  /** The same, and how the client spelled it. */
  givenMailbox(): GivenName {
    return this.#folderName(this.astring());
  }

  /** A LIST pattern, decoded like a folder's name, with the wildcards `*` and `%`. */
  listMailbox(): string {
    const next = this.peek();
    return this.#folderName(
      next === '"' || next === "{" ? this.string() : this.#take(LIST_CHARS, "a pattern"),
    ).name;
  }

  #folderName(wire: string): GivenName {
    const eightBit = /[\x80-\xff]/.test(wire);
    const given = this.#utf8 ? eightBit ? decodeUtf8(latin1(wire)) : wire : decodeMailboxName(wire);
    const name = given === wire ? given : given.normalize("NFC");
    return { name: /^inbox(?:\/|$)/i.test(name) ? "INBOX" + name.slice(5) : name, given };
  }

  /** `2,4:7,9:*`, `$`. */
  sequenceSet(): SequenceSet {
    return parseSequenceSet(this.#take(SEQUENCE, "a sequence set"));
  }

  /** A system flag in its usual case or a keyword. `\Recent` cannot be set, other `\` flags do not exist here. */
  flag(): string {
    if (!this.accept("\\")) return this.atom();
    const name = this.atom();
    const flag = SYSTEM_FLAGS.get(`\\${name.toLowerCase()}`);
    if (flag === undefined) return this.#fail("unknown system flag");
    return flag;
  }

  /** `(\Seen $Label1)`; may be empty. */
  flagList(): string[] {
    return this.list(() => this.flag());
  }

  /** Flags of STORE: a list, or one or more without parentheses. */
  flags(): string[] {
    if (this.peek() === "(") return this.flagList();
    const flags = [this.flag()];
    while (this.accept(" ")) flags.push(this.flag());
    return flags;
  }

  /** Days since 1970-01-01 of a date with or without quotes. */
  date(): number {
    return parseDateText(this.peek() === '"' ? this.#quoted() : this.#take(DATE, "a date"));
  }

  /** Milliseconds since 1970 of a quoted date-time. */
  dateTime(): number {
    return parseDateTimeText(this.#quoted());
  }

  /** `(item item …)`; may be empty. */
  list<T>(item: () => T): T[] {
    const items: T[] = [];
    this.expect("(");
    if (this.accept(")")) return items;
    do items.push(item()); while (this.accept(" "));
    this.expect(")");
    return items;
  }

  /** A string that may also be a literal8: message data, METADATA values (RFC 3516 §4.4, RFC 5464 §5). */
  literalOrString(): { bytes: Uint8Array; literal: boolean; binary: boolean } {
    const last = this.#text.length - 1;
    const binary = this.#at === last && this.#text[last] === "~" && this.#part < this.#parts.literals.length;
    if (binary) this.#at++;
    if (this.peek() === "{") return { bytes: this.#literal(), literal: true, binary };
    return { bytes: latin1(this.#quoted()), literal: false, binary: false };
  }

  #literal(): Uint8Array {
    if (this.#at < this.#text.length || this.#part >= this.#parts.literals.length) {
      this.#fail("expected a literal");
    }
    const literal = this.#parts.literals[this.#part++];
    this.#text = this.#parts.text[this.#part] ?? "";
    this.#at = 0;
    return literal;
  }

  #quoted(): string {
    const raw = this.#take(QUOTED, "a string").slice(1, -1);
    if (this.#utf8 && /[\x80-\xff]/.test(raw)) decodeUtf8(latin1(raw));
    return raw.includes("\\") ? raw.replace(/\\(.)/g, "$1") : raw;
  }

  #take(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) this.#fail(`expected ${what}`);
    const start = this.#at;
    this.#at = pattern.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #fail(message: string): never {
    let offset = this.#at;
    for (let i = 0; i < this.#part; i++) {
      offset += this.#parts.text[i].length + this.#parts.literals[i].length;
    }
    throw new SyntaxError(`${message} at ${offset}`);
  }
}

/** Parts of a command that came as one string without literals; for tests and tools. */
export function commandParts(text: string): CommandParts {
  return { text: [text], literals: [] };
}
