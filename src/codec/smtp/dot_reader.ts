import { concat, EMPTY, fromLatin1 } from "../../base/bytes.ts";

/** A CR without LF or an LF without CR. Between messages of different servers such line ends smuggle commands. */
const BARE = /\r(?!\n)|(?<!\r)\n/;

/** Whether bytes hold a CR or LF that is not part of a CRLF (RFC 5321 §2.3.8). */
export function hasBareLineEnd(bytes: Uint8Array): boolean {
  return BARE.test(fromLatin1(bytes));
}

/** Where the octets of the message go, in order. */
export interface DotSink {
  append(bytes: Uint8Array): void;
}

/**
 * Takes the text after DATA to pieces (RFC 5321 §4.5.2): only CRLF "." CRLF ends it, one dot in front of a line is
 * removed. A bare CR or LF neither ends anything nor passes: the message is read to its real end and `bareLineEnd`
 * tells to refuse it. Searches run over native strings, a chunk at a time, so no JavaScript runs per byte.
 */
export class DotReader {
  /** The end of the input that cannot be judged yet: `\r`, or at the start of a line `.` or `.\r`. */
  #carry: Uint8Array = EMPTY;
  #lineStart = true;
  #lineBytes = 0;
  bareLineEnd = false;
  lineTooLong = false;
  done = false;

  /** `maxLineBytes`: octets of one line without its CRLF. */
  constructor(private readonly sink: DotSink, private readonly maxLineBytes: number) {}

  /** Takes the next bytes; answers those after the end of the message, or null while it has not come. */
  push(chunk: Uint8Array): Uint8Array | null {
    const bytes = this.#carry.length === 0 ? chunk : concat([this.#carry, chunk]);
    const text = fromLatin1(bytes);
    const terminated = this.#lineStart && text.startsWith(".\r\n") ? -2 : text.indexOf("\r\n.\r\n");
    if (terminated !== -1) {
      this.#carry = EMPTY;
      this.#content(bytes, text, terminated + 2);
      this.done = true;
      return bytes.subarray(terminated + 5);
    }
    const held = this.#undecided(text);
    this.#carry = held === 0 ? EMPTY : bytes.slice(bytes.length - held);
    this.#content(bytes, text, bytes.length - held);
    return null;
  }

  /** How many octets at the end may still turn out to be a line end, a stuffed dot or the end of the message. */
  #undecided(text: string): number {
    const end = text.length;
    const cr = text.charCodeAt(end - 1) === 13 ? 1 : 0;
    const dot = end - cr - 1;
    if (text.charCodeAt(dot) === 46) {
      const atLineStart = dot === 0 ? this.#lineStart : text.startsWith("\r\n", dot - 2) && dot >= 2;
      if (atLineStart) return cr + 1;
    }
    return cr;
  }

  /** Checks and keeps the first `end` octets. */
  #content(bytes: Uint8Array, text: string, end: number): void {
    if (end <= 0) return;
    const region = end === text.length ? text : text.slice(0, end);
    if (!this.bareLineEnd && BARE.test(region)) this.bareLineEnd = true;
    this.#measureLines(region);
    this.#keep(bytes, region);
    this.#lineStart = region.endsWith("\r\n");
  }

  #measureLines(region: string): void {
    const last = region.lastIndexOf("\n");
    if (this.#lineBytes + region.length > this.maxLineBytes && !this.lineTooLong) {
      const room = this.maxLineBytes + 2;
      let start = -this.#lineBytes;
      while (start + room < region.length) {
        const limit = start + room - 1;
        const next = limit < 0 ? 0 : region.lastIndexOf("\n", limit) + 1;
        if (next <= Math.max(start, 0)) {
          this.lineTooLong = true;
          break;
        }
        start = next;
      }
    }
    this.#lineBytes = last < 0 ? this.#lineBytes + region.length : region.length - last - 1;
  }

  /** Stores a region without the dots that stuffing put at the start of lines. */
  #keep(bytes: Uint8Array, region: string): void {
    const end = region.length;
    let stuffed = this.#lineStart && region.charCodeAt(0) === 46 ? 0 : nextStuffed(region, 0);
    if (stuffed < 0) return this.sink.append(bytes.subarray(0, end));
    const out = new Uint8Array(end);
    let size = 0, from = 0;
    while (stuffed >= 0) {
      out.set(bytes.subarray(from, stuffed), size);
      size += stuffed - from;
      from = stuffed + 1;
      stuffed = nextStuffed(region, from);
    }
    out.set(bytes.subarray(from, end), size);
    this.sink.append(out.subarray(0, size + end - from));
  }
}

function nextStuffed(region: string, from: number): number {
  const found = region.indexOf("\r\n.", from);
  return found < 0 ? -1 : found + 2;
}
