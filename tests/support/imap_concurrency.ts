import { strict as assert } from "node:assert";
import { Actor, KINDS } from "./imap_actor.ts";
import type { ImapClient } from "./imap_client.ts";
import { flagsOf, formatSet } from "./imap_flags.ts";
import type { Ledger } from "./imap_model.ts";
import { Dice } from "./imap_noise.ts";
import { fetched, fill, only } from "./imap_world.ts";

/** What a run is to be. */
export interface ConcurrencyOptions {
  clients: number;
  durationMs: number;
  seed: number;
  /** Who has the folder, and those with whom it is shared. */
  accounts: readonly string[];
  /** A new connection that is logged in to one of the accounts. */
  login(account: string): Promise<ImapClient>;
}

/** How long clients go at it before all stand still and are compared with the folder. */
const PHASE_MS = 4_000;
/** What those with whom the folder is shared may do, one after the other: all that clients do, or read and mark as read. */
const RIGHTS = ["lrswite", "lrs"];
/** Every client of some follows one that has the folder. */
const TURNS = [0, 0, 1, 0, 2];
/** How much of a dialogue is shown when it goes wrong. */
const JOURNAL_LINES = 100;

/**
 * Clients of every kind do random things in one folder, some of them by `#Shared/` and each reader with an own \\Seen.
 * Each response is held against what its client may know; at the end of each phase every client that has caught up must
 * know the folder as it is. Answers the responses checked.
 */
export async function runConcurrency(options: ConcurrencyOptions): Promise<number> {
  const judges = await Promise.all(options.accounts.map((account) => options.login(account)));
  for (const judge of judges) await judge.ok("CREATE other");
  await fill(judges[0], "INBOX", 10);
  for (const [i, account] of options.accounts.slice(1).entries()) {
    await judges[0].ok(`SETACL INBOX ${account} ${RIGHTS[i % RIGHTS.length]}`);
    await judges[0].ok('SETMETADATA INBOX (/shared/vendor/mallard/shared-seen "false")');
  }
  const actors = await makeActors(options);
  for (const actor of actors) await guarded(options, actor, () => actor.select());
  const end = performance.now() + options.durationMs;
  while (performance.now() < end) {
    const phase = Math.min(end, performance.now() + PHASE_MS);
    await Promise.all(actors.map((actor) =>
      guarded(options, actor, async () => {
        while (performance.now() < phase) await actor.act();
      })
    ));
    for (const [i, actor] of actors.entries()) {
      await guarded(options, actor, async () => {
        await actor.run("NOOP");
        await compare(actor, judges[accountOf(options, i)]);
      });
    }
    for (const judge of judges) {
      await judge.ok("UNSELECT");
      await judge.ok("SELECT other");
      await judge.ok("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
      await judge.ok("CLOSE");
    }
  }
  for (const actor of actors) assert.ok(actor.rounds > 5, `${actor.name} acted ${actor.rounds} times`);
  return actors.reduce((sum, actor) => sum + actor.checked, 0);
}

/** Which account client `i` belongs to. */
function accountOf({ accounts }: ConcurrencyOptions, i: number): number {
  return TURNS[i % TURNS.length] % accounts.length;
}

/** Adds the journal to what goes wrong. */
async function guarded(options: ConcurrencyOptions, actor: Actor, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (cause) {
    // What was said of the message in question, then the end of the dialogue.
    const uid = /\bUID (\d+)/.exec((cause as Error).message)?.[1] ?? "none";
    const about = actor.journal.filter((line) =>
      /^C .*(STORE|SELECT|EXAMINE)/.test(line) || line.includes(uid)
    );
    const journal = [...about.slice(-JOURNAL_LINES), "…", ...actor.journal.slice(-JOURNAL_LINES)].join("\n");
    throw new Error(`seed ${options.seed}, ${actor.name} (${actor.kind}):\n${journal}`, { cause });
  }
}

/** What the client knows is what is there: how many, which, and the flags that it was told of. */
async function compare(actor: Actor, judge: ImapClient): Promise<void> {
  const count = Number(only(await judge.ok(`EXAMINE ${actor.folder}`), /^(\d+) EXISTS$/)[1]);
  const rows = count ? fetched(await judge.ok("FETCH 1:* (UID FLAGS)")) : new Map();
  const there = [...rows.values()].map((items) => ({
    uid: Number(items.get("UID")),
    flags: items.get("FLAGS"),
  }));
  const { messages } = actor.model;
  assert.equal(messages.length, there.length, "how many messages there are");
  const flags = new Map(there.map((one) => [one.uid, one.flags]));
  messages.forEach((message, i) => {
    if (!message.uid) return;
    if (actor.kind !== "uidOnly") assert.equal(message.uid, there[i].uid, `message ${i + 1}`);
    const list = flags.get(message.uid);
    assert.ok(list !== undefined, `UID ${message.uid} is not there`);
    if (message.flags) {
      assert.equal(
        formatSet(message.flags),
        formatSet(flagsOf(list)),
        `flags of UID ${message.uid}, MODSEQ ${message.modSeq}`,
      );
    }
  });
}

async function makeActors(options: ConcurrencyOptions): Promise<Actor[]> {
  const all = { texts: new Map(), common: new Map() };
  const ledgers: Ledger[] = options.accounts.map(() => ({ ...all, flags: new Map() }));
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const actors: Actor[] = [];
  for (let i = 0; i < options.clients; i++) {
    const kind = kinds[i % kinds.length];
    const account = accountOf(options, i);
    const client = await options.login(options.accounts[account]);
    const folder = account === 0 ? "INBOX" : `#Shared/${options.accounts[0]}/INBOX`;
    client.socket.timeoutMs = 30_000;
    for (const command of KINDS[kind]) await client.ok(command);
    actors.push(
      new Actor(
        client,
        String.fromCharCode(97 + i),
        new Dice(options.seed * 100 + i),
        kind,
        folder,
        ledgers[account],
      ),
    );
  }
  return actors;
}
