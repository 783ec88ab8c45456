import { strict as assert } from "node:assert";
import { sleep, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { Pop3Client } from "../support/pop3_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** Other clients come from here: connections are bounded by address. */
const OWN_ADDRESS = { localAddress: "127.0.0.2" };
const PAUSE_MS = 50;

/**
 * One well-behaved user's mail, from SMTP to IMAP and POP3, on fresh connections. Fails when something is missing;
 * the milliseconds that all of it took.
 */
async function roundTrip(server: TestServer, account: string): Promise<number> {
  const startedMs = performance.now();
  const { ports } = server;
  const id = crypto.randomUUID();
  const smtp = await SmtpClient.connect(ports.smtp, OWN_ADDRESS);
  await smtp.expect(250, "EHLO other.test");
  const text = `From: o@other.test\r\nTo: ${account}\r\nSubject: ${id}\r\n\r\nhello\r\n`;
  const reply = await smtp.mail("o@other.test", [account], text);
  assert.equal(reply.code, 250, reply.lines.join());
  await smtp.close();
  const imap = await ImapClient.connect(ports.imap, OWN_ADDRESS);
  await imap.ok(`LOGIN ${account} pass-word`);
  await imap.ok("SELECT INBOX");
  const rows = await imap.ok("FETCH * (UID BODY[])");
  assert.ok(
    rows.some((row) => row.includes(id)),
    `the message is not in the folder: ${id} ${rows.join(" // ").slice(0, 600)}`,
  );
  await imap.close();
  const pop3 = await Pop3Client.connect(ports.pop3, OWN_ADDRESS);
  await pop3.login(account, "pass-word");
  const { text: stat } = await pop3.command("STAT");
  const last = await pop3.retrieve(Number(stat.split(" ")[0]));
  assert.ok(last.includes(id), "the message is not in the maildrop");
  await pop3.close();
  return performance.now() - startedMs;
}

/** Round trips one after the other until `done` settles, at least one; the slowest in milliseconds. */
export async function roundTrips(
  server: TestServer,
  account: string,
  done: Promise<unknown> = Promise.resolve(),
): Promise<number> {
  let going = true;
  void done.finally(() => going = false);
  let slowest = 0;
  for (let i = 0; i < 1 || going; i++) {
    slowest = Math.max(slowest, await roundTrip(server, account));
    await sleep(PAUSE_MS);
  }
  return slowest;
}
