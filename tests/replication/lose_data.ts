import { ResyncClient } from "../support/resync_client.ts";
import type { TestPair } from "../support/pair.ts";

/** How long a mailbox may take to be back. */
const REFILLED_MS = 60_000;

/**
 * One server loses its whole data folder under load and starts empty: it must come to hold everything again by itself,
 * and clients must not notice. `load` starts the load and answers how to end it.
 */
export async function loseData(
  pair: TestPair,
  victim: 0 | 1,
  accounts: readonly string[],
  load: () => Promise<() => Promise<void>>,
): Promise<string[]> {
  const problems: string[] = [];
  const [lost, kept] = [pair.servers[victim], pair.servers[1 - victim]];
  const clients = accounts.map((account) => new ResyncClient(account, "pass-word"));
  for (const client of clients) await client.sync(lost);
  const stop = await load();
  await lost.kill();
  await Deno.remove(lost.dataDir, { recursive: true });
  await stop();
  // What was acknowledged before and while it was away.
  for (const client of clients) await client.sync(kept);
  await lost.start();
  await pair.linked();
  for (const [i, client] of clients.entries()) {
    const fetched = await patiently(() => client.sync(lost));
    if (fetched) problems.push(`${accounts[i]}: a client had to fetch ${fetched} messages anew`);
    problems.push(...client.wrong);
  }
  return problems;
}

/** A mailbox that is not back yet is refused for now, and never shown as less than it was. */
async function patiently<T>(run: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!String(error).includes("UNAVAILABLE") || performance.now() - begun > REFILLED_MS) throw error;
    }
  }
}
