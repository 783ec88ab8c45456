import { ImapClient } from "../support/imap_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import type { TestServer } from "../support/harness.ts";
import type { Entry, Ledger } from "./ledger.ts";

const FILLER = "All work and no play makes a dull server. ".repeat(2);

function message(id: string, size: number): string {
  return `From: load@sender.test\r\nTo: you@crash.test\r\nSubject: crash ${id}\r\nX-Crash-Id: ${id}\r\n` +
    `Message-ID: <${id}@sender.test>\r\n\r\n${(FILLER + "\r\n").repeat(Math.ceil(size / FILLER.length))}`;
}

/** Sends mail by SMTP to random accounts until the server goes away. */
export async function smtpLoad(
  server: TestServer,
  accounts: string[],
  ledger: Ledger,
  prefix: string,
): Promise<void> {
  try {
    const client = await SmtpClient.connect(server.ports.smtp);
    await client.expect(250, "EHLO load.test");
    for (let i = 0;; i++) {
      const account = accounts[(i * 7 + prefix.length) % accounts.length];
      const entry = ledger.offer(account, `${prefix}-${i}`);
      const reply = await client.mail(
        "load@sender.test",
        [account],
        message(entry.id, i % 9 === 0 ? 60_000 : 2_000),
      );
      if (reply.code === 250) entry.stored = "yes";
    }
  } catch {
    // The server died, as it should.
  }
}

/** Works in one mailbox until the server goes away: APPEND, STORE, EXPUNGE of messages it knows. */
export async function imapLoad(
  server: TestServer,
  account: string,
  ledger: Ledger,
  prefix: string,
): Promise<void> {
  try {
    const client = await ImapClient.login(server.ports.imap, account, "pass-word");
    await client.ok("SELECT INBOX");
    for (let i = 0;; i++) {
      const added = ledger.offer(account, `${prefix}-${i}`);
      const reply = await client.append("INBOX", message(added.id, 3_000));
      if (reply.status !== "OK") continue;
      added.stored = "yes";
      const uid = /APPENDUID \d+ (\d+)/.exec(reply.text)?.[1];
      if (!uid) throw new Error("APPEND gave no UID");
      if (i % 3 !== 0) await flag(client, added, uid);
      if (i % 3 === 2) await expunge(client, added, uid);
    }
  } catch {
    // The server died, as it should.
  }
}

async function flag(client: ImapClient, entry: Entry, uid: string): Promise<void> {
  entry.flagged = "maybe";
  if ((await client.command(`UID STORE ${uid} +FLAGS (\\Flagged)`)).status === "OK") entry.flagged = "yes";
}

async function expunge(client: ImapClient, entry: Entry, uid: string): Promise<void> {
  await client.ok(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`);
  entry.expunged = "maybe";
  if ((await client.command(`UID EXPUNGE ${uid}`)).status === "OK") entry.expunged = "yes";
}

/** What a mailbox holds now, by the messages' ids. */
export async function look(
  server: TestServer,
  account: string,
): Promise<Map<string, { count: number; flagged: boolean }>> {
  const client = await ImapClient.login(server.ports.imap, account, "pass-word");
  const found = new Map<string, { count: number; flagged: boolean }>();
  await client.ok("SELECT INBOX");
  for (const line of await client.ok("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (X-Crash-Id)])")) {
    const id = /X-Crash-Id: (\S+)/i.exec(line)?.[1];
    if (!id) continue;
    const known = found.get(id);
    found.set(id, { count: (known?.count ?? 0) + 1, flagged: /\\Flagged/.test(line) });
  }
  await client.close();
  return found;
}
