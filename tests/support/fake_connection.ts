import { concat, CR, EMPTY, fromLatin1, latin1, LF } from "../../src/base/bytes.ts";
import type { Clock } from "../../src/base/clock.ts";
import {
  type Connection,
  ConnectionClosed,
  type Line,
  ReadTimeout,
  type TlsInfo,
} from "../../src/net/connection.ts";

/** A connection without a socket: the test is the client. Time is the clock's. */
export class FakeConnection implements Connection {
  clientLeaves = false;
  readonly id: string;
  readonly remote = { address: "192.0.2.1", port: 40000 };
  readonly local = { address: "192.0.2.2", port: 143 };
  tls: TlsInfo | null = null;
  /** Octets written so far. */
  bytesOut = 0;
  /** Set to make `flush` wait as for a client that does not read. */
  stalled: Promise<void> | null = null;
  #clock: Clock;
  #input: Uint8Array = EMPTY;
  #ended = false;
  #output = "";
  #closed = new AbortController();
  #wakeReader: (() => void) | null = null;
  #wakeClient: (() => void) | null = null;

  constructor(clock: Clock, id = "session1") {
    this.#clock = clock;
    this.id = id;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  tryRead(): Uint8Array | null {
    if (!this.#input.length) return null;
    const bytes = this.#input;
    this.#input = EMPTY;
    return bytes;
  }

  async read(timeoutMs: number): Promise<Uint8Array | null> {
    for (;;) {
      const bytes = this.tryRead();
      if (bytes) return bytes;
      if (this.#closed.signal.aborted) throw new ConnectionClosed("closed");
      if (this.#ended) return null;
      const woken = await new Promise<boolean>((resolve) => {
        const timer = this.#clock.after(timeoutMs, () => resolve(false));
        this.#wakeReader = () => {
          timer.cancel();
          resolve(true);
        };
      });
      this.#wakeReader = null;
      if (!woken) throw new ReadTimeout("timeout");
    }
  }

  unread(bytes: Uint8Array): void {
    this.#input = concat([bytes, this.#input]);
  }

  tryReadLine(maxBytes: number): Line | undefined {
    for (let at = this.#input.indexOf(LF); at >= 0; at = this.#input.indexOf(LF, at + 1)) {
      if (at < 1 || this.#input[at - 1] !== CR) continue;
      const bytes = this.#input.subarray(0, Math.min(at - 1, maxBytes));
      this.#input = this.#input.subarray(at + 1);
      return { bytes, tooLong: at - 1 > maxBytes };
    }
    return undefined;
  }

  async readLine(maxBytes: number, timeoutMs: number): Promise<Line | null> {
    const deadline = this.#clock.monotonicMs() + timeoutMs;
    for (;;) {
      const line = this.tryReadLine(maxBytes);
      if (line) return line;
      const held = this.#input;
      this.#input = EMPTY;
      const more = await this.read(Math.max(0, deadline - this.#clock.monotonicMs()));
      if (more === null) return null;
      this.#input = concat([held, more]);
    }
  }

  write(data: string | Uint8Array): void {
    if (this.#closed.signal.aborted) throw new ConnectionClosed("closed");
    const text = typeof data === "string" ? data : fromLatin1(data);
    if (/[^\x00-\xff]/.test(text)) throw new Error("output is not latin-1 wire text");
    this.bytesOut += text.length;
    this.#output += text;
    this.#wakeClient?.();
  }

  async flush(): Promise<void> {
    if (this.stalled) await this.stalled;
    if (this.#closed.signal.aborted) throw new ConnectionClosed("closed");
  }

  startTls(): Promise<void> {
    this.#input = EMPTY;
    this.tls = { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", serverName: null };
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }

  destroy(): void {
    this.#closed.abort();
    this.#wakeReader?.();
    this.#wakeClient?.();
  }

  /** The client sends octets (latin-1 text). */
  send(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? latin1(data) : data;
    this.#input = this.#input.length ? concat([this.#input, bytes]) : bytes;
    this.#wakeReader?.();
  }

  /** The client closes its side. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** What the server has written and the client has not taken. */
  takeOutput(): string {
    const text = this.#output;
    this.#output = "";
    return text;
  }

  /** The next line from the server without its CRLF; null once it has closed. Fails after `timeoutMs` of real time. */
  async line(timeoutMs = 2000): Promise<string | null> {
    for (;;) {
      const end = this.#output.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#output.slice(0, end);
        this.#output = this.#output.slice(end + 2);
        return line;
      }
      if (this.#closed.signal.aborted) return null;
      await this.#moreOutput(timeoutMs);
    }
  }

  #moreOutput(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no line; output so far: ${this.#output}`)), timeoutMs);
      this.#wakeClient = () => {
        clearTimeout(timer);
        this.#wakeClient = null;
        resolve();
      };
    });
  }
}
