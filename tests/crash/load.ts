import { ImapClient } from "../support/imap_client.ts";
import { SmtpClient } from "../support/smtp_client.ts";
import type { TestServer } from "../support/harness.ts";
import type { Entry, Ledger } from "./ledger.ts";

const FILLER = "All work and no play makes a dull server. ".repeat(2);

/** What one connection does, and how long: until its server goes away or `going` says no. */
export interface Load {
  server: TestServer;
  ledger: Ledger;
  /** Begins the ids of its messages. */
  prefix: string;
  going?: () => boolean;
}

function message(id: string, size: number): string {
  return `From: load@sender.test\r\nTo: you@crash.test\r\nSubject: crash ${id}\r\nX-Crash-Id: ${id}\r\n` +
    `Message-ID: <${id}@sender.test>\r\n\r\n${(FILLER + "\r\n").repeat(Math.ceil(size / FILLER.length))}`;
}

/** Sends mail by SMTP to random accounts. */
export async function smtpLoad(
  { server, ledger, prefix, going = () => true }: Load,
  accounts: string[],
): Promise<void> {
  try {
    const client = await SmtpClient.connect(server.ports.smtp, { host: server.address });
    await client.expect(250, "EHLO load.test");
    for (let i = 0; going(); i++) {
      const account = accounts[(i * 7 + prefix.length) % accounts.length];
      const entry = ledger.offer(account, `${prefix}-${i}`);
      const reply = await client.mail(
        "load@sender.test",
        [account],
        message(entry.id, i % 9 === 0 ? 60_000 : 2_000),
      );
      if (reply.code === 250) entry.stored = "yes";
    }
    await client.close();
  } catch {
    // The server died, as it should.
  }
}

/** Works in one mailbox: APPEND, STORE, EXPUNGE of messages it knows. */
export async function imapLoad(
  { server, ledger, prefix, going = () => true }: Load,
  account: string,
): Promise<void> {
  try {
    const client = await loginTo(server, account);
    await client.ok("SELECT INBOX");
    for (let i = 0; going(); i++) {
      const added = ledger.offer(account, `${prefix}-${i}`);
      const reply = await client.append("INBOX", message(added.id, 3_000));
      if (reply.status !== "OK") continue;
      added.stored = "yes";
      const [, validity, uid] = /APPENDUID (\d+) (\d+)/.exec(reply.text) ?? [];
      if (!uid) throw new Error("APPEND gave no UID");
      ledger.saw(account, Number(validity), Number(uid), added.id);
      if (i % 3 !== 0) await flag(client, added, uid);
      if (i % 3 === 2) await expunge(client, added, uid);
    }
    await client.close();
  } catch {
    // The server died, as it should.
  }
}

async function flag(client: ImapClient, entry: Entry, uid: string): Promise<void> {
  entry.flagged = "maybe";
  const { status, untagged } = await client.command(`UID STORE ${uid} +FLAGS (\\Flagged)`);
  // Of a pair: the message may have another UID since the servers met again; then nothing was promised.
  if (status === "OK" && untagged.some((line) => isFlagged(line, uid))) entry.flagged = "yes";
}

async function expunge(client: ImapClient, entry: Entry, uid: string): Promise<void> {
  await client.ok(`UID STORE ${uid} +FLAGS (\\Deleted)`);
  entry.expunged = "maybe";
  const { status, untagged } = await client.command(`UID EXPUNGE ${uid}`);
  if (status === "OK" && untagged.some((line) => / EXPUNGE$/.test(line))) entry.expunged = "yes";
}

function isFlagged(line: string, uid: string): boolean {
  return /FETCH/.test(line) && line.includes("\\Flagged") && new RegExp(`UID ${uid}\\b`).test(line);
}

/** A message as a client sees it. */
export interface Seen {
  count: number;
  flagged: boolean;
}

/** What a mailbox holds now, by the messages' ids; the ledger is told which UID is whose. */
export async function look(server: TestServer, account: string, ledger: Ledger): Promise<Map<string, Seen>> {
  const client = await loginTo(server, account);
  const found = new Map<string, Seen>();
  const opened = await client.ok("SELECT INBOX");
  const validity = Number(/UIDVALIDITY (\d+)/.exec(opened.join("\n"))?.[1]);
  for (const line of await client.ok("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (X-Crash-Id)])")) {
    const id = /X-Crash-Id: (\S+)/i.exec(line)?.[1];
    if (!id) continue;
    ledger.saw(account, validity, Number(/UID (\d+)/.exec(line)?.[1]), id);
    const known = found.get(id);
    found.set(id, { count: (known?.count ?? 0) + 1, flagged: /\\Flagged/.test(line) });
  }
  await client.close();
  return found;
}

function loginTo(server: TestServer, account: string): Promise<ImapClient> {
  return ImapClient.login(server.ports.imap, account, "pass-word", { host: server.address });
}
