import { startServer, type TestServer } from "../support/harness.ts";

/**
 * `deno task bench [--tests a,b] [--rounds N] [--drivers DIR]`: runs the load drivers against tuned Postfix + Dovecot and this
 * server in turn, and prints medians with the ratio of ours to theirs. Both keep their durable settings: every 250 and
 * OK is backed by a sync. Needs root for the peers (Debian packages), and the drivers (`MALLARD_BENCH`, default
 * `../shared/bench`).
 */
const flag = (name: string, fallback: string) => {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? fallback : Deno.args[at + 1];
};
const drivers = flag(
  "drivers",
  Deno.env.get("MALLARD_BENCH") ?? new URL("../../../shared/bench", import.meta.url).pathname,
);
const tests = flag("tests", "smtp4k,smtp64k,login,logins_tls,pop3,sync,idle");
const rounds = flag("rounds", "3");
const PEER = "mallard-bench";

async function command(program: string, args: string[], quiet = false): Promise<string> {
  const output = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: quiet ? "null" : "inherit",
  })
    .output();
  if (!output.success) throw new Error(`${program} ${args.join(" ")} ended with ${output.code}`);
  return new TextDecoder().decode(output.stdout);
}

async function startOurs(): Promise<{ server: TestServer; target: string }> {
  const server = await startServer({
    // The peer logs to a file too; reading the log here would cost the server's cores.
    logFile: await Deno.makeTempFile({ prefix: "mallard-", suffix: ".log" }),
    configuration: {
      auth: { allowPlaintext: true },
      limits: { quotaBytes: null, messageBytes: 50 * 1024 * 1024 },
    },
  });
  for (let i = 1; i <= 62; i++) await server.addAccount(`u${i}@bench.test`, "bench-pass");
  const target = await Deno.makeTempFile({ prefix: "mallard-", suffix: ".json" });
  const { ports } = server;
  await Deno.writeTextFile(
    target,
    JSON.stringify({
      ip: server.address,
      smtp: ports.smtp,
      submission: ports.submission,
      imap: ports.imap,
      imaps: ports.imaps,
      pop3: ports.pop3,
      user: "u%d@bench.test",
      password: "bench-pass",
      pids: [server.pid],
    }),
  );
  return { server, target };
}

async function main(): Promise<void> {
  const setup = [
    "--name",
    PEER,
    "--ip",
    "127.0.0.4",
    "--format",
    "sdbox",
    "--high-login",
    "--hibernate",
    "5s",
    "--fresh",
  ];
  await command(`${drivers}/setup-postfix-dovecot.sh`, setup, true);
  const { server, target } = await startOurs();
  const results = await Deno.makeTempFile({ prefix: "mallard-", suffix: ".jsonl" });
  try {
    const table = await command("python3", [
      `${drivers}/side_by_side.py`,
      "--target",
      `tuned=/var/lib/mailbench/${PEER}/target.json`,
      "--target",
      `ours=${target}`,
      "--tests",
      tests,
      "--rounds",
      rounds,
      "--out",
      results,
    ]);
    console.log(table);
    console.log(`raw lines: ${results}`);
  } finally {
    await server.remove();
    await command(`${drivers}/stop-postfix-dovecot.sh`, ["--name", PEER, "--wipe"], true);
  }
}

await main();
