import { Buffer } from "node:buffer";
import { type ConnectOptions, LineSocket } from "./line_socket.ts";

export interface SmtpReply {
  code: number;
  /** Texts of the lines, without code and hyphen. */
  lines: string[];
}

/** A thin client for SMTP, submission and LMTP tests. */
export class SmtpClient {
  private constructor(readonly socket: LineSocket, readonly greeting: SmtpReply) {}

  /** Connects and reads the greeting. */
  static async connect(port: number, options: ConnectOptions = {}): Promise<SmtpClient> {
    const socket = await LineSocket.connect(port, options);
    return new SmtpClient(socket, await readReply(socket));
  }

  /** Sends one line and reads its reply. */
  command(line: string): Promise<SmtpReply> {
    this.socket.write(line + "\r\n");
    return readReply(this.socket);
  }

  /** The next reply: for pipelined commands and LMTP. */
  reply(): Promise<SmtpReply> {
    return readReply(this.socket);
  }

  /** Sends a line whose reply must have the code; returns the reply. */
  async expect(code: number, line: string): Promise<SmtpReply> {
    const reply = await this.command(line);
    if (reply.code !== code) throw new Error(`${line}: ${reply.code} ${reply.lines.join(" / ")}`);
    return reply;
  }

  /** The octets after 354: dots doubled, ended by `.`; one reply. */
  body(message: string | Uint8Array): Promise<SmtpReply> {
    const text = typeof message === "string" ? message : Buffer.from(message).toString("latin1");
    const stuffed = text.replace(/(^|\r\n)\./g, "$1..");
    this.socket.write(stuffed + (stuffed.endsWith("\r\n") || !stuffed ? ".\r\n" : "\r\n.\r\n"));
    return readReply(this.socket);
  }

  /** One whole transaction: MAIL, each RCPT, DATA. Returns the reply after the body; a refusal throws. */
  async mail(from: string, to: readonly string[], message: string | Uint8Array): Promise<SmtpReply> {
    await this.expect(250, `MAIL FROM:<${from}>`);
    for (const address of to) await this.expect(250, `RCPT TO:<${address}>`);
    await this.expect(354, "DATA");
    return await this.body(message);
  }

  /** AUTH PLAIN with an initial response. */
  authPlain(name: string, password: string): Promise<SmtpReply> {
    const answer = Buffer.from(`\0${name}\0${password}`, "utf8").toString("base64");
    return this.command(`AUTH PLAIN ${answer}`);
  }

  /** STARTTLS and the handshake; EHLO is to be said again. */
  async startTls(serverName?: string): Promise<SmtpReply> {
    const reply = await this.command("STARTTLS");
    if (reply.code === 220) await this.socket.startTls(serverName);
    return reply;
  }

  close(): Promise<void> {
    return this.socket.close();
  }
}

async function readReply(socket: LineSocket): Promise<SmtpReply> {
  const lines: string[] = [];
  for (;;) {
    const match = /^(\d{3})([ -]?)(.*)$/.exec(await socket.readLine());
    if (!match) throw new Error("not an SMTP reply");
    lines.push(match[3]);
    if (match[2] !== "-") return { code: Number(match[1]), lines };
  }
}
