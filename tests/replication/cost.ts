import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { startPair, type TestPair } from "../support/pair.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** What a second server costs on delivery, and how soon mail shows there. */

export const ACCOUNTS = Array.from({ length: 10 }, (_, i) => `cost${i}@pair.test`);
const PASSWORD = "pass-word";
const CONFIGURATION = { auth: { allowPlaintext: true }, limits: { quotaBytes: null } };
const SESSIONS = 10;
const LETTER = "Subject: cost\r\n\r\n" + ("x".repeat(78) + "\r\n").repeat(51);

/** A server to deliver to, alone or of a pair. */
export interface Subject {
  server: TestServer;
  pair: TestPair | null;
  end(): Promise<void>;
}

/** Starts a server alone, or a pair; with the accounts. */
export async function startSubject(
  acknowledge: "alone" | "local" | "both",
  logFolder: string,
): Promise<Subject> {
  const subject = acknowledge === "alone"
    ? await startAlone(`${logFolder}/alone.log`)
    : await startTwo(acknowledge, logFolder);
  for (const account of ACCOUNTS) await subject.server.addAccount(account);
  await subject.pair?.converged(ACCOUNTS);
  return subject;
}

async function startAlone(logFile: string): Promise<Subject> {
  const server = await startServer({ configuration: CONFIGURATION, logFile });
  return { server, pair: null, end: () => server.remove() };
}

async function startTwo(acknowledge: "local" | "both", logFolder: string): Promise<Subject> {
  const pair = await startPair({ acknowledge, configuration: CONFIGURATION, logFolder });
  return { server: pair.servers[0], pair, end: () => pair.remove() };
}

/** Messages of 4 KiB a second over ten sessions of smtp-source, each with an account of its own. */
export async function throughput({ server, pair }: Subject, messages: number): Promise<number> {
  const begun = performance.now();
  await Promise.all(
    ACCOUNTS.slice(0, SESSIONS).map(async (account) => {
      const args = ["-d", "-s", "1", "-m", String(messages / SESSIONS), "-l", "4096"];
      args.push("-f", "load@sender.test", "-t", account, `${server.address}:${server.ports.smtp}`);
      const { success } = await new Deno.Command("smtp-source", { args, stdin: "null" }).output();
      if (!success) throw new Error("smtp-source failed");
    }),
  );
  const rate = messages / ((performance.now() - begun) / 1000);
  await pair?.converged(ACCOUNTS, 120_000);
  return rate;
}

/** Milliseconds from 250 on one server until an idling session on the other one is told, message by message. */
export async function lags(pair: TestPair, count: number, pauseMs: number): Promise<number[]> {
  const [one, two] = pair.servers;
  const [account] = ACCOUNTS;
  const imap = await ImapClient.login(two.ports.imap, account, PASSWORD, { host: two.address });
  const [exists] = (await imap.ok("SELECT INBOX")).flatMap((line) => /^(\d+) EXISTS/.exec(line)?.[1] ?? []);
  const idle = await imap.idle();
  const smtp = await SmtpClient.connect(one.ports.smtp, { host: one.address });
  await smtp.expect(250, "EHLO client.test");
  const found: number[] = [];
  for (let n = Number(exists) + 1; found.length < count; n++) {
    const told = (async () => {
      for (;;) {
        const line = await idle.next(60_000);
        if (Number(/^(\d+) EXISTS/.exec(line)?.[1]) >= n) return performance.now();
      }
    })();
    const reply = await smtp.mail("load@sender.test", [account], LETTER);
    if (reply.code !== 250) throw new Error(`${reply.code}`);
    const acknowledged = performance.now();
    // It may be told before the 250 has come.
    found.push(Math.max(0, await told - acknowledged));
    await sleep(pauseMs);
  }
  await idle.done();
  await Promise.all([imap.close(), smtp.close()]);
  return found.sort((a, b) => a - b);
}

/** Lags while the other accounts take mail from nine sessions. */
export async function lagsUnderLoad(pair: TestPair, count: number): Promise<number[]> {
  const [server] = pair.servers;
  let over = false;
  const load = Promise.all(
    ACCOUNTS.slice(1).map(async (account) => {
      const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
      await smtp.expect(250, "EHLO load.test");
      while (!over) await smtp.mail("load@sender.test", [account], LETTER);
      await smtp.close();
    }),
  );
  await sleep(500);
  const found = await lags(pair, count, 5);
  over = true;
  await load;
  return found;
}

/** The value below which a share of the sorted values lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
