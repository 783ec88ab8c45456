import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { fromLatin1 } from "../../src/base/bytes.ts";
import type { CertificatePair } from "../../src/net/tls.ts";

/** A message that a sink took. */
export interface SunkMessage {
  from: string;
  recipients: string[];
  /** Everything after MAIL FROM and RCPT TO, as written. */
  mail: string;
  rcpts: string[];
  /** Without the final dot and without stuffing. */
  data: string;
  helo: string;
  tls: boolean;
  login: string | null;
}

/** What a sink answers to a command; undefined for the usual, null to cut the connection. */
export type SinkScript = (
  command: string,
  session: { tls: boolean; count: number },
) => string | null | undefined | Promise<string | null | undefined>;

export interface SinkOptions {
  address?: string;
  port?: number;
  /** EHLO keywords; STARTTLS is added when there is a certificate. */
  extensions?: string[];
  certificate?: CertificatePair;
  /** TLS from the first byte. */
  implicitTls?: boolean;
  /** `GREETING`, the commands as they come, and `END` for the end of a message. */
  script?: SinkScript;
  /** Spoils the TLS handshake. */
  badTls?: boolean;
}

/** A scriptable SMTP server for tests. */
export interface Sink {
  readonly address: string;
  readonly port: number;
  messages: SunkMessage[];
  /** Every command of every session. */
  commands: string[];
  connections: number;
  script: SinkScript | null;
  close(): Promise<void>;
}

const DEFAULT_EXTENSIONS = [
  "PIPELINING",
  "SIZE 10485760",
  "8BITMIME",
  "SMTPUTF8",
  "DSN",
  "ENHANCEDSTATUSCODES",
];

/** Starts one on a free port. */
export async function startSink(options: SinkOptions = {}): Promise<Sink> {
  const address = options.address ?? "127.0.0.1";
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    sink.connections++;
    socket.on("close", () => sockets.delete(socket));
    serve(socket, sink, options);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, address, () => resolve());
  });
  const sink: Sink = {
    address,
    port: (server.address() as { port: number }).port,
    messages: [],
    commands: [],
    connections: 0,
    script: options.script ?? null,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return sink;
}

function secure(socket: Socket, { certificate }: SinkOptions): TLSSocket {
  return new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(certificate!) });
}

function serve(plain: Socket, sink: Sink, options: SinkOptions): void {
  let socket: Socket | TLSSocket = options.implicitTls ? secure(plain, options) : plain;
  let tls = options.implicitTls === true;
  let input = "";
  let mode: "command" | "data" | "login" | "chunk" = "command";
  let chunk = { left: 0, last: false };
  let count = 0;
  let login: string | null = null;
  let helo = "";
  let mail: { from: string; mail: string; recipients: string[]; rcpts: string[]; data: string } | null = null;
  let busy = Promise.resolve();

  const say = (text: string) => void socket.write(text.replace(/\r?\n/g, "\r\n") + "\r\n");
  const answer = async (command: string, usual: () => string): Promise<string> => {
    const scripted = await sink.script?.(command, { tls, count });
    if (scripted === null) {
      plain.destroy();
      return "";
    }
    const reply = scripted ?? usual();
    say(reply);
    return reply;
  };
  const listen = () => {
    socket.on("error", () => {});
    socket.on("data", (bytes: Uint8Array) => {
      input += fromLatin1(new Uint8Array(bytes));
      busy = busy.then(drain);
    });
  };

  async function drain(): Promise<void> {
    while (!plain.destroyed) {
      if (mode === "chunk") {
        const piece = input.slice(0, chunk.left);
        input = input.slice(piece.length);
        chunk.left -= piece.length;
        mail!.data += piece;
        if (chunk.left > 0) return;
        mode = "command";
        if (chunk.last) await accept();
        else say("250 2.0.0 chunk");
        continue;
      }
      if (mode === "data") {
        const end = input.startsWith(".\r\n") ? 0 : input.indexOf("\r\n.\r\n");
        if (end < 0) return;
        mail!.data = input.slice(0, end === 0 ? 0 : end + 2).replace(/^\.\./gm, ".");
        input = input.slice(end === 0 ? 3 : end + 5);
        mode = "command";
        await accept();
        continue;
      }
      const end = input.indexOf("\r\n");
      if (end < 0) return;
      const line = input.slice(0, end);
      input = input.slice(end + 2);
      if (mode === "login") {
        login += `:${atob(line)}`;
        if (login!.split(":").length === 3) {
          mode = "command";
          say("235 2.7.0 welcome");
        } else say("334 UGFzc3dvcmQ6");
      } else await command(line);
    }
  }

  async function accept(): Promise<void> {
    const reply = await answer("END", () => "250 2.0.0 queued");
    count++;
    if (reply.startsWith("2") && mail!.recipients.length) sink.messages.push({ ...mail!, helo, tls, login });
    mail = null;
  }

  async function command(line: string): Promise<void> {
    sink.commands.push(line);
    const verb = line.split(" ")[0].toUpperCase();
    switch (verb) {
      case "EHLO":
      case "HELO": {
        helo = line.slice(5);
        const offered = [...options.extensions ?? DEFAULT_EXTENSIONS];
        if (options.certificate && !tls) offered.push("STARTTLS");
        const all = ["sink.test", ...verb === "EHLO" ? offered : []];
        await answer(
          line,
          () => all.map((text, i) => `250${i < all.length - 1 ? "-" : " "}${text}`).join("\n"),
        );
        return;
      }
      case "STARTTLS": {
        const reply = await answer(line, () => "220 2.0.0 go ahead");
        if (!reply.startsWith("220")) return;
        plain.removeAllListeners("data");
        if (options.badTls) return void plain.end("this is no TLS\r\n");
        socket = secure(plain, options);
        tls = true;
        listen();
        return;
      }
      case "AUTH":
        if (line.startsWith("AUTH LOGIN")) {
          login = "login";
          mode = "login";
          return say("334 VXNlcm5hbWU6");
        }
        await answer(line, () => {
          login = atob(line.split(" ")[2]).replaceAll("\0", ":");
          return "235 2.7.0 welcome";
        });
        return;
      case "MAIL": {
        const reply = await answer(line, () => "250 2.1.0 ok");
        if (!reply.startsWith("2")) return;
        mail = {
          from: /<(.*?)>/.exec(line)![1],
          mail: line.replace(/^.*?>/, "").trim(),
          recipients: [],
          rcpts: [],
          data: "",
        };
        return;
      }
      case "RCPT": {
        const reply = await answer(line, () => mail ? "250 2.1.5 ok" : "503 5.5.1 MAIL first");
        if (!reply.startsWith("2") || !mail) return;
        mail.recipients.push(/<(.*?)>/.exec(line)![1]);
        mail.rcpts.push(line.replace(/^.*?>/, "").trim());
        return;
      }
      case "DATA": {
        const usual = () => mail?.recipients.length ? "354 go ahead" : "554 5.5.1 no valid recipients";
        const reply = await answer(line, usual);
        if (reply.startsWith("354")) {
          mail ??= { from: "", mail: "", recipients: [], rcpts: [], data: "" };
          mode = "data";
        }
        return;
      }
      case "BDAT":
        chunk = { left: Number(line.split(" ")[1]), last: / LAST$/i.test(line) };
        mode = "chunk";
        return;
      case "QUIT":
        await answer(line, () => "221 2.0.0 bye");
        return void plain.end();
      default:
        await answer(line, () => "250 2.0.0 ok");
    }
  }

  listen();
  busy = busy.then(async () => void await answer("GREETING", () => "220 sink.test ESMTP"));
}
