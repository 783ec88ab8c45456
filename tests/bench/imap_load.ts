import { Buffer } from "node:buffer";

/** What a command was answered with. */
export interface Answer {
  /** Milliseconds from the command to its tagged line. */
  ms: number;
  /** All octets before the tagged line. */
  data: Buffer;
  /** `OK`, `NO` or `BAD` and what follows. */
  status: string;
}

const MARK = "Qz";

/**
 * A client for load: it reads in large pieces and looks for nothing but the tagged line at the end, so that twenty
 * thousand lines cost it next to nothing. Its tags do not occur in mail.
 */
export class LoadClient {
  #conn: Deno.TcpConn;
  #tags = 0;
  readonly #prefix = MARK + crypto.randomUUID().slice(0, 6);
  readonly #buffer = new Uint8Array(1 << 18);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(hostname: string, port: number): Promise<LoadClient> {
    const conn = await Deno.connect({ hostname, port });
    conn.setNoDelay(true);
    const client = new LoadClient(conn);
    await client.#read("* ");
    return client;
  }

  static async login(hostname: string, port: number, user: string, password: string): Promise<LoadClient> {
    const client = await LoadClient.connect(hostname, port);
    await client.ok(`LOGIN "${user}" "${password}"`);
    return client;
  }

  /** Sends a command and waits for its tagged line, whatever that says. */
  async command(text: string): Promise<Answer> {
    const tag = this.#tag();
    const begun = performance.now();
    await this.#send(Buffer.from(`${tag} ${text}\r\n`, "latin1"));
    const { data, line } = await this.#read(`${tag} `);
    return { ms: performance.now() - begun, data, status: line.slice(tag.length + 1) };
  }

  /** A command that must succeed. */
  async ok(text: string): Promise<Answer> {
    return succeeded(text, await this.command(text));
  }

  /** APPENDs in flight together, with literals that need no leave (RFC 7888). */
  async append(folder: string, messages: readonly Uint8Array[], options = ""): Promise<void> {
    const pieces: Uint8Array[] = [];
    let tag = "";
    for (const message of messages) {
      tag = this.#tag();
      const head = `${tag} APPEND ${folder} ${options ? options + " " : ""}{${message.length}+}\r\n`;
      pieces.push(Buffer.from(head), message, Buffer.from("\r\n"));
    }
    const sent = this.#send(Buffer.concat(pieces));
    const { data, line } = await this.#read(`${tag} `);
    await sent;
    succeeded("APPEND", { ms: 0, data, status: line.slice(tag.length + 1) });
  }

  async close(): Promise<void> {
    await this.command("LOGOUT").catch((error) => {
      // Some servers close together with their goodbye.
      if (!(error instanceof Error)) throw error;
    });
    this.#conn.close();
  }

  #tag(): string {
    return `${this.#prefix}${++this.#tags}`;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** Reads until the last whole line begins with a text. */
  async #read(begin: string): Promise<{ data: Buffer; line: string }> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const n = await this.#conn.read(this.#buffer);
      if (n === null) throw new Error(`closed while waiting for ${begin}`);
      pieces.push(this.#buffer.slice(0, n));
      if (this.#buffer[n - 1] !== 10) continue;
      const tail = tailOf(pieces);
      const start = tail.lastIndexOf(10, tail.length - 2) + 1;
      if (tail.toString("latin1", start, start + begin.length) !== begin) continue;
      const all = Buffer.concat(pieces);
      const length = tail.length - start;
      return {
        data: all.subarray(0, all.length - length),
        line: all.toString("latin1", all.length - length, all.length - 2),
      };
    }
  }
}

/** The end of what came, long enough for a tagged line. */
function tailOf(pieces: readonly Uint8Array[]): Buffer {
  let from = pieces.length, bytes = 0;
  while (from > 0 && bytes < 4096) bytes += pieces[--from].length;
  return Buffer.concat(pieces.slice(from));
}

function succeeded(text: string, answer: Answer): Answer {
  if (!answer.status.startsWith("OK")) throw new Error(`${text.slice(0, 80)}: ${answer.status}`);
  return answer;
}
