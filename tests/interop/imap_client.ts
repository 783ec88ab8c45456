import { Buffer } from "node:buffer";

/** A parsed IMAP value: string, NIL, or list. Atoms and numbers are strings; latin-1, one char a byte. */
export type ImapValue = string | null | ImapValue[];

/** A bare IMAP client for comparing servers: one command at a time, answers as latin-1 text. */
export class ImapClient {
  #buffer = "";
  #tag = 0;
  #connection: Deno.TcpConn | null = null;

  private constructor(readonly server: { hostname: string; port: number; user: string; password: string }) {}

  static async connect(server: ImapClient["server"]): Promise<ImapClient> {
    const client = new ImapClient(server);
    await client.open();
    return client;
  }

  /** Connects and logs in, again when the server hung up. */
  async open(): Promise<void> {
    this.#connection?.close();
    const { hostname, port, user, password } = this.server;
    this.#connection = await Deno.connect({ hostname, port });
    this.#connection.setNoDelay(true);
    this.#buffer = "";
    await this.#line();
    await this.command(`LOGIN ${user} ${password}`);
  }

  close(): void {
    this.#connection!.close();
  }

  /** Sends a command (a literal inside as `{n+}`) and returns the untagged answers; throws unless it ends with OK. */
  async command(text: string | Uint8Array[]): Promise<string[]> {
    const tag = `t${++this.#tag}`;
    const pieces = typeof text === "string" ? [latin1Bytes(text)] : text;
    await this.#send([latin1Bytes(tag + " "), ...pieces, latin1Bytes("\r\n")]);
    const answers: string[] = [];
    for (;;) {
      const answer = await this.#answer();
      if (!answer.startsWith(tag + " ")) {
        answers.push(answer);
        continue;
      }
      if (!answer.startsWith(tag + " OK")) throw new Error(answer.trim());
      return answers;
    }
  }

  /** APPEND of a message, one char an octet; `options` are its flags and date. */
  async append(folder: string, text: string, options: string): Promise<void> {
    const head = latin1Bytes(`APPEND ${folder} ${options} {${text.length}}\r\n`);
    const tag = `t${++this.#tag}`;
    await this.#send([latin1Bytes(tag + " "), head]);
    const ready = await this.#answer();
    if (!ready.startsWith("+")) throw new Error(ready.trim());
    await this.#send([latin1Bytes(text), latin1Bytes("\r\n")]);
    for (let answer = ""; !answer.startsWith(tag + " OK");) {
      answer = await this.#answer();
      if (!/^\* |^t\d+ OK/.test(answer)) throw new Error(answer.trim());
    }
  }

  async #send(pieces: Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += await this.#connection!.write(piece.subarray(at));
    }
  }

  async #fill(): Promise<void> {
    const chunk = new Uint8Array(65536);
    const count = await this.#connection!.read(chunk);
    if (count === null) throw new Error("the server hung up");
    this.#buffer += Buffer.from(chunk.buffer, 0, count).toString("latin1");
  }

  async #take(length: number): Promise<string> {
    while (this.#buffer.length < length) await this.#fill();
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return text;
  }

  async #line(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n");
      if (end >= 0) return await this.#take(end + 2);
      await this.#fill();
    }
  }

  /** One answer with its literals. */
  async #answer(): Promise<string> {
    let out = await this.#line();
    for (let match = /\{(\d+)\}\r\n$/.exec(out); match; match = /\{(\d+)\}\r\n$/.exec(out)) {
      out += await this.#take(Number(match[1])) + await this.#line();
    }
    return out;
  }
}

/** The items of `* 1 FETCH (NAME value …)` by name. */
export function parseFetch(answer: string): Map<string, ImapValue> {
  const at = answer.indexOf("(");
  const [list] = parseValue(answer, at);
  const items = new Map<string, ImapValue>();
  const values = list as ImapValue[];
  for (let i = 0; i < values.length; i += 2) items.set(String(values[i]), values[i + 1]);
  return items;
}

/** The value at `at` and the offset after it. */
export function parseValue(text: string, at: number): [ImapValue, number] {
  if (text[at] === "(") {
    const list: ImapValue[] = [];
    for (at++; text[at] !== ")";) {
      if (at >= text.length) throw new SyntaxError("unclosed list");
      if (text[at] === " ") {
        at++;
        continue;
      }
      const [value, next] = parseValue(text, at);
      list.push(value);
      at = next;
    }
    return [list, at + 1];
  }
  if (text[at] === '"') {
    let out = "";
    for (at++; text[at] !== '"'; at++) {
      if (at >= text.length) throw new SyntaxError("unclosed string");
      if (text[at] === "\\") at++;
      out += text[at];
    }
    return [out, at + 1];
  }
  const literal = /~?\{(\d+)\}\r\n/y;
  literal.lastIndex = at;
  const match = literal.exec(text);
  if (match) {
    const start = literal.lastIndex, end = start + Number(match[1]);
    return [text.slice(start, end), end];
  }
  const atom = /[^ ()"\r\n[]*(?:\[[^\]]*\](?:<\d+>)?)?/y;
  atom.lastIndex = at;
  const word = atom.exec(text)![0];
  if (word === "") throw new SyntaxError(`unexpected ${JSON.stringify(text.slice(at, at + 10))}`);
  return [word === "NIL" ? null : word, atom.lastIndex];
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
