import { strict as assert } from "node:assert";
import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { startSink } from "../support/sink.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Mailboxes that leave and come back, and a server without IPv4. */

const PASSWORD = "pass-word";
const main = new URL("../../src/main.ts", import.meta.url).pathname;
let server: TestServer;

async function mallard(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, ...args, "--data", server.dataDir],
    env: { MALLARD_TOKEN: server.token },
  }).output();
  assert.equal(code, 0, `${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

/** Folders with their messages: flags, date and bytes, in order. */
async function contents(user: string): Promise<Record<string, string[]>> {
  const imap = await ImapClient.login(server.ports.imaps, user, PASSWORD, { tls: true });
  const out: Record<string, string[]> = {};
  for (const line of await imap.ok('LIST "" *')) {
    const name = /"\/" (?:"([^]*)"|(\S+))$/.exec(line)!.slice(1).find((part) => part)!;
    await imap.ok(`EXAMINE "${name}"`);
    const rows = await imap.ok("FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[])").catch(() => []);
    out[name] = rows.filter((row) => / FETCH /.test(row)).map((row) => row.replace(/ ?\\Recent/, ""));
  }
  await imap.close();
  return out;
}

Deno.test("a mailbox goes out and comes back in each format: bytes, flags, dates, folders", async () => {
  server = await startServer();
  await server.addAccount("alice@a.test");
  const imap = await ImapClient.login(server.ports.imaps, "alice@a.test", PASSWORD, { tls: true });
  await imap.ok("CREATE Work/2026.Q1");
  await imap.ok("CREATE Empty");
  const odd = "Subject: odd\r\n\r\nFrom me\r\n>From you\r\n\xe9\0 no end";
  await imap.append("Work/2026.Q1", odd, '(\\Seen \\Flagged $Keep) "01-Feb-2003 04:05:06 +0000"');
  await imap.append("Work/2026.Q1", odd, '(\\Seen \\Flagged $Keep) "01-Feb-2003 04:05:06 +0000"');
  await imap.append("INBOX", "Subject: two\r\n\r\nx\r\n", '(\\Answered $A $B) "01-Feb-2003 04:05:07 +0000"');
  await imap.close();
  const wanted = await contents("alice@a.test");
  const folder = await Deno.makeTempDir();
  for (const format of ["eml", "maildir", "mbox", "sqlite"]) {
    const user = `${format}@a.test`;
    await server.addAccount(user);
    await mallard("mailbox", "export", "alice@a.test", `${folder}/${format}`, "--format", format);
    assert.match(await mallard("mailbox", "import", user, `${folder}/${format}`), /^\d+ messages$/);
    assert.deepEqual(await contents(user), wanted, format);
  }
  await mallard("mailbox", "import", "mbox@a.test", `${folder}/mbox`);
  assert.deepEqual(await contents("mbox@a.test"), wanted, "a second run adds nothing");
  await Deno.remove(folder, { recursive: true });
  await server.remove();
});

Deno.test("everything works over IPv6 with IPv4 off, in and out", async () => {
  const sink6 = await startSink({ address: "::1" });
  const server6 = await startServer({
    address: "::1",
    configuration: { outbound: { routes: [{ domain: "*", host: "::1", port: sink6.port }] } },
  });
  try {
    await server6.addAccount("alice@a.test");
    await assert.rejects(SmtpClient.connect(server6.ports.smtp, { host: "127.0.0.1" }));
    const smtp = await SmtpClient.connect(server6.ports.submissions, { tls: true, host: "::1" });
    await smtp.expect(250, "EHLO [IPv6:::1]");
    assert.equal((await smtp.authPlain("alice@a.test", PASSWORD)).code, 235);
    const reply = await smtp.mail(
      "alice@a.test",
      ["alice@a.test", "x@far.test"],
      "Subject: six\r\n\r\nx\r\n",
    );
    assert.equal(reply.code, 250);
    await smtp.close();
    const imap = await ImapClient.login(server6.ports.imaps, "alice@a.test", PASSWORD, {
      tls: true,
      host: "::1",
    });
    await imap.ok("SELECT INBOX");
    assert.match((await imap.ok("FETCH 1 BODY.PEEK[HEADER]")).join(), /\(\[IPv6:::1\]\)/);
    await imap.close();
    const pop = await Pop3Client.connect(server6.ports.pop3, { host: "::1" });
    await pop.startTls();
    await pop.login("alice@a.test", PASSWORD);
    assert.match((await pop.command("STAT")).text, /^1 /);
    await pop.close();
    for (let i = 0; i < 100 && !sink6.messages.length; i++) await sleep(20);
    assert.deepEqual(sink6.messages.map((m) => m.recipients), [["x@far.test"]]);
  } finally {
    await server6.remove();
    await sink6.close();
  }
});
