import { Buffer } from "node:buffer";
import { LineSocket } from "./line_socket.ts";

/** A command's answer: the lines before the last, literals in them, and the last one. */
export interface ManageSieveReply {
  status: string;
  lines: string[];
}

/** A thin client for ManageSieve tests, as latin-1. */
export class ManageSieveClient {
  private constructor(readonly socket: LineSocket) {}

  /** Connects, begins TLS and logs in. */
  static async login(
    port: number,
    name: string,
    password = "pass-word",
    host = "127.0.0.1",
  ): Promise<ManageSieveClient> {
    const client = new ManageSieveClient(await LineSocket.connect(port, { host }));
    await client.reply();
    await client.ok("STARTTLS");
    await client.socket.startTls();
    await client.reply();
    const plain = Buffer.from(`\0${name}\0${password}`).toString("base64");
    await client.ok(`AUTHENTICATE "PLAIN" "${plain}"`);
    return client;
  }

  /** Sends a command, which must be answered with OK. */
  async ok(command: string): Promise<ManageSieveReply> {
    this.socket.write(`${command}\r\n`);
    const reply = await this.reply();
    if (!reply.status.startsWith("OK")) throw new Error(`${command}: ${reply.status}`);
    return reply;
  }

  /** Stores a script and makes it the active one. */
  async activate(name: string, script: string): Promise<void> {
    const bytes = Buffer.from(script, "utf8");
    await this.ok(`PUTSCRIPT "${name}" {${bytes.length}+}\r\n${bytes.toString("latin1")}`);
    await this.ok(`SETACTIVE "${name}"`);
  }

  async reply(): Promise<ManageSieveReply> {
    const lines: string[] = [];
    for (;;) {
      let line = await this.socket.readLine();
      for (let size = literal(line); size !== null; size = literal(line)) {
        const text = (await this.socket.readBytes(size)).toString("latin1");
        line = line.replace(/\{\d+\}$/, "") + text + await this.socket.readLine();
      }
      if (/^(?:OK|NO|BYE)\b/.test(line)) return { status: line, lines };
      lines.push(line);
    }
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}

function literal(line: string): number | null {
  const found = /\{(\d+)\}$/.exec(line);
  return found ? Number(found[1]) : null;
}
