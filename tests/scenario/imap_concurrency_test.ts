import { strict as assert } from "node:assert";
import type { ImapClient } from "../support/imap_client.ts";
import { FolderModel, type Ledger, numbersOf } from "../support/imap_model.ts";
import { Dice } from "../support/imap_noise.ts";
import { fetched, fill, mail, only, testDialogues, type World } from "../support/imap_world.ts";

/** How long the clients go at it, in milliseconds. */
const DURATION_MS = Number(Deno.env.get("MALLARD_CONCURRENCY_MS") ?? 10_000);
const SEED = Number(Deno.env.get("MALLARD_CONCURRENCY_SEED") ?? 1);
/** What each client enables; two of each. */
const ENABLED = ["", "CONDSTORE", "QRESYNC", "IMAP4rev2"];

/** One client that does random things and holds every response against its model. */
class Actor {
  readonly model: FolderModel;
  readonly journal: string[] = [];
  rounds = 0;

  constructor(
    readonly client: ImapClient,
    readonly name: string,
    readonly dice: Dice,
    enabled: string,
    ledger: Ledger,
  ) {
    const qresync = enabled === "QRESYNC";
    this.model = new FolderModel({ condstore: qresync || enabled === "CONDSTORE", qresync }, ledger);
  }

  /** Sends the commands in one write and checks the answers of each. */
  async pipeline(commands: readonly string[]): Promise<void> {
    const tags = commands.map(() => this.client.nextTag());
    this.client.socket.write(commands.map((command, i) => `${tags[i]} ${command}\r\n`).join(""));
    for (const [i, command] of commands.entries()) this.#check(command, await this.client.finish(tags[i]));
  }

  run(command: string): Promise<void> {
    return this.pipeline([command]);
  }

  async select(command = "SELECT INBOX"): Promise<void> {
    this.model.reset();
    await this.run(command);
    if (this.dice.below(2) && this.model.messages.length) await this.run("FETCH 1:* (UID FLAGS)");
  }

  #check(command: string, result: { status: string; text: string; untagged: string[] }): void {
    this.journal.push(
      `C ${command.slice(0, 70)}`,
      ...result.untagged.map((line) => `S ${line.slice(0, 150)}`),
    );
    this.journal.push(`S ${result.status} ${result.text}`);
    for (const line of result.untagged) this.model.apply(line, command);
    assert.notEqual(result.status, "BAD", `${command}: ${result.text}`);
    const copied = /\[COPYUID \d+ ([\d:,]+) ([\d:,]+)\]/.exec(result.text);
    if (copied) assert.equal(numbersOf(copied[1]).length, numbersOf(copied[2]).length, result.text);
  }

  /** A stretch of messages by number. */
  #numbers(): string {
    const first = 1 + this.dice.below(this.model.messages.length);
    return `${first}:${Math.min(this.model.messages.length, first + this.dice.below(5))}`;
  }

  /** Some UIDs, known and unknown ones. */
  #uids(): string {
    const { uids } = this.model;
    if (!uids.length || !this.dice.below(4)) return this.dice.pick(["1:*", "*", "999999:*", "1:30"]);
    const first = this.dice.pick(uids);
    return this.dice.pick([`${first}`, `${first}:${first + 6}`, `${first},${this.dice.pick(uids)}`]);
  }

  /** A command that keeps message numbers. */
  #steady(): string {
    const at = this.#numbers();
    return this.dice.pick([
      `FETCH ${at} (UID FLAGS)`,
      "FETCH 1:* (FLAGS RFC822.SIZE)",
      `FETCH ${at} (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])`,
      `FETCH ${at} BODY[TEXT]`,
      `STORE ${at} ${this.dice.pick(["+", "-", ""])}FLAGS (\\Seen ${this.name})`,
      `STORE ${at} ${this.dice.pick(["+", "-"])}FLAGS.SILENT (\\Flagged)`,
      `STORE ${at} +FLAGS (\\Deleted)`,
      "SEARCH UNSEEN",
      `SEARCH OR ${at} FLAGGED`,
    ]);
  }

  /** A command that names messages by UID only, so that it may follow any other at once (RFC 9051 §5.5). */
  #byUid(): string {
    const at = this.#uids();
    return this.dice.pick([
      `UID FETCH ${at} (FLAGS RFC822.SIZE)`,
      `UID FETCH ${at} BODY.PEEK[HEADER.FIELDS (SUBJECT)]`,
      `UID STORE ${at} ${this.dice.pick(["+", "-"])}FLAGS (${this.name} both)`,
      `UID STORE ${at} +FLAGS.SILENT (\\Deleted)`,
      "UID SEARCH SEEN",
      "UID SEARCH RETURN (MIN MAX ALL COUNT) UNDELETED",
      `UID COPY ${at} ${this.dice.pick(["INBOX", "other"])}`,
      `UID MOVE ${at.replace("1:*", "*")} ${this.dice.pick(["INBOX", "other"])}`,
      `UID EXPUNGE ${at}`,
      "NOOP",
    ]);
  }

  async act(): Promise<void> {
    this.rounds++;
    const kind = this.dice.below(20), { length } = this.model.messages;
    if (kind < 5 || length < 4) await this.#append();
    else if (kind < 11) {
      const steady = Array.from({ length: this.dice.below(4) }, () => this.#steady());
      await this.pipeline([
        ...steady,
        ...Array.from({ length: 1 + this.dice.below(4) }, () => this.#byUid()),
      ]);
    } else if (kind < 14) await this.run(this.#steady());
    else if (kind === 14) await this.run("EXPUNGE");
    else if (kind === 15) await this.#idle();
    else if (kind === 16) await this.run(`${this.dice.pick(["COPY", "MOVE"])} ${this.#numbers()} other`);
    else if (kind === 17 && !this.dice.below(4)) {
      await this.select(this.dice.pick(["SELECT INBOX", "EXAMINE INBOX"]));
    } else if (kind === 18 && length > 60) await this.#clean();
    else await this.run("NOOP");
  }

  async #append(): Promise<void> {
    const result = await this.client.append(
      "INBOX",
      mail(`${this.name}-${this.rounds}`, "x".repeat(this.rounds % 99)),
    );
    this.#check("APPEND", result);
  }

  async #idle(): Promise<void> {
    const idle = await this.client.idle();
    await new Promise((resolve) => setTimeout(resolve, this.dice.below(12)));
    this.#check("IDLE", await idle.done());
  }

  /** Keeps the folder small. */
  async #clean(): Promise<void> {
    await this.run("UID STORE 1:* +FLAGS.SILENT (\\Deleted)");
    await this.run("EXPUNGE");
  }
}

async function compare(actor: Actor, judge: ImapClient): Promise<void> {
  const count = Number(only(await judge.ok("EXAMINE INBOX"), /^(\d+) EXISTS$/)[1]);
  const rows = count ? fetched(await judge.ok("FETCH 1:* (UID MODSEQ)")) : new Map();
  const uids = [...rows.values()].map((items) => Number(items.get("UID")));
  assert.equal(
    actor.model.messages.length,
    uids.length,
    `${actor.name} ${actor.journal.slice(-40).join("\n")}`,
  );
  actor.model.messages.forEach(({ uid }, i) => {
    if (uid) assert.equal(uid, uids[i], `${actor.name}, message ${i + 1}`);
  });
}

async function makeActors(world: World, account: string, ledger: Ledger): Promise<Actor[]> {
  const actors: Actor[] = [];
  for (const [i, enabled] of [...ENABLED, ...ENABLED].entries()) {
    const client = await world.login(account);
    if (enabled) await client.ok(`ENABLE ${enabled}`);
    actors.push(new Actor(client, "abcdefgh"[i], new Dice(SEED * 100 + i), enabled, ledger));
  }
  return actors;
}

testDialogues("IMAP", {
  "eight clients at random: every response is allowed and fits what was said": async (world) => {
    const account = await world.newAccount({ quotaBytes: 1 << 30 });
    const judge = await world.login(account);
    await judge.ok("CREATE other");
    await fill(judge, "INBOX", 10);
    const actors = await makeActors(world, account, new Map());
    for (const actor of actors) await actor.select();
    const end = performance.now() + DURATION_MS;
    await Promise.all(actors.map(async (actor) => {
      try {
        while (performance.now() < end) await actor.act();
      } catch (cause) {
        throw new Error(`seed ${SEED}, ${actor.name}:\n${actor.journal.slice(-40).join("\n")}`, { cause });
      }
    }));
    for (const actor of actors) {
      await actor.run("NOOP");
      await compare(actor, judge);
      assert.ok(actor.rounds > 10, `${actor.name} came to act ${actor.rounds} times`);
    }
  },
}, { configuration: { auth: { allowPlaintext: true } } });
