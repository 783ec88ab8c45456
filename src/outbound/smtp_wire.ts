import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { fromLatin1, utf8 } from "../base/bytes.ts";
import { LIMITS } from "../base/limits.ts";
import { joinReply, parseReplyLine, type SmtpReply, type SmtpReplyLine } from "../codec/smtp/reply.ts";
import type { TlsInfo } from "../net/connection.ts";
import { AttemptFailure, ConnectionLost, TlsFailure } from "./failure.ts";

/** One address of one server. */
export interface Target {
  /** The name that stands for it in logs, reports and TLS. */
  host: string;
  address: string;
  port: number;
}

/** How TLS is set up. */
export interface TlsPolicy {
  /** `none` never, `may` when offered, `must` or not at all, `verify`: with a certificate of that host too. */
  level: "none" | "may" | "must" | "verify";
  /** PEM certificates to trust beside the system's, for `verify`. */
  ca?: readonly string[];
}

/** The client side of an SMTP connection: replies in, bytes out, with deadlines. */
export interface Wire {
  readonly target: Target;
  readonly tls: TlsInfo | null;
  /** Nothing more can be sent. */
  readonly closed: boolean;
  /** The next reply. Throws `ConnectionLost`. `doing` is told in it. */
  readReply(timeoutMs: number, doing: string): Promise<SmtpReply>;
  /** Sends; resolves when the peer has room for more. Text leaves as UTF-8. Throws `ConnectionLost`. */
  write(data: string | Uint8Array, timeoutMs?: number): Promise<void>;
  /** The client's handshake. Throws `TlsFailure`; the connection cannot be used then. */
  startTls(policy: TlsPolicy, timeoutMs: number): Promise<void>;
  /** Sends QUIT and lets go; the answer does not matter. */
  quit(): void;
  destroy(): void;
}

/** Opens a connection. Throws `AttemptFailure` (4.4.1) when nobody answers. */
export function openWire(target: Target, timeoutMs: number, clock: Clock): Promise<Wire> {
  const where = `${target.host}[${target.address}]:${target.port}`;
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: target.address, port: target.port });
    socket.setNoDelay(true);
    const fail = (why: string) => {
      timer.cancel();
      socket.destroy();
      reject(new AttemptFailure("temporary", "4.4.1", `451 4.4.1 connect to ${where}: ${why}`));
    };
    const timer = clock.after(timeoutMs, () => fail("timed out"));
    const onError = (error: Error) => fail(error.message);
    socket.on("error", onError);
    socket.once("connect", () => {
      timer.cancel();
      socket.off("error", onError);
      resolve(new SocketWire(target, socket, clock));
    });
  });
}

interface Waiter {
  resolve: () => void;
  reject: (error: AttemptFailure) => void;
}

class SocketWire implements Wire {
  tls: TlsInfo | null = null;
  closed = false;
  #socket: Socket | TLSSocket;
  #input = "";
  #lines: SmtpReplyLine[] = [];
  #replies: SmtpReply[] = [];
  /** What the reader or the writer waits for; both are told when the connection ends. */
  readonly #waiting = new Set<Waiter>();
  #reader: Waiter | null = null;
  /** Why the connection ended. */
  #problem: string | null = null;

  constructor(readonly target: Target, socket: Socket, private readonly clock: Clock) {
    this.#socket = socket;
    this.#attach(socket);
  }

  async readReply(timeoutMs: number, doing: string): Promise<SmtpReply> {
    while (!this.#replies.length) {
      if (this.closed) throw this.#lost(doing);
      await this.#wait(timeoutMs, doing, (waiter) => this.#reader = waiter);
    }
    return this.#replies.shift()!;
  }

  async write(data: string | Uint8Array, timeoutMs = 180_000): Promise<void> {
    const doing = "while sending";
    if (this.closed) throw this.#lost(doing);
    const socket = this.#socket;
    if (socket.write(typeof data === "string" ? utf8(data) : data)) return;
    await this.#wait(timeoutMs, doing, (waiter) => socket.once("drain", waiter.resolve));
  }

  async startTls(policy: TlsPolicy, timeoutMs: number): Promise<void> {
    const { host } = this.target;
    // RFC 3207 §6: what came before the handshake may be somebody else's.
    if (this.closed || this.#input || this.#lines.length || this.#replies.length) {
      this.destroy();
      throw new TlsFailure("temporary", "4.7.5", "454 4.7.5 data came before the TLS handshake", host);
    }
    const plain = this.#socket;
    this.#detach(plain);
    const verify = policy.level === "verify";
    const named = !/^[\d.]+$|:/.test(host);
    try {
      const secure = await handshake(plain, {
        servername: named ? host : "",
        rejectUnauthorized: verify,
        minVersion: "TLSv1.2",
        ...(policy.ca ? { ca: [...policy.ca] } : {}),
      }, (run) => this.clock.after(timeoutMs, run));
      const cipher = secure.getCipher();
      this.tls = {
        version: secure.getProtocol() ?? "",
        cipher: cipher?.name ?? "",
        serverName: named ? host : null,
      };
      this.#socket = secure;
      this.#attach(secure);
    } catch (error) {
      this.destroy();
      const why = error instanceof Error ? error.message : String(error);
      throw new TlsFailure("temporary", "4.7.5", `454 4.7.5 TLS handshake with ${host}: ${why}`, host);
    }
  }

  quit(): void {
    if (this.closed) return;
    this.#socket.end("QUIT\r\n");
    this.clock.after(2000, () => this.destroy());
  }

  destroy(): void {
    this.#close("closed here");
    this.#socket.destroy();
  }

  #attach(socket: Socket | TLSSocket): void {
    socket.on("data", this.#receive);
    socket.on("error", this.#onError);
    socket.on("end", this.#onEnd);
    socket.on("close", this.#onEnd);
  }

  #detach(socket: Socket | TLSSocket): void {
    socket.on("error", ignore);
    socket.off("data", this.#receive);
    socket.off("error", this.#onError);
    socket.off("end", this.#onEnd);
    socket.off("close", this.#onEnd);
  }

  readonly #onError = (error: Error) => this.#close(error.message);
  readonly #onEnd = () => this.#close("closed by the server");
  readonly #receive = (chunk: Uint8Array) => {
    this.#input += fromLatin1(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    try {
      for (let end = this.#input.indexOf("\n"); end >= 0; end = this.#input.indexOf("\n")) {
        const line = parseReplyLine(this.#input.slice(0, end).replace(/\r$/, ""));
        this.#input = this.#input.slice(end + 1);
        this.#lines.push(line);
        if (this.#lines.length > LIMITS.smtpReplyLines) throw new SyntaxError("the reply is too long");
        if (line.more) continue;
        this.#replies.push(joinReply(this.#lines));
        this.#lines = [];
      }
      if (this.#input.length > LIMITS.smtpReplyLineBytes) {
        throw new SyntaxError("the reply's line is too long");
      }
      if (this.#replies.length > LIMITS.smtpRecipients) {
        throw new SyntaxError("nobody asked for so many replies");
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (this.#replies.length) this.#reader?.resolve();
      this.#close(error.message);
      this.#socket.destroy();
    }
    if (this.#replies.length) this.#reader?.resolve();
  };

  /** Waits until the waiter is resolved; rejects when time or the connection ends. */
  #wait(timeoutMs: number, doing: string, arm: (waiter: Waiter) => void): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = this.clock.after(timeoutMs, () => {
        this.#close("timed out");
        this.#socket.destroy();
      });
      const done = () => {
        timer.cancel();
        this.#waiting.delete(waiter);
        if (this.#reader === waiter) this.#reader = null;
      };
      const waiter: Waiter = {
        resolve: () => (done(), resolve()),
        reject: (error) => (done(), reject(error)),
      };
      this.#waiting.add(waiter);
      arm(waiter);
    }).catch((error) => {
      throw error instanceof ConnectionLost ? this.#lost(doing) : error;
    });
  }

  #close(problem: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#problem = problem;
    for (const waiter of [...this.#waiting]) waiter.reject(this.#lost(""));
  }

  #lost(doing: string): ConnectionLost {
    const { host, address } = this.target;
    return new ConnectionLost(`connection with ${host}[${address}] lost ${doing}: ${this.#problem}`, host);
  }
}

/** Errors of a socket that nobody uses any more. */
function ignore(): void {}

function handshake(
  socket: Socket,
  options: object,
  deadline: (run: () => void) => { cancel(): void },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secure = connectTls({ ...options, socket });
    const fail = (error: Error) => {
      timer.cancel();
      secure.on("error", ignore);
      secure.destroy();
      reject(error);
    };
    const onClose = () => fail(new Error("closed by the server"));
    const timer = deadline(() => fail(new Error("timed out")));
    secure.on("error", fail);
    secure.on("close", onClose);
    secure.once("secureConnect", () => {
      timer.cancel();
      secure.off("error", fail);
      secure.off("close", onClose);
      resolve(secure);
    });
  });
}
