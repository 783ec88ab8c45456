import { runConcurrency } from "../support/imap_concurrency.ts";
import { testDialogues } from "../support/imap_world.ts";

/** How long the clients go at it, in milliseconds. */
const DURATION_MS = Number(Deno.env.get("MALLARD_CONCURRENCY_MS") ?? 10_000);
const SEED = Number(Deno.env.get("MALLARD_CONCURRENCY_SEED") ?? 1);

testDialogues("IMAP", {
  "twenty clients of three accounts at random: every response is allowed and fits what was said": async (
    world,
  ) => {
    const accounts = [];
    for (let i = 0; i < 3; i++) accounts.push(await world.newAccount({ quotaBytes: 1 << 30 }));
    const login = (account: string) => world.login(account);
    await runConcurrency({ clients: 20, durationMs: DURATION_MS, seed: SEED, accounts, login });
  },
}, { configuration: { auth: { allowPlaintext: true } } });
