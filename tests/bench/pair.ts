import { type BehindOptions, catchUp, describe } from "../replication/catch_up.ts";
import { lags, lagsUnderLoad, quantile, startSubject, throughput } from "../replication/cost.ts";

/**
 * `deno task bench-pair [--parts catch-up,cost,lag] [--messages N] [--rounds N]`: what a second server costs on
 * delivery (by smtp-source of Postfix), how soon mail shows there, and how fast a server that was away catches up.
 */
const flag = (name: string, fallback: string) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const parts = flag("parts", "cost,lag,catch-up").split(",");
const logFolder = await Deno.makeTempDir({ prefix: "mallard-" });

async function benchCatchUp(messages: number): Promise<void> {
  const cases: BehindOptions[] = [];
  for (const accounts of [1, 10]) {
    for (const away of ["stopped", "cut"] as const) cases.push({ messages, accounts, away, logFolder });
  }
  cases.push({ messages, accounts: 1, away: "stopped", taker: 1, logFolder });
  for (const one of cases) console.log(describe(one, await catchUp(one)));
}

/** All three in turn in each round, so that whatever else the machine does hits all of them. */
async function benchCost(messages: number, rounds: number): Promise<void> {
  const modes = ["alone", "local", "both"] as const;
  const rates = new Map<string, number[]>(modes.map((mode) => [mode, []]));
  for (let round = 0; round < rounds; round++) {
    for (const mode of modes) {
      const subject = await startSubject(mode, logFolder);
      await throughput(subject, messages / 10); // warm
      const rate = await throughput(subject, messages);
      rates.get(mode)!.push(rate);
      console.log(`round ${round + 1}, ${mode}: ${rate.toFixed(0)} messages/s`);
      await subject.end();
    }
  }
  const median = (mode: string) => quantile(rates.get(mode)!.sort((a, b) => a - b), 0.5);
  for (const mode of modes) {
    const ratio = median(mode) / median("alone");
    console.log(
      `${mode}: median ${median(mode).toFixed(0)} messages/s, ${ratio.toFixed(2)} of a server alone`,
    );
  }
}

async function benchLag(): Promise<void> {
  const { pair, end } = await startSubject("local", logFolder);
  const say = (name: string, found: number[]) => {
    const [half, most] = [quantile(found, 0.5), quantile(found, 0.99)].map((ms) => ms.toFixed(1));
    console.log(`visible on the other server, ${name}: median ${half} ms, p99 ${most} ms after 250`);
  };
  await lags(pair!, 20, 20); // warm
  say("idle", await lags(pair!, 200, 50));
  say("under load", await lagsUnderLoad(pair!, 300));
  await end();
}

if (parts.includes("cost")) await benchCost(Number(flag("messages", "3000")), Number(flag("rounds", "3")));
if (parts.includes("lag")) await benchLag();
if (parts.includes("catch-up")) await benchCatchUp(Number(flag("messages", "20000")));
await Deno.remove(logFolder, { recursive: true });
