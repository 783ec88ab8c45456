import { imapLoad, look, type Seen, smtpLoad } from "../crash/load.ts";
import { Ledger } from "../crash/ledger.ts";
import { sleep, type TestServer } from "../support/harness.ts";
import { type PairOptions, startPair, type TestPair } from "../support/pair.ts";
import { loseData } from "./lose_data.ts";

const ACCOUNTS = Array.from({ length: 6 }, (_, i) => `crash${i}@crash.test`);

/**
 * `deno task crash-pair --rounds N [--acknowledge both]`: kill -9 of one server of a pair, or of the process that holds
 * its mailboxes, at random moments while both are used. After each restart both must hold the same, every acknowledged
 * message, flag and expunge exactly once. With `both` each server in turn also loses all of its data.
 */
async function crashPairRounds(
  rounds: number,
  acknowledge: PairOptions["acknowledge"],
  say: (line: string) => void,
): Promise<string[]> {
  const pair = await startPair({ acknowledge, configuration: { auth: { allowPlaintext: true } } });
  const ledger = new Ledger();
  const problems: string[] = [];
  try {
    // Homes are on both servers: of what is made there.
    for (const [i, account] of ACCOUNTS.entries()) await pair.servers[i % 2].addAccount(account);
    await pair.converged(ACCOUNTS);
    for (let round = 1; round <= rounds; round++) {
      const found = await oneRound(pair, ledger, round);
      problems.push(...found);
      say(`round ${round}: ${ledger.promised} messages promised and there, ${found.length} problems`);
    }
    for (const victim of acknowledge === "both" ? [1, 0] as const : []) {
      const found = await loseData(pair, victim, ACCOUNTS, async () => {
        const stop = startLoad(pair, ledger, `lost${victim}`);
        await sleep(700);
        return stop;
      });
      found.push(...await settle(pair, ledger));
      problems.push(...found);
      say(
        `mx${
          victim + 1
        } lost its data: ${ledger.promised} messages promised and there, ${found.length} problems`,
      );
    }
  } finally {
    await pair.remove();
  }
  return problems;
}

/** Uses both servers; the answer ends it. */
function startLoad(pair: TestPair, ledger: Ledger, prefix: string): () => Promise<void> {
  let over = false;
  const going = () => !over;
  const load = pair.servers.flatMap((server, n) => [
    ...[0, 1].map((i) => smtpLoad({ server, ledger, prefix: `${prefix}n${n}s${i}`, going }, ACCOUNTS)),
    ...[0, 1, 2].map((i) =>
      imapLoad({ server, ledger, prefix: `${prefix}n${n}i${i}`, going }, ACCOUNTS[i + n])
    ),
  ]);
  return async () => {
    over = true;
    await Promise.all(load);
  };
}

/** Which server, and whether all of it or a place, takes turns; the moment is random. */
async function oneRound(pair: TestPair, ledger: Ledger, round: number): Promise<string[]> {
  const stop = startLoad(pair, ledger, `r${round}`);
  const victim = pair.servers[round >> 1 & 1];
  const random = crypto.getRandomValues(new Uint16Array(2));
  await sleep(150 + random[0] % 850);
  if (round % 2) {
    await victim.kill();
    // Shorter than it takes to notice, or longer.
    await sleep(random[1] % 3_000);
  } else {
    victim.killPlace("shard-0");
    await sleep(random[1] % 600);
  }
  if (round % 2) await victim.start();
  await sleep(random[1] % 400);
  await stop();
  return await settle(pair, ledger);
}

/** Waits until both are one again, and looks at everything. */
async function settle(pair: TestPair, ledger: Ledger): Promise<string[]> {
  const problems: string[] = [];
  await pair.linked();
  try {
    await pair.converged(ACCOUNTS);
  } catch (error) {
    problems.push((error as Error).message);
  }
  for (const account of ACCOUNTS) {
    const [one, two] = await Promise.all(pair.servers.map((server) => look(server, account, ledger)));
    if (!same(one, two)) problems.push(`${account}: the servers show different messages`);
    problems.push(...ledger.settle(account, one));
    for (const server of pair.servers) problems.push(...await check(server, account));
  }
  return [...problems, ...ledger.lies()];
}

function same(one: Map<string, Seen>, two: Map<string, Seen>): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...two]);
}

async function check(server: TestServer, account: string): Promise<string[]> {
  const { status, body } = await server.api("GET", `/api/v1/mailboxes/${account}/check`);
  const lines = status === 200 ? body.problems as string[] : [`check answered ${status}`];
  return lines.map((line) => `${server.address}, ${account}: ${line}`);
}

if (import.meta.main) {
  const flag = (name: string) => {
    const at = Deno.args.indexOf(`--${name}`);
    return at < 0 ? undefined : Deno.args[at + 1];
  };
  const acknowledge = flag("acknowledge") === "both" ? "both" : "local";
  const problems = await crashPairRounds(
    Number(flag("rounds") ?? 50),
    acknowledge,
    (line) => console.log(line),
  );
  for (const line of problems) console.log(line);
  console.log(problems.length ? `FAILED: ${problems.length} problems` : "nothing acknowledged was lost");
  Deno.exit(problems.length ? 1 : 0);
}
