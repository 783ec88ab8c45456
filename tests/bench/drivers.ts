import { flag } from "./flags.ts";
import { command, DRIVERS, type Ours, startOurs, startPeer } from "./servers.ts";

/** The file by which a driver finds our server. */
async function describe(ours: Ours): Promise<string> {
  const target = await Deno.makeTempFile({ prefix: "mallard-", suffix: ".json" });
  const { ports, address, pid } = ours.server;
  const { smtp, submission, imap, imaps, pop3 } = ports;
  const login = { user: "u%d@bench.test", password: ours.password };
  await Deno.writeTextFile(
    target,
    JSON.stringify({ ip: address, smtp, submission, imap, imaps, pop3, ...login, pids: [pid] }),
  );
  return target;
}

/** Runs the load drivers against both servers in turn and prints medians with the ratio of ours to theirs. */
export async function runDrivers(): Promise<void> {
  const peer = await startPeer("bench", "sdbox", "127.0.0.4");
  const ours = await startOurs(62);
  const results = await Deno.makeTempFile({ prefix: "mallard-", suffix: ".jsonl" });
  try {
    const targets = ["--target", `tuned=${peer.file}`, "--target", `ours=${await describe(ours)}`];
    const tests = flag("tests", "smtp4k,smtp64k,login,logins_tls,pop3,sync,idle");
    const choice = ["--tests", tests, "--rounds", flag("rounds", "3"), "--out", results];
    console.log(await command("python3", [`${DRIVERS}/side_by_side.py`, ...targets, ...choice]));
    console.log(`raw lines: ${results}`);
  } finally {
    await ours.stop();
    await peer.stop();
  }
}
