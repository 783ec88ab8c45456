/**
 * `deno task concurrency [--minutes N] [--clients N] [--seed N]`: clients of every kind in one folder, some of them
 * by `#Shared/` and with fewer rights, each response held against what its client may know (tests/support/imap_concurrency.ts).
 */
import { startServer } from "../support/harness.ts";
import { ImapClient } from "../support/imap_client.ts";
import { runConcurrency } from "../support/imap_concurrency.ts";

const ACCOUNTS = ["many@a.test", "writer@a.test", "reader@a.test"], PASSWORD = "pass-word";

/** The number after an option's name. */
function option(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(Deno.args[at + 1]);
}

const minutes = option("minutes", 10), clients = option("clients", 20), seed = option("seed", 1);
const server = await startServer();
let open: ImapClient[] = [];
try {
  for (const account of ACCOUNTS) await server.addAccount(account, PASSWORD, { quotaBytes: null });
  const login = async (account: string) => {
    const client = await ImapClient.login(server.ports.imaps, account, PASSWORD, { tls: true });
    open = [...open, client];
    return client;
  };
  const checked = await runConcurrency({
    clients,
    durationMs: minutes * 60_000,
    seed,
    accounts: ACCOUNTS,
    login,
  });
  let problems = 0;
  for (const account of ACCOUNTS) {
    const { body } = await server.api("GET", `/api/v1/mailboxes/${account}/check`);
    problems += (body.problems as string[]).length;
  }
  const errors = server.logs().filter((line) => line.level === "error").length;
  console.log(
    `${clients} clients, ${minutes} min, seed ${seed}: ${checked} responses checked, 0 violations, ` +
      `${problems} problems in the mailbox, ${errors} errors in the log`,
  );
  if (problems + errors > 0) Deno.exitCode = 1;
} finally {
  for (const client of open) await client.close();
  await server.remove();
}
