import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { LineSocket } from "../support/line_socket.ts";
import { roundTrips } from "./other_clients.ts";
import { residentMiB } from "./processes.ts";
import { FULL, tell } from "./scale.ts";

const ACCOUNT = "other@slow.test";
/** Slow clients of each kind, and how long they drip. */
const EACH = FULL ? 100 : 20;
const DRIP_MS = FULL ? 75_000 : 4_000;
const DRIP_EVERY_MS = FULL ? 1_000 : 100;
/** Beyond what slow clients hold, the runtime collects the garbage of short sessions late. */
const GROWTH_MIB = FULL ? 600 : 300;
const HELLO = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";

/** Kinds of client that send a byte now and then: what they say first, what then drips, what the server says at last. */
const KINDS: Record<string, {
  port: (ports: TestServer["ports"]) => number;
  /** Sent at once, each after a line of the server that matches. */
  opening: [after: RegExp, send: string][];
  drip: string;
  /** After a minute at the latest (RFC 5321 §4.5.3.2, RFC 9051 §5.4); null when more time is granted. */
  lastWords: RegExp | null;
}> = {
  "SMTP command": { port: (p) => p.smtp, opening: [], drip: "a", lastWords: null },
  "SMTP data": {
    port: (p) => p.smtp,
    opening: [
      [/^220/, "EHLO slow.test\r\n"],
      [/^250 /, "MAIL FROM:<s@slow.test>\r\n"],
      [/^250 /, `RCPT TO:<${ACCOUNT}>\r\n`],
      [/^250 /, "DATA\r\n"],
      [/^354/, "Subject: "],
    ],
    drip: "a",
    lastWords: /^421 4\.4\.2/m,
  },
  "SMTP chunk": {
    port: (p) => p.smtp,
    opening: [
      [/^220/, "EHLO slow.test\r\n"],
      [/^250 /, "MAIL FROM:<s@slow.test>\r\n"],
      [/^250 /, `RCPT TO:<${ACCOUNT}>\r\n`],
      [/^250 /, "BDAT 100000 LAST\r\n"],
    ],
    drip: "a",
    lastWords: /^421 4\.4\.2/m,
  },
  "IMAP command": { port: (p) => p.imap, opening: [], drip: "a", lastWords: /^\* BYE/m },
  "IMAP literal": {
    port: (p) => p.imap,
    opening: [[/^\* OK/, `a LOGIN ${ACCOUNT} pass-word\r\n`], [/^a OK/, "b APPEND INBOX {1000000+}\r\n"]],
    drip: "a",
    lastWords: /^\* BYE/m,
  },
  "POP3 command": { port: (p) => p.pop3, opening: [], drip: "a", lastWords: null },
  "ManageSieve command": { port: (p) => p.managesieve, opening: [], drip: "a", lastWords: /^BYE/m },
  "TLS handshake": { port: (p) => p.imaps, opening: [], drip: HELLO, lastWords: null },
};

Deno.test("clients that send a byte now and then hinder nobody and are told to go", async () => {
  const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
  try {
    await server.addAccount(ACCOUNT);
    await roundTrips(server, ACCOUNT);
    const beforeMiB = residentMiB(server.pid);
    const clients: SlowClient[] = [];
    for (const [name, kind] of Object.entries(KINDS)) {
      for (let i = 0; i < EACH; i++) clients.push(await SlowClient.connect(name, kind.port(server.ports)));
    }
    await Promise.all(clients.map((client) => client.begin()));
    let at = 0;
    const timer = setInterval(() => {
      for (const client of clients) client.drip(at);
      at++;
    }, DRIP_EVERY_MS);
    const slowestMs = await roundTrips(server, ACCOUNT, sleep(DRIP_MS)).finally(() => clearInterval(timer));
    const growthMiB = residentMiB(server.pid) - beforeMiB;
    tell(
      `${clients.length} slow clients: +${growthMiB.toFixed(1)} MiB, slowest round trip ${
        slowestMs.toFixed(0)
      } ms`,
    );
    assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
    assert.ok(growthMiB < GROWTH_MIB, `${growthMiB} MiB`);
    if (FULL) { for (const client of clients) await client.wasToldToGo(); }
    await Promise.all(clients.map((client) => client.socket.close()));
    await roundTrips(server, ACCOUNT);
    assert.deepEqual(server.logs().filter((line) => line.level === "error"), []);
  } finally {
    await server.remove();
  }
});

class SlowClient {
  private constructor(readonly name: string, readonly socket: LineSocket) {}

  static async connect(name: string, port: number): Promise<SlowClient> {
    return new SlowClient(name, await LineSocket.connect(port));
  }

  async begin(): Promise<void> {
    for (const [after, send] of KINDS[this.name].opening) {
      while (!after.test(await this.socket.readLine()));
      this.socket.write(send);
    }
  }

  drip(at: number): void {
    const { drip } = KINDS[this.name];
    if (!this.socket.ended) this.socket.write(drip[at % drip.length]);
  }

  async wasToldToGo(): Promise<void> {
    const { lastWords } = KINDS[this.name];
    if (lastWords === null) return;
    assert.ok(this.socket.ended, `${this.name} is still served`);
    assert.match(await this.socket.readToEnd(), lastWords, this.name);
  }
}
