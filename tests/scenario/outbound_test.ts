import { strict as assert } from "node:assert";
import { type FakeDns, startFakeDns, zoneOf } from "../support/fake_dns.ts";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { type Sink, startSink } from "../support/sink.ts";
import { SmtpClient } from "../support/smtp_client.ts";

const MESSAGE = (subject: string) =>
  `From: alice@home.test\r\nTo: someone\r\nSubject: ${subject}\r\n\r\nbody of ${subject}\r\n`;

interface World {
  server: TestServer;
  dns: FakeDns;
  sink: Sink;
}

/** A server with alice@home.test, whose exchangers and name server are on loopback. */
async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const sink = await startSink();
  const dns = await startFakeDns(zoneOf({
    "far.test": { MX: [[10, "mx.far.test"]] },
    "mx.far.test": { A: [sink.address] },
    "null.test": { MX: [[0, "."]] },
  }));
  const server = await startServer({
    configuration: {
      outbound: {
        resolver: [dns.server],
        port: sink.port,
        routes: [{ domain: "*.fixed.test", host: "127.0.0.1", port: sink.port }],
      },
      queue: { backoffSeconds: [0.3], expireSeconds: 60, delayNoticeSeconds: null },
    },
  });
  try {
    await server.addAccount("alice@home.test");
    await run({ server, dns, sink });
  } finally {
    await server.remove();
    await sink.close();
    await dns.close();
  }
}

/** Submits as alice, as a mail program does. */
async function submit({ server }: World, to: string, subject: string): Promise<void> {
  const client = await SmtpClient.connect(server.ports.submissions, { tls: true });
  await client.expect(250, "EHLO client.test");
  assert.equal((await client.authPlain("alice@home.test", "pass-word")).code, 235);
  assert.equal((await client.mail("alice@home.test", [to], MESSAGE(subject))).code, 250);
  await client.command("QUIT");
  await client.close();
}

async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`in vain: ${what}`);
    await sleep(20);
  }
}

/** Texts of what lies in alice's INBOX, by IMAP. */
async function inbox({ server }: World): Promise<string[]> {
  const imap = await ImapClient.login(server.ports.imaps, "alice@home.test", "pass-word", { tls: true });
  await imap.ok("SELECT INBOX");
  const lines = await imap.ok("UID FETCH 1:* BODY.PEEK[]");
  await imap.close();
  return lines.filter((line) => / FETCH /.test(line));
}

async function queued({ server }: World): Promise<number> {
  const { body } = await server.api("GET", "/api/v1/queue");
  return (body.items as unknown[]).length;
}

Deno.test("mail travels: submission, queue, MX, sink; deferred while the sink is down", async () => {
  await inWorld(async (world) => {
    const { server, sink, dns } = world;
    await submit(world, "bob@far.test", "one");
    await until("the first message arrives", () => sink.messages.length === 1);
    const [message] = sink.messages;
    assert.equal(message.from, "alice@home.test");
    assert.deepEqual(message.recipients, ["bob@far.test"]);
    assert.ok(message.data.startsWith("Received: from client.test"), message.data);
    assert.ok(message.data.endsWith("\r\n\r\nbody of one\r\n"), message.data);
    assert.ok(dns.asked.includes("udp MX far.test"));
    const line = await server.waitForLog((entry) => entry.event === "relay");
    assert.deepEqual([line.to, line.outcome, line.mx, line.mxIp, line.attempts], [
      "bob@far.test",
      "relayed",
      "mx.far.test",
      "127.0.0.1",
      1,
    ]);

    sink.script = (command) => command === "GREETING" ? "421 4.3.2 down for maintenance" : undefined;
    await sleep(100);
    await submit(world, "bob@deep.fixed.test", "two");
    await server.waitForLog((entry) => entry.event === "relay" && entry.attempts === 2);
    assert.equal(await queued(world), 1);
    sink.script = null;
    await until("the second message arrives", () => sink.messages.length === 2);
    await until("the queue is empty", async () => await queued(world) === 0);
    await sleep(500);
    assert.equal(sink.messages.length, 2, "one copy");

    await submit(world, "bob@null.test", "three");
    await until("a report arrives", async () => (await inbox(world)).length === 1);
    const [report] = await inbox(world);
    assert.ok(report.includes("Status: 5.1.10") && report.includes("Subject: three"), report);
  });
});

Deno.test("mail that nobody takes comes back when its time is over", async () => {
  await inWorld(async (world) => {
    const { server, sink } = world;
    await sink.close();
    await submit(world, "bob@far.test", "late");
    await server.waitForLog((entry) => entry.event === "relay" && entry.outcome === "temporary");
    await server.stop();
    const file = `${server.dataDir.replace(/\/data$/, "")}/config.jsonc`;
    const configuration = JSON.parse(await Deno.readTextFile(file));
    configuration.queue.expireSeconds = 1;
    await Deno.writeTextFile(file, JSON.stringify(configuration));
    await server.start();
    await until("the report arrives", async () => (await inbox(world)).length === 1);
    const [report] = await inbox(world);
    assert.ok(/Action: failed\r\nStatus: 5\.4\.1\r\n/.test(report), report);
    assert.equal(await queued(world), 0);
  });
});

Deno.test("kill -9 anywhere loses nothing; two copies only when it hits between the sink's 250 and our commit", async () => {
  await inWorld(async (world) => {
    const { server, sink } = world;
    // Down, so that all of it waits; then killed; then killed again in the middle of sending.
    sink.script = (command) => command === "GREETING" ? "421 4.3.2 not yet" : undefined;
    const subjects = Array.from({ length: 12 }, (_, i) => `mail-${i}`);
    for (const subject of subjects) await submit(world, "bob@far.test", subject);
    await server.kill();
    await server.start();
    let ends = 0;
    sink.script = async (command) => {
      if (command === "END" && ++ends === 4) await server.kill();
      return undefined;
    };
    await until("the kill in the middle", () => ends >= 4);
    await sleep(300);
    const hit = sink.messages.length;
    await server.start();
    await until("everything arrives", () => subjects.every((s) => copies(sink, s) >= 1), 20_000);
    await until("the queue is empty", async () => await queued(world) === 0);
    const twice = subjects.filter((subject) => copies(sink, subject) > 1);
    assert.ok(twice.length <= Math.min(hit, 5), `${twice} of ${hit} that the sink had taken by then`);
    for (const subject of subjects) assert.ok(copies(sink, subject) <= 2, subject);
  });
});

function copies(sink: Sink, subject: string): number {
  return sink.messages.filter((message) => message.data.includes(`Subject: ${subject}\r\n`)).length;
}
