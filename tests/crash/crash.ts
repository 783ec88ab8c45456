import { sleep, startServer, type TestServer } from "../support/harness.ts";
import { Ledger } from "./ledger.ts";
import { imapLoad, look, smtpLoad } from "./load.ts";

const ACCOUNTS = Array.from({ length: 6 }, (_, i) => `crash${i}@crash.test`);

/**
 * `deno task crash --rounds N`: kill -9 at random moments under SMTP and IMAP load. After each restart every
 * acknowledged message, flag and expunge must be there exactly once and every file must pass its check. Odd rounds
 * kill the whole server, even ones only the process that holds the mailboxes.
 */
async function crashRounds(rounds: number, say: (line: string) => void): Promise<string[]> {
  const server = await startServer({ configuration: { auth: { allowPlaintext: true } } });
  const ledger = new Ledger();
  const problems: string[] = [];
  try {
    for (const account of ACCOUNTS) await server.addAccount(account);
    for (let round = 1; round <= rounds; round++) {
      const found = await oneRound(server, ledger, round);
      problems.push(...found);
      say(`round ${round}: ${ledger.promised} messages promised and there, ${found.length} problems`);
    }
  } finally {
    await server.remove();
  }
  return problems;
}

async function oneRound(server: TestServer, ledger: Ledger, round: number): Promise<string[]> {
  const load = [
    ...[0, 1, 2, 3].map((i) => smtpLoad({ server, ledger, prefix: `r${round}s${i}` }, ACCOUNTS)),
    ...ACCOUNTS.slice(0, 3).map((account, i) =>
      imapLoad({ server, ledger, prefix: `r${round}i${i}` }, account)
    ),
  ];
  await sleep(150 + crypto.getRandomValues(new Uint16Array(1))[0] % 850);
  if (round % 2) {
    await server.kill();
    await Promise.all(load);
    await server.start();
  } else {
    server.killPlace("shard-0");
    await sleep(150);
    await server.stop();
    await Promise.all(load);
    await server.start();
  }
  const problems: string[] = [];
  for (const account of ACCOUNTS) {
    problems.push(...ledger.settle(account, await look(server, account, ledger)));
    const check = await server.api("GET", `/api/v1/mailboxes/${account}/check`);
    if (check.status !== 200) problems.push(`${account}: check answered ${check.status}`);
    for (const line of (check.body.problems as string[] | undefined) ?? []) {
      problems.push(`${account}: ${line}`);
    }
  }
  return [...problems, ...ledger.lies()];
}

if (import.meta.main) {
  const at = Deno.args.indexOf("--rounds");
  const problems = await crashRounds(at < 0 ? 50 : Number(Deno.args[at + 1]), (line) => console.log(line));
  for (const line of problems) console.log(line);
  console.log(problems.length ? `FAILED: ${problems.length} problems` : "nothing acknowledged was lost");
  Deno.exit(problems.length ? 1 : 0);
}
