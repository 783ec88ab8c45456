import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Sizes, quotas and who may send where, as users and other servers meet them. */

const MiB = 1024 * 1024;
const PASSWORD = "pass-word";
let server: TestServer;

Deno.test.beforeAll(async () => {
  server = await startServer({
    configuration: {
      limits: { messageBytes: MiB, quotaBytes: 4 * MiB, fullMailbox: "refuse-temporary" },
      auth: { relayNetworks: ["127.0.0.2"] },
      outbound: { routes: [{ domain: "*", host: "127.0.0.1", port: 9 }] },
    },
  });
  await server.addAccount("alice@a.test");
  await server.addAccount("small@a.test", PASSWORD, { quotaBytes: 70_000 });
  await server.addAccount("bob@b.test");
});
Deno.test.afterAll(() => server.remove());

const text = (bytes: number) =>
  "Subject: x\r\n\r\n" + ("y".repeat(98) + "\r\n").repeat(Math.ceil(bytes / 100));

async function hello(localAddress?: string): Promise<SmtpClient> {
  const client = await SmtpClient.connect(server.ports.smtp, { localAddress });
  await client.expect(250, "EHLO c.test");
  return client;
}

/** LIMIT and usage of STORAGE in KiB. */
async function quota(user: string): Promise<[used: number, limit: number]> {
  const imap = await ImapClient.login(server.ports.imaps, user, PASSWORD, { tls: true });
  const lines = await imap.ok("GETQUOTAROOT INBOX");
  await imap.close();
  const match = /STORAGE (\d+) (\d+)/.exec(lines.join("\n"))!;
  return [Number(match[1]), Number(match[2])];
}

async function patch(path: string, body: unknown): Promise<void> {
  assert.equal((await server.api("PATCH", `/api/v1/${path}`, body)).status, 200);
}

Deno.test("the size limit: told, refused at MAIL, refused at the crossing byte, the same for APPEND", async () => {
  const smtp = await hello();
  assert.ok((await smtp.command("EHLO c.test")).lines.includes(`SIZE ${MiB}`));
  assert.match((await smtp.expect(552, `MAIL FROM:<x@c.test> SIZE=${MiB + 1}`)).lines[0], /^5\.3\.4 /);
  const reply = await smtp.mail("x@c.test", ["alice@a.test"], text(MiB + 1000));
  assert.deepEqual([reply.code, reply.lines[0].slice(0, 5)], [552, "5.3.4"]);
  assert.equal((await smtp.mail("x@c.test", ["alice@a.test"], text(1000))).code, 250, "the session goes on");
  await smtp.expect(250, "MAIL FROM:<x@c.test>");
  await smtp.expect(250, "RCPT TO:<alice@a.test>");
  smtp.socket.write(`BDAT ${MiB + 1}\r\n` + "z".repeat(MiB + 1));
  assert.equal((await smtp.reply()).code, 552);
  await smtp.expect(250, "NOOP");
  await smtp.close();
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", PASSWORD, { tls: true });
  assert.ok((await imap.ok("CAPABILITY")).join().includes(`APPENDLIMIT=${MiB}`));
  const refused = await imap.command(`APPEND INBOX {${MiB + 1}}\r\n`);
  assert.deepEqual([refused.status, refused.text.slice(0, 8)], ["NO", "[TOOBIG]"]);
  await imap.close();
});

Deno.test("the size limit holds whatever the quota, and resolves user > domain > server", async () => {
  await patch("accounts/bob@b.test", { quotaBytes: 1024 ** 4 });
  const smtp = await hello();
  assert.equal((await smtp.mail("x@c.test", ["bob@b.test"], text(MiB + 1000))).code, 552);
  await patch("domains/b.test", { messageBytes: 20_000 });
  const refused = await smtp.mail("x@c.test", ["bob@b.test"], text(30_000));
  assert.equal(refused.code, 552, refused.lines.join());
  await patch("accounts/bob@b.test", { messageBytes: 40_000 });
  assert.equal((await smtp.mail("x@c.test", ["bob@b.test"], text(30_000))).code, 250);
  await smtp.close();
});

Deno.test("the quota resolves user > domain > server and shows in GETQUOTAROOT", async () => {
  await patch("accounts/bob@b.test", { quotaBytes: null });
  assert.equal((await quota("bob@b.test"))[1], 4096);
  await patch("domains/b.test", { quotaBytes: 2 * MiB });
  assert.equal((await quota("bob@b.test"))[1], 2048);
  await patch("accounts/bob@b.test", { quotaBytes: 3 * MiB });
  assert.equal((await quota("bob@b.test"))[1], 3072);
});

Deno.test("a full mailbox: refused at RCPT by the configured code, the postmaster never", async () => {
  const smtp = await hello();
  assert.equal((await smtp.mail("x@c.test", ["small@a.test"], text(60_000))).code, 250);
  await smtp.expect(250, "MAIL FROM:<x@c.test> SIZE=30000");
  assert.match((await smtp.expect(452, "RCPT TO:<small@a.test>")).lines[0], /^4\.2\.2 /);
  await smtp.expect(250, "RCPT TO:<alice@a.test>");
  await smtp.expect(250, "RSET");
  // Without SIZE the message itself crosses the line.
  assert.equal((await smtp.mail("x@c.test", ["small@a.test"], text(30_000))).code, 452);
  await patch("domains/a.test", { postmaster: "small@a.test" });
  assert.equal((await smtp.mail("x@c.test", ["postmaster@a.test"], text(30_000))).code, 250);
  await smtp.close();
  const [used, limit] = await quota("small@a.test");
  assert.ok(used > limit, "over it, and shown so");
});

Deno.test("accepted for two, full for one: the other has it, and the sender is told", async () => {
  const send = async (from: string) => {
    const client = await SmtpClient.connect(server.ports.submissions, { tls: true });
    await client.expect(250, "EHLO c.test");
    assert.equal((await client.authPlain("alice@a.test", PASSWORD)).code, 235);
    assert.equal((await client.mail(from, ["bob@b.test", "nearly@a.test"], text(30_000))).code, 250);
    await client.close();
  };
  await server.addAccount("nearly@a.test", PASSWORD, { quotaBytes: 20_000 });
  const count = async (user: string) =>
    Number(
      ((await server.api("GET", `/api/v1/accounts/${user}`)).body.usage as { messages: number }).messages,
    );
  const [alice, bob] = [await count("alice@a.test"), await count("bob@b.test")];
  await send("alice@a.test");
  assert.equal(await count("bob@b.test"), bob + 1);
  for (let i = 0; i < 100 && await count("alice@a.test") === alice; i++) await sleep(50);
  assert.equal(await count("alice@a.test"), alice + 1, "a report came");
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  const report = (await imap.ok("FETCH * BODY.PEEK[]")).join();
  assert.match(report, /Return-Path: <>/);
  assert.match(report, /Status: 5\.2\.2/);
  assert.match(report, /nearly@a\.test/);
  await imap.close();
  await send("");
  await sleep(300);
  assert.equal(await count("alice@a.test"), alice + 1, "the null sender is told nothing");
  assert.equal((await server.api("GET", "/api/v1/queue")).body.items instanceof Array, true);
});

Deno.test("usage in the admin API equals GETQUOTA and the sizes of the messages", async () => {
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", PASSWORD, { tls: true });
  await imap.ok("SELECT INBOX");
  await imap.ok("COPY 1 Archive").catch(() => imap.ok("CREATE Copies").then(() => imap.ok("COPY 1 Copies")));
  await imap.ok("STORE 1 +FLAGS (\\Deleted)");
  await imap.ok("EXPUNGE");
  let sum = 0;
  for (const line of await imap.ok('LIST "" * RETURN (STATUS (SIZE))')) {
    sum += Number(/SIZE (\d+)/.exec(line)?.[1] ?? 0);
  }
  await imap.close();
  const { usage } = (await server.api("GET", "/api/v1/accounts/alice@a.test")).body as {
    usage: { bytes: number };
  };
  assert.equal(usage.bytes, sum);
  assert.equal((await quota("alice@a.test"))[0], Math.ceil(sum / 1024));
});

Deno.test("outside mail without a login: only from a configured network, and only on port 25", async () => {
  const stranger = await hello();
  await stranger.expect(250, "MAIL FROM:<x@c.test>");
  assert.match((await stranger.expect(550, "RCPT TO:<y@far.test>")).lines[0], /^5\.7\.1 /);
  await stranger.close();
  const known = await hello("127.0.0.2");
  assert.equal((await known.mail("x@c.test", ["y@far.test"], text(10))).code, 250);
  await known.close();
  const submission = await SmtpClient.connect(server.ports.submissions, {
    tls: true,
    localAddress: "127.0.0.2",
  });
  await submission.expect(250, "EHLO c.test");
  await submission.expect(530, "MAIL FROM:<x@c.test>");
  await submission.close();
});
