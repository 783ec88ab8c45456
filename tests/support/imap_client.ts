import { Buffer } from "node:buffer";
import { type ConnectOptions, LineSocket } from "./line_socket.ts";

/** The tagged answer and what came before it. Texts are latin-1: "one char, one byte". */
export interface ImapResult {
  status: "OK" | "NO" | "BAD";
  /** After the status: `[READ-WRITE] selected`. */
  text: string;
  /** Untagged lines with their literals, without `* ` and the last CRLF. */
  untagged: string[];
}

/** An IDLE in progress. */
export interface ImapIdle {
  /** The next untagged line, without `* `. */
  next(timeoutMs?: number): Promise<string>;
  /** Sends DONE; lines that came before the tagged answer are in `untagged`. */
  done(): Promise<ImapResult>;
}

/** A thin IMAP client for tests: it checks the framing and leaves the meaning to the test. */
export class ImapClient {
  #tag = 0;
  private constructor(readonly socket: LineSocket, readonly greeting: string) {}

  /** Connects and reads the greeting. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<ImapClient> {
    const socket = await LineSocket.connect(port, options);
    return new ImapClient(socket, await socket.readLine());
  }

  /** A connection that is logged in by LOGIN. */
  static async login(
    port: number,
    name: string,
    password: string,
    options: ConnectOptions = {},
  ): Promise<ImapClient> {
    const client = await ImapClient.connect(port, options);
    const result = await client.command(`LOGIN ${quote(name)} ${quote(password)}`);
    if (result.status !== "OK") throw new Error(`LOGIN: ${result.status} ${result.text}`);
    return client;
  }

  /**
   * Sends a command under a fresh tag and waits for its answer. Synchronising literals inside (`{3}\r\nabc`) are sent
   * one by one as the server asks for them.
   */
  async command(text: string): Promise<ImapResult> {
    const tag = this.nextTag();
    const untagged: string[] = [];
    const pieces = `${tag} ${text}\r\n`.split(/(?<=\{\d+\}\r\n)/);
    for (let i = 0; i < pieces.length; i++) {
      this.socket.write(pieces[i]);
      if (i === pieces.length - 1) break;
      const early = await this.#until(tag, untagged, true);
      if (early) return early;
    }
    return (await this.#until(tag, untagged, false))!;
  }

  /** Sends a command that must succeed and returns its untagged lines. */
  async ok(text: string): Promise<string[]> {
    const result = await this.command(text);
    if (result.status !== "OK") throw new Error(`${text}: ${result.status} ${result.text}`);
    return result.untagged;
  }

  /** APPEND with a synchronising literal; `options` stand before it: `(\Seen) "01-Jan-2026 …"`. */
  append(folder: string, message: string | Uint8Array, options = ""): Promise<ImapResult> {
    const text = typeof message === "string" ? message : Buffer.from(message).toString("latin1");
    return this.command(`APPEND ${quote(folder)} ${options ? options + " " : ""}{${text.length}}\r\n${text}`);
  }

  /** Begins IDLE and waits for the server's `+`. */
  async idle(): Promise<ImapIdle> {
    const tag = this.nextTag();
    const before: string[] = [];
    this.send(`${tag} IDLE`);
    const early = await this.#until(tag, before, true);
    if (early) throw new Error(`IDLE: ${early.status} ${early.text}`);
    return {
      next: async (timeoutMs) => before.shift() ?? stripStar(await this.readLine(timeoutMs)),
      done: async () => {
        this.send("DONE");
        return (await this.#until(tag, before, false))!;
      },
    };
  }

  /** Writes one raw line. */
  send(line: string): void {
    this.socket.write(line + "\r\n");
  }

  /** One response with its literals, as it came, without the last CRLF. */
  async readLine(timeoutMs?: number): Promise<string> {
    let response = await this.socket.readLine(timeoutMs);
    for (let marker; (marker = /\{(\d+)\}$/.exec(response));) {
      const octets = await this.socket.readBytes(Number(marker[1]), timeoutMs);
      response += "\r\n" + octets.toString("latin1") + await this.socket.readLine(timeoutMs);
    }
    return response;
  }

  /** Reads the answer to a command that was sent by `send` under `tag`. */
  async finish(tag: string): Promise<ImapResult> {
    return (await this.#until(tag, [], false))!;
  }

  nextTag(): string {
    return `t${++this.#tag}`;
  }

  /** STARTTLS and the handshake. */
  async startTls(serverName?: string): Promise<ImapResult> {
    const result = await this.command("STARTTLS");
    if (result.status === "OK") await this.socket.startTls(serverName);
    return result;
  }

  /** LOGOUT, as far as the server still listens, and the end of the connection. */
  async close(): Promise<void> {
    if (!this.socket.ended) this.send("bye LOGOUT");
    await this.socket.close();
  }

  /** Reads up to the tagged answer, or up to a continuation when one is wanted (then null). */
  async #until(tag: string, untagged: string[], continuation: boolean): Promise<ImapResult | null> {
    for (;;) {
      const line = await this.readLine();
      if (line.startsWith("* ")) untagged.push(line.slice(2));
      else if (line.startsWith("+")) {
        if (!continuation) throw new Error(`unexpected continuation: ${line}`);
        return null;
      } else {
        const match = /^(\S+) (OK|NO|BAD)(?: ([^]*))?$/.exec(line);
        if (!match || match[1] !== tag) throw new Error(`unexpected line, waiting for ${tag}: ${line}`);
        return { status: match[2] as ImapResult["status"], text: match[3] ?? "", untagged };
      }
    }
  }
}

function stripStar(line: string): string {
  if (!line.startsWith("* ")) throw new Error(`expected an untagged line: ${line}`);
  return line.slice(2);
}

/** A quoted string of a client. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
