import { type ConnectOptions, LineSocket } from "./line_socket.ts";

export interface Pop3Reply {
  ok: boolean;
  /** After `+OK` or `-ERR`. */
  text: string;
  /** Lines of a multi-line reply, dots undone; empty otherwise. */
  lines: string[];
}

/** A thin POP3 client for tests. */
export class Pop3Client {
  private constructor(readonly socket: LineSocket, readonly greeting: Pop3Reply) {}

  /** Connects and reads the greeting. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<Pop3Client> {
    const socket = await LineSocket.connect(port, options);
    return new Pop3Client(socket, await readStatus(socket));
  }

  /** Sends one line and reads its one-line reply. */
  command(line: string): Promise<Pop3Reply> {
    this.socket.write(line + "\r\n");
    return readStatus(this.socket);
  }

  /** Sends one line whose reply, when it is `+OK`, has more lines. */
  async list(line: string): Promise<Pop3Reply> {
    const reply = await this.command(line);
    if (reply.ok) reply.lines = await this.readLines();
    return reply;
  }

  /** RETR: the message as latin-1 with CRLF line ends. */
  async retrieve(number: number): Promise<string> {
    const reply = await this.list(`RETR ${number}`);
    if (!reply.ok) throw new Error(`RETR: ${reply.text}`);
    return reply.lines.map((line) => line + "\r\n").join("");
  }

  /** The next one-line reply: for pipelined commands. */
  reply(): Promise<Pop3Reply> {
    return readStatus(this.socket);
  }

  /** Lines up to the one with a dot alone. */
  async readLines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.socket.readLine();
      if (line === ".") return lines;
      lines.push(line.startsWith(".") ? line.slice(1) : line);
    }
  }

  /** USER and PASS; throws when refused. */
  async login(name: string, password: string): Promise<void> {
    await this.command(`USER ${name}`);
    const reply = await this.command(`PASS ${password}`);
    if (!reply.ok) throw new Error(`PASS: ${reply.text}`);
  }

  /** STLS and the handshake. */
  async startTls(serverName?: string): Promise<Pop3Reply> {
    const reply = await this.command("STLS");
    if (reply.ok) await this.socket.startTls(serverName);
    return reply;
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}

async function readStatus(socket: LineSocket): Promise<Pop3Reply> {
  const match = /^(\+OK|-ERR)(?: (.*))?$/.exec(await socket.readLine());
  if (!match) throw new Error("not a POP3 status line");
  return { ok: match[1] === "+OK", text: match[2] ?? "", lines: [] };
}
