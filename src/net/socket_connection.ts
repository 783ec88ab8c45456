import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Buffer } from "node:buffer";
import { systemClock } from "../base/clock.ts";
import { CR, EMPTY, latin1, LF, writeLatin1 } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import {
  type Connection,
  ConnectionClosed,
  type Line,
  ReadTimeout,
  type TlsContexts,
  type TlsInfo,
} from "./connection.ts";
import { serverHandshake } from "./handshake.ts";

/** After our end of a session the client gets this long to end too. */
const LINGER_MS = 2_000;
/** From here on a write of its own costs less than a copy. */
const UNJOINED_BYTES = 64 * 1024;

interface Reader {
  resolve: (bytes: Uint8Array | null) => void;
  reject: (error: unknown) => void;
}

/** A connection over a node socket, clear or TLS. See `Connection` for what each method promises. */
export class SocketConnection implements Connection {
  readonly remote: { address: string; port: number };
  readonly local: { address: string; port: number };
  #socket: Socket | TLSSocket;
  #tls: TlsInfo | null = null;
  /** Input that nobody has taken yet. */
  #input: Uint8Array = EMPTY;
  #ended = false;
  /** Why nothing more can be done; the error is made when somebody asks. */
  #failure: string | null = null;
  #reader: Reader | null = null;
  #deadline = 0;
  #output: (string | Uint8Array)[] = [];
  #outputStrings = true;
  #isClosed = false;
  #closing: Promise<void> | null = null;
  #lingering = false;
  #closed: AbortController | null = null;
  #onClosed: (() => void) | null = null;
  clientLeaves = false;
  bytesIn = 0;
  bytesOut = 0;

  constructor(
    readonly id: string,
    socket: Socket,
    private readonly contexts: TlsContexts | null,
    private readonly deadlines: Deadlines,
  ) {
    this.remote = { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    this.local = { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 };
    this.#socket = socket;
    this.#attach(socket);
  }

  get tls(): TlsInfo | null {
    return this.#tls;
  }

  get closed(): AbortSignal {
    this.#closed ??= new AbortController();
    if (this.#isClosed && !this.#closed.signal.aborted) this.#closed.abort("closed");
    return this.#closed.signal;
  }

  tryRead(): Uint8Array | null {
    if (!this.#input.length) return null;
    const bytes = this.#input;
    this.#input = EMPTY;
    return bytes;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length) this.#input = this.#input.length ? join(bytes, this.#input) : bytes;
  }

  read(timeoutMs: number): Promise<Uint8Array | null> {
    const ready = this.tryRead();
    if (ready) return Promise.resolve(ready);
    if (this.#output.length) this.#send();
    if (this.#failure !== null) return Promise.reject(new ConnectionClosed(this.#failure));
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#deadline = this.deadlines.now() + timeoutMs;
      this.deadlines.add(this);
      this.#socket.resume();
    });
  }

  tryReadLine(maxBytes: number): Line | undefined {
    const end = findCrlf(this.#input, 0);
    if (end < 0) return undefined;
    const bytes = this.#input.subarray(0, Math.min(end, maxBytes));
    this.#input = this.#input.subarray(end + 2);
    return { bytes, tooLong: end > maxBytes };
  }

  async readLine(maxBytes: number, timeoutMs: number): Promise<Line | null> {
    let cut: Uint8Array | null = null;
    // The whole line must come in time: a byte now and then does not hold a session.
    const deadline = this.deadlines.now() + timeoutMs;
    for (;;) {
      const line = this.tryReadLine(maxBytes);
      if (line) return cut ? { bytes: cut, tooLong: true } : line;
      if (this.#input.length > maxBytes + 2) {
        // Too long already: keep the beginning for the log and a possible CR at the end, skip the rest.
        cut ??= this.#input.slice(0, maxBytes);
        this.#input = this.#input.slice(-1);
      }
      const before = this.#input;
      this.#input = EMPTY;
      const more = await this.read(Math.max(1, deadline - this.deadlines.now()));
      if (more === null) return null;
      // A socket that was paused may have given several pieces at once: later ones lie in the input already.
      this.unread(before.length ? join(before, more) : more);
    }
  }

  write(data: string | Uint8Array): void {
    if (!data.length) return;
    if (typeof data !== "string") this.#outputStrings = false;
    this.#output.push(data);
  }

  async flush(): Promise<void> {
    if (this.#output.length) this.#send();
    if (this.#failure !== null) throw new ConnectionClosed(this.#failure);
    if (!this.#socket.writableNeedDrain) return;
    await new Promise<void>((resolve, reject) => {
      const socket = this.#socket;
      const timer = setTimeout(() => {
        this.#fail("the client does not read");
        socket.destroy();
      }, LIMITS.writeStallMs);
      const done = () => {
        clearTimeout(timer);
        socket.off("drain", done);
        socket.off("close", done);
        if (this.#failure !== null) reject(new ConnectionClosed(this.#failure));
        else resolve();
      };
      socket.on("drain", done);
      socket.on("close", done);
    });
  }

  async startTls(): Promise<void> {
    const contexts = this.contexts;
    if (!contexts || this.#tls) throw new ConnectionClosed("TLS is not available here");
    // What was pipelined in clear text must not be taken for something that came under TLS.
    this.#input = EMPTY;
    await this.flush();
    if (this.#input.length) throw new ConnectionClosed("clear text after STARTTLS");
    const plain = this.#socket as Socket;
    plain.removeAllListeners("data");
    plain.removeAllListeners("end");
    // Under TLS a client that ends without its goodbye is gone: nothing more is to be said to it.
    plain.allowHalfOpen = false;
    const { secure, info } = await serverHandshake(plain, contexts);
    this.#tls = info;
    this.#socket = secure;
    this.#attach(secure);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#output.length) this.#send();
    // A session that was told to end from outside still waits for input.
    const waiting = this.#reader;
    this.#reader = null;
    waiting?.reject(new ConnectionClosed("closed here"));
    // Whatever comes now is thrown away; a client that is still sending must not lose our last words to a reset.
    this.#lingering = true;
    const before = this.bytesIn;
    this.#socket.resume();
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#isClosed) return;
    const quiet = this.bytesIn === before && this.#socket.writableLength === 0;
    if (quiet && this.clientLeaves && !this.#tls) return this.destroy(); // TLS says goodbye first (close_notify)
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve;
      this.#reader = { resolve: () => this.destroy(), reject: () => {} };
      this.#deadline = this.deadlines.now() + LINGER_MS;
      this.deadlines.add(this);
      this.#socket.end();
    });
  }

  destroy(): void {
    this.#fail("closed here");
    this.#socket.destroy();
    this.#setClosed();
  }

  #setClosed(): void {
    this.#isClosed = true;
    this.deadlines.remove(this);
    this.#closed?.abort("closed");
    this.#onClosed?.();
  }

  /** Called by `Deadlines` about once a second. */
  checkDeadline(now: number): boolean {
    if (!this.#reader) return false;
    if (now < this.#deadline) return true;
    const reader = this.#reader;
    this.#reader = null;
    if (this.#lingering) this.destroy();
    else {
      this.#socket.pause();
      reader.reject(new ReadTimeout("nothing came in time"));
    }
    return false;
  }

  #attach(socket: Socket | TLSSocket): void {
    socket.pause();
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error: Error) => this.#fail(error.message));
    socket.on("close", () => {
      this.#fail("closed");
      this.#setClosed();
    });
  }

  #onData(chunk: Uint8Array): void {
    // A plain view: Buffer's own indexOf is several times slower than the typed array's.
    this.bytesIn += chunk.length;
    if (this.#lingering) return;
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const reader = this.#reader;
    if (!reader) {
      this.#input = this.#input.length ? join(this.#input, bytes) : bytes;
      this.#socket.pause();
      return;
    }
    this.#reader = null;
    reader.resolve(bytes);
    // The session runs in microtasks after this; when it asked for no more, leave the rest in the kernel.
    queueMicrotask(() =>
      queueMicrotask(() => {
        if (!this.#reader && this.#input.length > 65536) this.#socket.pause();
      })
    );
  }

  #onEnd(): void {
    this.#ended = true;
    const reader = this.#reader;
    this.#reader = null;
    reader?.resolve(null);
  }

  #fail(reason: string): void {
    this.#failure ??= reason;
    const reader = this.#reader;
    this.#reader = null;
    if (reader && !this.#lingering) reader.reject(new ConnectionClosed(reason));
  }

  #send(): void {
    const pieces = this.#output;
    this.#output = [];
    if (this.#failure !== null || !this.#socket.writable) return;
    for (const data of this.#outputStrings ? [latin1(pieces.join(""))] : joined(pieces)) {
      this.bytesOut += data.length;
      this.#socket.write(data);
    }
    this.#outputStrings = true;
  }
}

/** Read deadlines of all connections, looked at once a second: cheaper than a timer for each read. */
export class Deadlines {
  readonly #waiting = new Set<SocketConnection>();
  #timer: ReturnType<typeof setInterval> | null = null;

  now(): number {
    return systemClock.monotonicMs();
  }

  add(connection: SocketConnection): void {
    this.#waiting.add(connection);
    if (this.#timer !== null) return;
    this.#timer = setInterval(() => this.#look(), 1_000);
    Deno.unrefTimer(this.#timer);
  }

  /** Forgets one that is gone: what is held here for a second lives long enough to become costly garbage. */
  remove(connection: SocketConnection): void {
    this.#waiting.delete(connection);
  }

  #look(): void {
    const now = this.now();
    for (const connection of this.#waiting) {
      if (!connection.checkDeadline(now)) this.#waiting.delete(connection);
    }
  }
}

/** IPv4 addresses that a dual-stack listener shows as `::ffff:a.b.c.d`, in their own form. */
function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
}

function findCrlf(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at > 0 && bytes[at - 1] === CR) return at - 1;
  }
  return -1;
}

/** Wire text and octets in as few pieces as is worth the copying: long runs of octets stay what they are. */
function joined(pieces: readonly (string | Uint8Array)[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  let short: (string | Uint8Array)[] = [];
  for (const piece of pieces) {
    if (typeof piece === "string" || piece.length < UNJOINED_BYTES) {
      short.push(piece);
      continue;
    }
    if (short.length) out.push(mixed(short));
    out.push(piece);
    short = [];
  }
  if (short.length) out.push(mixed(short));
  return out;
}

/** Wire text and octets in one piece. */
function mixed(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  let size = 0;
  for (const piece of pieces) size += piece.length;
  const out = Buffer.allocUnsafe(size);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") writeLatin1(piece, out, at);
    else out.set(piece, at);
    at += piece.length;
  }
  return out;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
