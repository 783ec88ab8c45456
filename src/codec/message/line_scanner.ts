import { LF } from "../../base/bytes.ts";

/** Bit tricks below read four octets at once: the lowest octet must come first. */
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Counts line ends of a message and finds the lines that begin with `--`, four octets at a time. */
export class LineScanner {
  /** Line ends passed so far. */
  lines = 0;
  readonly #words: Int32Array;
  /** Offset of the first whole word. */
  readonly #aligned: number;

  constructor(readonly raw: Uint8Array) {
    this.#aligned = Math.min(raw.length, (4 - (raw.byteOffset & 3)) & 3);
    const words = LITTLE_ENDIAN ? (raw.length - this.#aligned) >> 2 : 0;
    this.#words = new Int32Array(raw.buffer, words ? raw.byteOffset + this.#aligned : 0, words);
  }

  /** Counts the line ends from `from` to the end of the message. */
  countRest(from: number): void {
    this.#scan(from, false);
  }

  /** The offset after the next line end that is followed by `--`; -1 when there is none. Counts what it passes. */
  nextDashes(from: number): number {
    return this.#scan(from, true);
  }

  #scan(from: number, dashes: boolean): number {
    const raw = this.raw, words = this.#words, aligned = this.#aligned, end = raw.length;
    let at = from, lines = this.lines;
    for (; at < end && (at < aligned || (at - aligned & 3) !== 0); at++) {
      if (raw[at] !== LF) continue;
      lines++;
      if (dashes && raw[at + 1] === 0x2d && raw[at + 2] === 0x2d) {
        this.lines = lines;
        return at + 1;
      }
    }
    for (let i = (at - aligned) >> 2; i < words.length; i++) {
      const x = words[i] ^ 0x0a0a0a0a;
      // Cheap test for a zero octet; it may cry wolf above a real one, so the exact bits are worked out next.
      if (((x - 0x01010101) & ~x & 0x80808080) === 0) continue;
      for (let bits = ~(((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x | 0x7f7f7f7f); bits !== 0; bits &= bits - 1) {
        lines++;
        if (!dashes) continue;
        const lf = aligned + i * 4 + ((31 - Math.clz32(bits & -bits)) >> 3);
        if (raw[lf + 1] === 0x2d && raw[lf + 2] === 0x2d) {
          this.lines = lines;
          return lf + 1;
        }
      }
    }
    for (at = Math.max(at, aligned + words.length * 4); at < end; at++) {
      if (raw[at] !== LF) continue;
      lines++;
      if (dashes && raw[at + 1] === 0x2d && raw[at + 2] === 0x2d) {
        this.lines = lines;
        return at + 1;
      }
    }
    this.lines = lines;
    return -1;
  }
}
