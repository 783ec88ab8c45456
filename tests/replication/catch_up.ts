import { sleep, type TestServer } from "../support/harness.ts";
import { startPair } from "../support/pair.ts";
import { SmtpClient } from "../support/smtp_client.ts";

/** How one server falls behind, and how far. */
export interface BehindOptions {
  messages: number;
  accounts: number;
  /** Stopped, or cut off. */
  away: "stopped" | "cut";
  /** Which server takes the mail; 0 is the home of all accounts. */
  taker?: 0 | 1;
  sizeBytes?: number;
  /** Log to files in this folder, as installed servers do. */
  logFolder?: string;
}

/** How it caught up, from the moment at which the link was back. */
export interface CaughtUp {
  /** Until the first of the messages showed. */
  startMs: number;
  /** Until all of them did. */
  totalMs: number;
  messagesPerSecond: number;
  /** Bytes over the link for each byte of mail. */
  wireRatio: number;
  /** Both hold the same afterwards. */
  converged: boolean;
}

const LANES = 10;
const MOST_MS = 120_000;
const LINE = "The quick brown fox jumps over the lazy dog, and over again, until the line is full.\r\n";

/** Lets one server of a pair miss mail that the other takes, and watches it catch up. */
export async function catchUp(options: BehindOptions): Promise<CaughtUp> {
  const { messages, away, taker = 0, sizeBytes = 5_000 } = options;
  const accounts = Array.from({ length: options.accounts }, (_, i) => `behind${i}@pair.test`);
  const pair = await startPair({
    logFolder: options.logFolder,
    configuration: { auth: { allowPlaintext: true }, limits: { quotaBytes: null } },
  });
  const [here, there] = [pair.servers[taker], pair.servers[1 - taker]];
  try {
    for (const account of accounts) await here.addAccount(account);
    await pair.converged(accounts);
    if (away === "stopped") await there.stop();
    else pair.cable.cut();
    await until(async () => !(await pair.status(taker)).linked);
    await deliver(here, accounts, messages, sizeBytes);
    const carried = pair.cable.carriedBytes;
    const returning = away === "stopped" ? there.start() : Promise.resolve(pair.cable.mend());
    await until(async () => (await pair.status(taker)).linked);
    const linked = performance.now();
    await returning;
    const { first, last } = await watch(there, accounts, messages);
    const wireBytes = pair.cable.carriedBytes - carried;
    const converged = await pair.converged(accounts).then(() => true, () => false);
    return {
      startMs: Math.max(0, first - linked),
      totalMs: last - linked,
      messagesPerSecond: messages / ((last - linked) / 1000),
      wireRatio: wireBytes / (messages * sizeBytes),
      converged,
    };
  } finally {
    await pair.remove();
  }
}

async function deliver(
  server: TestServer,
  accounts: readonly string[],
  messages: number,
  sizeBytes: number,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: LANES }, async () => {
    const smtp = await SmtpClient.connect(server.ports.smtp, { host: server.address });
    await smtp.expect(250, "EHLO load.test");
    for (let n; (n = next++) < messages;) {
      const reply = await smtp.mail(
        "load@sender.test",
        [accounts[n % accounts.length]],
        letter(n, sizeBytes),
      );
      if (reply.code !== 250) throw new Error(`message ${n}: ${reply.code}`);
    }
    await smtp.close();
  }));
}

/** A message of so many bytes, unlike any other. */
function letter(n: number, sizeBytes: number): string {
  const head = `From: Load <load@sender.test>\r\nTo: you@pair.test\r\nSubject: message ${n}\r\n` +
    `Message-ID: <${n}.${sizeBytes}@sender.test>\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n\r\n`;
  return head + LINE.repeat(Math.max(1, Math.round((sizeBytes - head.length) / LINE.length)));
}

/** When the first and when the last message showed. Logins would cost more than what is measured here. */
async function watch(
  server: TestServer,
  accounts: readonly string[],
  messages: number,
): Promise<{ first: number; last: number }> {
  const begun = performance.now();
  for (let first = 0;;) {
    const counts = await Promise.all(accounts.map(async (account) => {
      const { body } = await server.api("GET", `/api/v1/accounts/${account}`);
      return (body.usage as { messages: number } | null)?.messages ?? 0;
    }));
    const there = counts.reduce((sum, count) => sum + count, 0);
    if (there) first ||= performance.now();
    if (there >= messages) return { first, last: performance.now() };
    if (performance.now() - begun > MOST_MS) throw new Error(`${there} of ${messages} messages came`);
    await sleep(25);
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > MOST_MS) throw new Error("the link does not change");
    await sleep(5);
  }
}

/** One line for people. */
export function describe({ messages, accounts, away, taker = 0 }: BehindOptions, found: CaughtUp): string {
  return `${messages} messages, ${accounts} account${accounts === 1 ? "" : "s"}, ${
    taker === 0 ? "replica" : "home"
  } ${away}: begins after ${found.startMs.toFixed(0)} ms, all after ${
    (found.totalMs / 1000).toFixed(1)
  } s, ` +
    `${found.messagesPerSecond.toFixed(0)} messages/s, ${found.wireRatio.toFixed(2)} x the bytes`;
}
