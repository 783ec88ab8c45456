import { Buffer } from "node:buffer";
import net from "node:net";
import tls from "node:tls";

const CRLF = Buffer.from("\r\n");

export interface ConnectOptions {
  /** TLS from the first octet; any certificate is taken. */
  tls?: boolean;
  host?: string;
  /** SNI name. */
  serverName?: string;
  /** The client's certificate, PEM. */
  certificate?: { cert: string; key: string };
  /** The client's own address: connections are counted by it. */
  localAddress?: string;
}

/** Thrown when the server closes while an answer is awaited. */
export class ServerClosed extends Error {}

/**
 * A test's side of a connection: latin-1 lines and octets read with a deadline, so that a server that says nothing
 * fails the test instead of hanging it.
 */
export class LineSocket {
  #socket: net.Socket;
  #input: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | null = null;
  /** How long an answer may take, in milliseconds. */
  timeoutMs = 10_000;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#listen();
  }

  static async connect(port: number, options: ConnectOptions = {}): Promise<LineSocket> {
    const { host = "127.0.0.1", localAddress } = options;
    const socket = options.tls
      ? tls.connect({
        host,
        port,
        localAddress,
        rejectUnauthorized: false,
        servername: options.serverName ?? "localhost",
        ...options.certificate,
      } as tls.ConnectionOptions)
      : net.connect({ host, port, localAddress });
    await opened(socket, options.tls ? "secureConnect" : "connect");
    socket.setNoDelay(true);
    return new LineSocket(socket);
  }

  /** Whether the server has closed its side. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Names in the server's certificate: `DNS:localhost, IP Address:127.0.0.1`. */
  get certificateNames(): string {
    const certificate = this.#socket instanceof tls.TLSSocket ? this.#socket.getPeerCertificate() : null;
    return certificate?.subjectaltname ?? "";
  }

  write(data: string | Uint8Array): void {
    this.#socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** The next line without CRLF. Throws ServerClosed at the end. */
  async readLine(timeoutMs = this.timeoutMs): Promise<string> {
    for (;;) {
      const end = this.#input.indexOf(CRLF);
      if (end >= 0) return this.#take(end + 2).toString("latin1", 0, end);
      await this.#more("a line", timeoutMs);
    }
  }

  async readBytes(count: number, timeoutMs = this.timeoutMs): Promise<Buffer> {
    while (this.#input.length < count) await this.#more(`${count} octets`, timeoutMs);
    return this.#take(count);
  }

  /** Waits until the server closes; returns what it still said. */
  async readToEnd(timeoutMs = this.timeoutMs): Promise<string> {
    while (!this.#ended) {
      await this.#more("the end", timeoutMs).catch((error) => {
        if (!(error instanceof ServerClosed)) throw error;
      });
    }
    return this.#take(this.#input.length).toString("latin1");
  }

  /** Whether nothing lies here and nothing comes, not even the end, within the time. */
  async isSilent(ms: number): Promise<boolean> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return !this.#input.length && !this.#ended;
  }

  /** The client's side of TLS on the open connection. */
  async startTls(serverName = "localhost", certificate?: ConnectOptions["certificate"]): Promise<void> {
    this.#socket.removeAllListeners();
    const secure = tls.connect({
      socket: this.#socket,
      rejectUnauthorized: false,
      servername: serverName,
      ...certificate,
    });
    await opened(secure, "secureConnect");
    this.#socket = secure;
    this.#input = Buffer.alloc(0);
    this.#listen();
  }

  /** Closes and waits until the socket is gone. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const gone = new Promise((resolve) => this.#socket.once("close", resolve));
    this.#socket.destroy();
    await gone;
  }

  #listen(): void {
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    this.#socket.on("data", (chunk: Buffer) => {
      this.#input = this.#input.length ? Buffer.concat([this.#input, chunk]) : chunk;
      this.#wake?.();
    });
    this.#socket.on("end", end);
    this.#socket.on("close", end);
    this.#socket.on("error", end);
  }

  #take(count: number): Buffer {
    const taken = this.#input.subarray(0, count);
    this.#input = this.#input.subarray(count);
    return taken;
  }

  async #more(what: string, timeoutMs: number): Promise<void> {
    const here = this.#input.length;
    if (this.#ended) {
      throw new ServerClosed(
        `closed before ${what}; unread: ${JSON.stringify(this.#input.toString("latin1"))}`,
      );
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), timeoutMs));
    const woken = new Promise<"woken">((resolve) => this.#wake = () => resolve("woken"));
    const result = await Promise.race([woken, late]);
    clearTimeout(timer);
    this.#wake = null;
    if (result === "late" && this.#input.length === here) {
      throw new Error(`no answer in ${timeoutMs} ms: expected ${what}`);
    }
  }
}

function opened(socket: net.Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error?: Error) => reject(error ?? new ServerClosed("closed while connecting"));
    socket.once("error", fail);
    socket.once("close", fail);
    socket.once(event, () => {
      socket.removeListener("error", fail);
      socket.removeListener("close", fail);
      resolve();
    });
  });
}
