import { strict as assert } from "node:assert";
import { startServer, type TestServer } from "../support/harness.ts";
import type { ConnectOptions } from "../support/line_socket.ts";
import { LineSocket } from "../support/line_socket.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

const PASSWORD = "pass-word";
// The server outlives single tests.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

let server: TestServer;
Deno.test.beforeAll(async () => {
  // Nobody listens there: mail to it stays in the queue.
  const routes = [{ domain: "away.test", host: "127.0.0.1", port: 9 }];
  server = await startServer({ configuration: { outbound: { routes } } });
  for (const name of ["alice", "bob", "carol", "dave"]) await server.addAccount(`${name}@a.test`, PASSWORD);
});
Deno.test.afterAll(() => server.remove());

/** Runs a dialogue with one connection, greeted and helloed. */
function smtp(
  name: string,
  port: "smtp" | "submission" | "submissions" | "lmtp",
  body: (client: SmtpClient, offered: string[]) => Promise<void>,
): void {
  Deno.test({
    name,
    ...sanitize,
    async fn() {
      const options: ConnectOptions = { tls: port === "submissions" };
      const client = await SmtpClient.connect(server.ports[port], options);
      try {
        assert.equal(client.greeting.code, 220);
        await body(client, (await client.expect(250, port === "lmtp" ? "LHLO x.test" : "EHLO x.test")).lines);
      } finally {
        await client.close();
      }
    },
  });
}

/** The messages of an account, by POP3. */
async function inbox(account: string): Promise<string[]> {
  const client = await Pop3Client.connect(server.ports.pop3s, { tls: true });
  await client.login(account, PASSWORD);
  const { lines } = await client.list("LIST");
  const out: string[] = [];
  for (let i = 1; i <= lines.length; i++) out.push(await client.retrieve(i));
  await client.close();
  return out;
}

/** A message with everything that the way through DATA could hurt. */
const AWKWARD = "Subject: awkward\r\n\r\n.\r\n..\r\n.a\r\n\r\n\xff\xfe\x00 8-bit and NUL\r\n" +
  "x".repeat(5000) +
  "\r\n \t trailing \r\n\r\n";

smtp("SMTP: a message arrives as it was sent", "smtp", async (client) => {
  const reply = await client.mail("x@y.test", ["alice@a.test"], AWKWARD);
  assert.equal(reply.code, 250);
  const messages = await inbox("alice@a.test");
  assert.equal(messages.length, 1);
  const at = messages[0].indexOf("Subject: awkward");
  assert.equal(messages[0].slice(at), AWKWARD);
  assert.match(
    messages[0].slice(0, at),
    /^Return-Path: <x@y\.test>\r\nDelivered-To: alice@a\.test\r\nReceived: /,
  );
  const id = reply.lines[0].split(" ").pop();
  const line = await server.waitForLog((l) => l.event === "delivery" && l.id === id);
  assert.deepEqual([line.from, line.to, line.mailbox, line.folder], [
    "x@y.test",
    "alice@a.test",
    "alice@a.test",
    "INBOX",
  ]);
});

smtp("SMTP: a large message, split anywhere by the network", "smtp", async (client) => {
  const text = "Subject: large\r\n\r\n" + Array.from({ length: 40_000 }, (_, i) => `.${i} line\r\n`).join("");
  assert.equal((await client.mail("x@y.test", ["bob@a.test", "carol@a.test"], text)).code, 250);
  for (const account of ["bob@a.test", "carol@a.test"]) {
    const [message] = await inbox(account);
    assert.ok(message.endsWith(text), account);
  }
});

smtp("SMTP: STARTTLS throws away what was pipelined before it", "smtp", async (client, offered) => {
  assert.ok(offered.includes("STARTTLS"));
  client.socket.write("STARTTLS\r\nMAIL FROM:<evil@y.test>\r\nRCPT TO:<alice@a.test>\r\n");
  assert.equal((await client.reply()).code, 220);
  await client.socket.startTls();
  assert.equal((await client.command("NOOP")).code, 250);
  assert.equal((await client.command("RCPT TO:<alice@a.test>")).code, 503);
  const inside = await client.expect(250, "EHLO x.test");
  assert.ok(!inside.lines.includes("STARTTLS") && !inside.lines.some((l) => l.startsWith("AUTH")));
  assert.equal((await client.mail("x@y.test", ["dave@a.test"], "Subject: tls\r\n\r\nx\r\n")).code, 250);
  assert.match((await inbox("dave@a.test"))[0], /with ESMTPS\r\n\t\(TLSv1\.[23]/);
});

smtp(
  "submission: STARTTLS, AUTH, and mail to the world goes to the queue",
  "submission",
  async (client, offered) => {
    assert.ok(!offered.some((line) => line.startsWith("AUTH")));
    assert.equal((await client.command("MAIL FROM:<alice@a.test>")).code, 530);
    assert.equal((await client.authPlain("alice@a.test", PASSWORD)).code, 538);
    await client.startTls();
    await client.expect(250, "EHLO x.test");
    assert.equal((await client.command("MAIL FROM:<alice@a.test>")).code, 530);
    assert.equal((await client.authPlain("alice@a.test", "wrong-word")).code, 535);
    assert.equal((await client.authPlain("alice", PASSWORD)).code, 535);
    assert.equal((await client.authPlain("alice@a.test", PASSWORD)).code, 235);
    assert.equal((await client.command("MAIL FROM:<bob@a.test>")).code, 553);
    assert.equal(
      (await client.mail("alice@a.test", ["u@away.test"], "Subject: out\r\n\r\nx\r\n")).code,
      250,
    );
    const line = await server.waitForLog((l) => l.event === "queued");
    const { status } = await server.api("GET", `/api/v1/queue/${line.queueId}`);
    assert.equal(status, 200);
  },
);

smtp("submission over implicit TLS", "submissions", async (client, offered) => {
  assert.ok(offered.includes("AUTH PLAIN LOGIN SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1"));
  assert.equal((await client.authPlain("carol@a.test", PASSWORD)).code, 235);
  assert.equal((await client.mail("carol@a.test", ["dave@a.test"], "Bcc: x@y.test\r\n\r\nx\r\n")).code, 250);
});

smtp("LMTP: a reply for each recipient", "lmtp", async (client) => {
  await client.expect(250, "MAIL FROM:<x@y.test>");
  await client.expect(250, "RCPT TO:<carol@a.test>");
  await client.expect(250, "RCPT TO:<dave@a.test>");
  await client.expect(354, "DATA");
  assert.equal((await client.body("Subject: lmtp\r\n\r\nx\r\n")).code, 250);
  assert.equal((await client.reply()).code, 250);
});

smtp("SMTP: a changed password ends the sessions of the account", "submissions", async (client) => {
  assert.equal((await client.authPlain("dave@a.test", PASSWORD)).code, 235);
  const changed = await server.api("PATCH", "/api/v1/accounts/dave@a.test", { password: PASSWORD });
  assert.equal(changed.status, 200);
  assert.match(await client.socket.readToEnd(), /^421 4\.7\.0 /);
});

Deno.test({
  name: "SMTP: TLS on a clear-text port and clear text on a TLS port leave a readable reason in the log",
  ...sanitize,
  async fn() {
    const tls = await LineSocket.connect(server.ports.smtp);
    tls.write("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03");
    await tls.readToEnd();
    await server.waitForLog((l) => l.event === "tls.unexpected" && l.protocol === "smtp");
    const clear = await LineSocket.connect(server.ports.submissions);
    clear.write("EHLO x\r\n");
    await clear.readToEnd();
    await server.waitForLog((l) => l.event === "tls.handshake" && /clear text/.test(String(l.reason)));
    await tls.close();
    await clear.close();
  },
});

Deno.test({
  name: "SMTP: a stopping server says 421, and what was answered 250 is there after the start",
  ...sanitize,
  async fn() {
    const idle = await SmtpClient.connect(server.ports.smtp);
    await idle.expect(250, "EHLO x.test");
    assert.equal((await idle.mail("x@y.test", ["bob@a.test"], "Subject: last\r\n\r\nx\r\n")).code, 250);
    const before = await inbox("bob@a.test");
    const stopped = server.stop();
    assert.equal((await idle.reply()).code, 421);
    assert.equal(await stopped, 0);
    await idle.close();
    await server.start();
    assert.deepEqual(await inbox("bob@a.test"), before);
  },
});

Deno.test({
  name: "SMTP over IPv6 alone",
  ...sanitize,
  async fn() {
    const six = await startServer({ address: "::1" });
    try {
      await six.addAccount("alice@a.test", PASSWORD);
      const client = await SmtpClient.connect(six.ports.smtp, { host: "::1" });
      await client.expect(250, "EHLO [IPv6:::1]");
      assert.equal((await client.mail("x@y.test", ["alice@a.test"], "Subject: six\r\n\r\nx\r\n")).code, 250);
      await client.close();
      const reader = await Pop3Client.connect(six.ports.pop3s, { host: "::1", tls: true });
      await reader.login("alice@a.test", PASSWORD);
      assert.match(await reader.retrieve(1), /^Received: from \[IPv6:::1\] \(\[IPv6:::1\]\)/m);
      await reader.close();
    } finally {
      await six.remove();
    }
  },
});

smtp("SMTP: NOTIFY=SUCCESS brings a report", "submissions", async (client) => {
  assert.equal((await client.authPlain("carol@a.test", PASSWORD)).code, 235);
  await client.expect(250, "MAIL FROM:<carol@a.test> RET=HDRS ENVID=e1");
  await client.expect(250, "RCPT TO:<dave@a.test> NOTIFY=SUCCESS");
  await client.expect(354, "DATA");
  assert.equal((await client.body("Subject: tell me\r\n\r\nx\r\n")).code, 250);
  await server.waitForLog((l) =>
    l.event === "delivery" && l.mailbox === "dave@a.test" && l.from === "carol@a.test"
  );
  await server.waitForLog((l) => l.event === "delivery" && l.mailbox === "carol@a.test" && l.from === "");
  const report = (await inbox("carol@a.test")).at(-1)!;
  assert.match(report, /multipart\/report/);
  assert.match(report, /Action: delivered/i);
});
