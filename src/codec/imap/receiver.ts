import { concat, CR, EMPTY, fromLatin1, LF } from "../../base/bytes.ts";

/**
 * One command as it came: `text[0] literal[0] text[1] …`, latin-1, without the `{n}` markers and line ends. A text
 * that ends with `~` before a literal announces a literal8 (RFC 3516 §4.4).
 */
export interface CommandParts {
  text: string[];
  literals: Uint8Array[];
}

/** What `CommandReceiver.next` found. */
export type ReceiverEvent =
  /** More input is wanted. */
  | { kind: "need" }
  /** The client announces `size` octets: call `acceptLiteral` or `refuseLiteral`. `begin` is its text up to the first literal. */
  | { kind: "literal"; size: number; sync: boolean; binary: boolean; begin: string }
  | { kind: "command"; parts: CommandParts }
  /** A command line over the limit was dropped; `tag` is its first word when that is a tag. */
  | { kind: "too-long"; tag: string | null };

/** Octets of a dropped line that are kept to recognise its end: `~{`, 16 digits, `+}`, CR LF. */
const TAIL_BYTES = 64;
/** Longest tag that is remembered of a dropped line. */
const TAG_BYTES = 128;
const NEED: ReceiverEvent = { kind: "need" };

type State =
  | "line" // looking for the end of a line
  | "offered" // a literal was announced, the session has not decided
  | "literal" // collecting an accepted literal
  | "skip"; // dropping the octets of a refused non-synchronising literal

/**
 * Cuts a byte stream into IMAP commands (RFC 9051 §2.2.1 and §4.3, RFC 7888, RFC 3516). Only CRLF ends a line, so
 * that a bare CR or LF never starts a command of its own. Holds at most one line and one accepted literal beside
 * what was last pushed.
 */
export class CommandReceiver {
  readonly #lineBytes: number;
  #state: State = "line";
  /** Unconsumed input is `#buffer` from `#at`; up to `#scanned` it holds no LF that ends a line. */
  #buffer: Uint8Array = EMPTY;
  #at = 0;
  #scanned = 0;
  #text: string[] = [];
  #literals: Uint8Array[] = [];
  /** Octets of the command's lines so far, markers included: bounds the number of literals too. */
  #used = 0;
  /** The rest of the command is dropped without an event. */
  #silent = false;
  /** The line being read is over the limit; null or its tag. */
  #overlong: { tag: string | null } | null = null;
  #offer: Extract<ReceiverEvent, { kind: "literal" }> | null = null;
  #literal: Uint8Array = EMPTY;
  #filled = 0;
  #skip = 0;

  constructor(limits: { lineBytes: number }) {
    this.#lineBytes = limits.lineBytes;
  }

  /** Adds input. The array is kept until it is consumed; call `next` until it says "need" before pushing more. */
  push(bytes: Uint8Array): void {
    if (this.#at === this.#buffer.length) {
      this.#buffer = bytes;
      this.#at = this.#scanned = 0;
    } else if (bytes.length) {
      const rest = this.#buffer.subarray(this.#at);
      this.#buffer = concat([rest, bytes]);
      this.#scanned -= this.#at;
      this.#at = 0;
    }
  }

  /** Octets held: unconsumed input and the part of a literal that is here. */
  get heldBytes(): number {
    return this.#buffer.length - this.#at + this.#filled;
  }

  /** The next event. A "literal" is repeated until it is accepted or refused. */
  next(): ReceiverEvent {
    for (;;) {
      if (this.#state === "offered") return this.#offer!;
      if (this.#state === "literal" && !this.#fillLiteral()) return NEED;
      if (this.#state === "skip" && !this.#skipOctets()) return NEED;
      const end = this.#findLineEnd();
      if (end < 0) return NEED;
      const event = this.#overlong ? this.#endOverlong(end) : this.#takeLine(end);
      if (event) return event;
    }
  }

  /** Collects the octets of the literal just announced; its size is the caller's to bound. */
  acceptLiteral(): void {
    if (!this.#offer) throw new Error("no literal was announced");
    this.#literal = new Uint8Array(this.#offer.size);
    this.#filled = 0;
    this.#offer = null;
    this.#state = "literal";
  }

  /**
   * Drops the command of the literal just announced. Of a synchronising literal the client sends no octets and the
   * next line is a new command (RFC 9051 §4.3); of a non-synchronising one the octets and the rest of the command are
   * already on their way and are skipped.
   */
  refuseLiteral(): void {
    if (!this.#offer) throw new Error("no literal was announced");
    const { sync, size } = this.#offer;
    this.#offer = null;
    this.#startCommand();
    if (sync) this.#state = "line";
    else this.#skipRest(size);
  }

  /**
   * One raw line without its CRLF (IDLE's DONE, SASL answers), or null when it is not here yet. A line over the
   * limit comes as NUL, which nothing accepts. Not to be called inside a command.
   */
  nextLine(): string | null {
    const end = this.#findLineEnd();
    if (end < 0) return null;
    const tooLong = this.#overlong || end - this.#at > this.#lineBytes;
    const line = tooLong ? "\0" : fromLatin1(this.#buffer.subarray(this.#at, end));
    this.#overlong = null;
    this.#consumeLine(end);
    return line;
  }

  /** Unconsumed input, removed: for a change of the layer below (STARTTLS, COMPRESS). */
  takeRest(): Uint8Array {
    const rest = this.#buffer.subarray(this.#at);
    this.#buffer = EMPTY;
    this.#at = this.#scanned = 0;
    return rest;
  }

  /** Offset of the CR that ends the current line, or -1; then an over-long line has been cut to its tail. */
  #findLineEnd(): number {
    const buffer = this.#buffer;
    let scan = this.#scanned;
    for (;;) {
      const found = buffer.indexOf(LF, scan);
      if (found < 0) break;
      if (found > this.#at && buffer[found - 1] === CR) {
        this.#scanned = found;
        return found - 1;
      }
      scan = found + 1;
    }
    this.#scanned = buffer.length;
    if (this.#overlong || buffer.length - this.#at + this.#used > this.#lineBytes + 1) {
      this.#overlong ??= { tag: this.#tagOfLine(buffer.length) };
      const keep = Math.max(this.#at, buffer.length - TAIL_BYTES);
      this.#buffer = buffer.slice(keep);
      this.#at = 0;
      this.#scanned = this.#buffer.length;
    }
    return -1;
  }

  /** Takes the line that ends at `end`: a command, the announcement of a literal, or nothing (a skipped rest). */
  #takeLine(end: number): ReceiverEvent | null {
    const marker = literalMarker(this.#buffer, this.#at, end);
    if (this.#silent) return this.#skipLine(end, marker);
    this.#used += end - this.#at;
    if (this.#used > this.#lineBytes) {
      this.#overlong = { tag: this.#tagOfLine(end) };
      return this.#endOverlong(end);
    }
    const text = fromLatin1(this.#buffer.subarray(this.#at, marker ? marker.at : end));
    this.#consumeLine(end);
    this.#text.push(text);
    if (marker) {
      const { size, sync, binary } = marker;
      this.#state = "offered";
      return this.#offer = { kind: "literal", size, sync, binary, begin: this.#text[0] };
    }
    const parts = { text: this.#text, literals: this.#literals };
    this.#startCommand();
    return { kind: "command", parts };
  }

  /** Ends a line that was over the limit: the rest of its command, when more must come, is dropped too. */
  #endOverlong(end: number): ReceiverEvent | null {
    const marker = literalMarker(this.#buffer, this.#at, end);
    const { tag } = this.#overlong!;
    const silent = this.#silent;
    this.#overlong = null;
    if (silent) return this.#skipLine(end, marker);
    this.#consumeLine(end);
    this.#startCommand();
    if (marker && !marker.sync) this.#skipRest(marker.size);
    return { kind: "too-long", tag };
  }

  /** Drops one line of a refused command and goes on or comes back to the next command. */
  #skipLine(end: number, marker: Marker | null): null {
    this.#consumeLine(end);
    if (marker && !marker.sync) this.#skipRest(marker.size);
    else this.#silent = false;
    return null;
  }

  #skipRest(octets: number): void {
    this.#silent = true;
    this.#skip = octets;
    this.#state = "skip";
  }

  #startCommand(): void {
    this.#text = [];
    this.#literals = [];
    this.#used = 0;
  }

  #consumeLine(end: number): void {
    this.#at = this.#scanned = end + 2;
    this.#dropEmptyBuffer();
  }

  /** Lets go of consumed input, so that an idle session holds no memory. */
  #dropEmptyBuffer(): void {
    if (this.#at < this.#buffer.length) return;
    this.#buffer = EMPTY;
    this.#at = this.#scanned = 0;
  }

  #fillLiteral(): boolean {
    const missing = this.#literal.length - this.#filled;
    const take = Math.min(missing, this.#buffer.length - this.#at);
    if (take) this.#literal.set(this.#buffer.subarray(this.#at, this.#at + take), this.#filled);
    this.#filled += take;
    this.#at += take;
    this.#scanned = this.#at;
    this.#dropEmptyBuffer();
    if (take < missing) return false;
    this.#literals.push(this.#literal);
    this.#literal = EMPTY;
    this.#filled = 0;
    this.#state = "line";
    return true;
  }

  #skipOctets(): boolean {
    const take = Math.min(this.#skip, this.#buffer.length - this.#at);
    this.#skip -= take;
    this.#at += take;
    this.#scanned = this.#at;
    this.#dropEmptyBuffer();
    if (this.#skip) return false;
    this.#state = "line";
    return true;
  }

  #tagOfLine(end: number): string | null {
    if (this.#silent) return null;
    const first = this.#text.length
      ? this.#text[0]
      : fromLatin1(this.#buffer.subarray(this.#at, Math.min(end, this.#at + TAG_BYTES + 1)));
    const tag = /^[^\x00-\x20(){%*"\\+\x7f-\xff]+(?= )/.exec(first)?.[0];
    return tag && tag.length <= TAG_BYTES ? tag : null;
  }
}

interface Marker {
  /** Where the marker starts: at `{`. */
  at: number;
  size: number;
  sync: boolean;
  binary: boolean;
}

/** The literal announcement at the end of a line, `{n}`, `{n+}`, `~{n}` or `~{n+}`; sizes are capped to 2^53-1. */
function literalMarker(buffer: Uint8Array, start: number, end: number): Marker | null {
  let at = end - 1;
  if (at < start + 2 || buffer[at] !== 0x7d) return null;
  at--;
  const sync = buffer[at] !== 0x2b;
  if (!sync) at--;
  let size = 0, power = 1, digits = 0;
  for (; at >= start && digits <= 20; at--, digits++) {
    const digit = buffer[at] - 0x30;
    if (digit < 0 || digit > 9) break;
    size += digit * power;
    power *= 10;
  }
  if (!digits || at < start || buffer[at] !== 0x7b) return null;
  const binary = at > start && buffer[at - 1] === 0x7e;
  return { at, size: Math.min(size, Number.MAX_SAFE_INTEGER), sync, binary };
}
