import { Buffer } from "node:buffer";
import { constants, createDeflateRaw, createInflateRaw } from "node:zlib";
import { systemClock } from "../base/clock.ts";
import { concat, CR, EMPTY, latin1, LF } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { type Connection, ConnectionClosed, type Line, type TlsInfo } from "./connection.ts";

/** A window of 8 KiB and small tables: some 60 KiB a session, and commands and answers repeat within less. */
const DEFLATE = { windowBits: 13, memLevel: 6, level: 3 };

/**
 * A connection whose octets are compressed both ways with raw DEFLATE (RFC 1951), below it whatever was there: TLS
 * encrypts what was compressed (RFC 4978 §3). Output is compressed when it is sent, each time up to a whole octet, so
 * that the peer can read all of it. Input is inflated a piece at a time and only while somebody asks for it; a peer that
 * sends little which becomes much is cut off (`LIMITS.inflateRatio`).
 */
export class CompressedConnection implements Connection {
  readonly #inner: Connection;
  readonly #deflate = createDeflateRaw(DEFLATE);
  readonly #inflate = createInflateRaw({ chunkSize: LIMITS.inflateChunkBytes });
  #output: (string | Uint8Array)[] = [];
  #sending: Promise<void> = Promise.resolve();
  /** Inflated input that was given back. */
  #input: Uint8Array = EMPTY;
  /** Octets of input that the inflater is still working on. */
  #inflating = false;
  #received = 0;
  #inflated = 0;
  #failure: string | null = null;
  /** The peer ended its compressed stream: nothing after it counts. */
  #ended = false;
  readonly #waits = new Set<() => void>();

  constructor(inner: Connection) {
    this.#inner = inner;
    this.#deflate.on("readable", () => this.#takeDeflated());
    this.#deflate.on("error", (error: Error) => this.#fail(error.message));
    this.#inflate.on("error", (error: Error) => this.#fail(`bad compressed data: ${error.message}`));
    this.#inflate.on("readable", () => this.#wake());
    this.#inflate.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  get id(): string {
    return this.#inner.id;
  }

  get remote(): Connection["remote"] {
    return this.#inner.remote;
  }

  get local(): Connection["local"] {
    return this.#inner.local;
  }

  get tls(): TlsInfo | null {
    return this.#inner.tls;
  }

  get closed(): AbortSignal {
    return this.#inner.closed;
  }

  get clientLeaves(): boolean {
    return this.#inner.clientLeaves;
  }

  set clientLeaves(leaves: boolean) {
    this.#inner.clientLeaves = leaves;
  }

  tryRead(): Uint8Array | null {
    if (this.#input.length) {
      const bytes = this.#input;
      this.#input = EMPTY;
      return bytes;
    }
    if (this.#failure !== null) return null;
    const bytes = this.#inflate.read() as Buffer | null;
    if (!bytes) return null;
    this.#inflated += bytes.length;
    if (this.#inflated > LIMITS.inflateAheadBytes + this.#received * LIMITS.inflateRatio) {
      this.#fail("too little compressed data for too much");
      return null;
    }
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  async read(timeoutMs: number): Promise<Uint8Array | null> {
    // Octets that inflate to nothing do not hold a session.
    const deadline = systemClock.monotonicMs() + timeoutMs;
    for (;;) {
      const ready = this.tryRead();
      if (ready) return ready;
      if (this.#failure !== null) throw new ConnectionClosed(this.#failure);
      if (this.#ended) return null;
      if (this.#inflating) {
        await this.#wait();
        continue;
      }
      if (this.#output.length) await this.#send();
      const bytes = await this.#inner.read(Math.max(1, deadline - systemClock.monotonicMs()));
      if (!bytes) return null;
      this.#received += bytes.length;
      this.#inflating = true;
      this.#inflate.write(bytes, () => {
        this.#inflating = false;
        this.#wake();
      });
    }
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length) this.#input = this.#input.length ? concat([bytes, this.#input]) : bytes;
  }

  tryReadLine(maxBytes: number): Line | undefined {
    const input = this.#input;
    for (let at = input.indexOf(LF); at >= 0; at = input.indexOf(LF, at + 1)) {
      if (at < 1 || input[at - 1] !== CR) continue;
      this.#input = input.subarray(at + 1);
      return { bytes: input.subarray(0, Math.min(at - 1, maxBytes)), tooLong: at - 1 > maxBytes };
    }
    return undefined;
  }

  async readLine(maxBytes: number, timeoutMs: number): Promise<Line | null> {
    const deadline = systemClock.monotonicMs() + timeoutMs;
    let cut: Uint8Array | null = null;
    for (;;) {
      const line = this.tryReadLine(maxBytes);
      if (line) return cut ? { bytes: cut, tooLong: true } : line;
      if (this.#input.length > maxBytes + 2) {
        cut ??= this.#input.slice(0, maxBytes);
        this.#input = this.#input.slice(-1);
      }
      const held = this.#input;
      this.#input = EMPTY;
      const more = await this.read(Math.max(1, deadline - systemClock.monotonicMs()));
      if (more === null) return null;
      this.#input = concat([held, more]);
    }
  }

  write(data: string | Uint8Array): void {
    if (data.length) this.#output.push(data);
  }

  async flush(): Promise<void> {
    await this.#send();
    await this.#inner.flush();
  }

  startTls(): Promise<void> {
    return Promise.reject(new ConnectionClosed("TLS has to come before compression"));
  }

  async close(): Promise<void> {
    try {
      await this.#send();
      await this.#inner.close();
    } finally {
      this.#fail("closed here");
    }
  }

  destroy(): void {
    this.#fail("closed here");
    this.#inner.destroy();
  }

  /** Compresses what is queued, one batch after the other. */
  #send(): Promise<void> {
    const pieces = this.#output;
    this.#output = [];
    const send = async () => {
      if (this.#failure !== null) throw new ConnectionClosed(this.#failure);
      let flushed = false;
      for (const piece of pieces) this.#deflate.write(typeof piece === "string" ? latin1(piece) : piece);
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
        flushed = true;
        this.#wake();
      });
      while (!flushed && this.#failure === null) await this.#wait();
      this.#takeDeflated();
    };
    if (!pieces.length) return this.#sending;
    const sending = this.#sending.then(send);
    this.#sending = sending.catch(() => {}); // told to whoever sent it
    return sending;
  }

  #takeDeflated(): void {
    if (this.#failure !== null) return;
    for (let bytes; (bytes = this.#deflate.read() as Buffer | null);) {
      try {
        this.#inner.write(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
      } catch (error) {
        return this.#fail(error instanceof Error ? error.message : "closed");
      }
    }
  }

  /** Until something happens on either side. */
  #wait(): Promise<void> {
    return new Promise((resolve) => void this.#waits.add(resolve));
  }

  #wake(): void {
    const waits = [...this.#waits];
    this.#waits.clear();
    for (const resolve of waits) resolve();
  }

  /** Gives the compressor's memory back; whoever waits hears of it. */
  #fail(reason: string): void {
    if (this.#failure !== null) return;
    this.#failure = reason;
    this.#deflate.destroy();
    this.#inflate.destroy();
    this.#wake();
  }
}
