import { concat, EMPTY } from "../../base/bytes.ts";

/** Pieces from this size on are kept as they came; smaller ones are copied together. */
const KEEP_BYTES = 16 * 1024;
const BLOCK_BYTES = 64 * 1024;

/**
 * Collects a message from pieces up to a limit, counting on past it but holding nothing more. A message that came in
 * one piece is not copied; one that came byte by byte costs no more memory than its bytes.
 */
export class Collector {
  #parts: Uint8Array[] = [];
  #block: Uint8Array = EMPTY;
  #used = 0;
  #stopped = false;
  /** Octets so far, also those that were not kept. */
  sizeBytes = 0;

  constructor(readonly maxBytes: number) {}

  /** The message is over the limit. */
  get tooBig(): boolean {
    return this.sizeBytes > this.maxBytes;
  }

  append(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.sizeBytes += piece.length;
    if (this.tooBig) this.stop();
    if (this.#stopped) return;
    if (piece.length >= KEEP_BYTES || this.sizeBytes === piece.length) {
      this.#closeBlock();
      this.#parts.push(piece);
    } else this.#copy(piece);
  }

  /** Forgets what is held and holds nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#parts = [];
    this.#block = EMPTY;
    this.#used = 0;
  }

  /** The message; empty when it was too big or stopped. */
  take(): Uint8Array {
    this.#closeBlock();
    const parts = this.#parts;
    this.stop();
    return parts.length === 0 ? EMPTY : concat(parts);
  }

  #copy(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#used === this.#block.length) {
        this.#closeBlock();
        this.#block = new Uint8Array(BLOCK_BYTES);
      }
      const count = Math.min(piece.length - at, this.#block.length - this.#used);
      this.#block.set(piece.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  #closeBlock(): void {
    if (this.#used > 0) this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = EMPTY;
    this.#used = 0;
  }
}
