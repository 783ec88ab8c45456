import { type BehindOptions, catchUp, describe } from "../replication/catch_up.ts";

/**
 * `deno task bench-pair [--parts catch-up] [--messages N]`: what a pair of servers costs and how fast a server that was
 * away is itself again.
 */
const flag = (name: string, fallback: string) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const parts = flag("parts", "catch-up").split(",");
const messages = Number(flag("messages", "20000"));

async function benchCatchUp(): Promise<void> {
  const logFolder = await Deno.makeTempDir({ prefix: "mallard-" });
  const cases: BehindOptions[] = [];
  for (const accounts of [1, 10]) {
    for (const away of ["stopped", "cut"] as const) cases.push({ messages, accounts, away, logFolder });
  }
  cases.push({ messages, accounts: 1, away: "stopped", taker: 1, logFolder });
  const only = flag("cases", "");
  for (const [i, one] of cases.entries()) {
    if (only && !only.split(",").includes(String(i))) continue;
    console.log(describe(one, await catchUp(one)));
  }
  await Deno.remove(logFolder, { recursive: true });
}

if (parts.includes("catch-up")) await benchCatchUp();
