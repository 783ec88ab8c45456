import { strict as assert } from "node:assert";
import type { ActorRef } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { GENESIS, type LogEntry, type LogMark, replicaNode } from "../../src/actor/replica.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { hashesOf } from "../../src/replication/contents.ts";
import type { EngineEntry } from "../../src/replication/side.ts";
import { mailboxActor } from "./actor.ts";
import type { MailboxContract } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { MAILBOX_NAME } from "./fixture_test.ts";

/** One of two servers that hold a mailbox. */
export class Server {
  readonly clock = new ManualClock();
  readonly system: LocalSystem;
  readonly ask: ActorRef<MailboxContract>["ask"];
  /** How often watchers of `scripts` were told since it was last looked at. */
  told = 0;

  constructor(readonly id: string, peer: string, seed: number) {
    const node = replicaNode(id, peer);
    this.system = new LocalSystem({
      clock: this.clock,
      random: seededRandom(seed),
      actors: [mailboxActor],
      node,
      logged: () => {},
    });
    this.ask = this.system.ref<MailboxContract>(`mailbox:${MAILBOX_NAME}`).ask;
    this.system.watch(`mailbox:${MAILBOX_NAME}`, "scripts", () => void this.told++);
  }

  async entries(after: LogMark): Promise<LogEntry<LogChange>[]> {
    const { entries } = await this.ask("readLog", { after: after.position, limit: 1000 });
    return entries;
  }

  /** Scripts by name with their texts; a star before the active one. */
  async scripts(): Promise<Record<string, string>> {
    const { scripts } = await this.ask("listScripts", {});
    const texts = scripts.map(async ({ name, active }) => {
      const { content } = await this.ask("getScript", { name });
      return [active ? `*${name}` : name, content] as const;
    });
    return Object.fromEntries(await Promise.all(texts));
  }
}

/** Two servers, and what their link would do. */
export class Pair {
  readonly home = new Server("mx1", "mx2", 1);
  readonly other = new Server("mx2", "mx1", 2);

  /** The newest mark that both logs hold. */
  async common(): Promise<LogMark> {
    const { marks } = await this.other.ask("listMarks", { before: Number.MAX_SAFE_INTEGER, limit: 1000 });
    return (await this.home.ask("commonMark", { marks })).mark ?? GENESIS;
  }

  /** The home joins the other one's branch; the join that the other one has yet to take. */
  async heal(common?: LogMark): Promise<MailboxContract["applyLog"]["request"]> {
    const from = common ?? await this.common();
    const { end, tip } = await this.other.ask("tip", {});
    const entries = await this.other.entries(from);
    await this.carry(this.other, this.home, entries);
    await this.home.ask("heal", { common: from, theirs: { entries, end, tip } });
    const joined = (await this.home.entries(GENESIS)).slice(-1);
    await this.carry(this.home, this.other, joined);
    return { after: end, entries: joined };
  }

  /** Brings both together, whichever way their logs ask for; afterwards they hold the same. */
  async meet(): Promise<void> {
    const common = await this.common();
    const [mine, theirs] = [await this.home.entries(common), await this.other.entries(common)];
    await Promise.all([this.carry(this.other, this.home, theirs), this.carry(this.home, this.other, mine)]);
    if (!mine.length) await this.home.ask("applyLog", { after: common, entries: theirs });
    else if (!theirs.length) await this.other.ask("applyLog", { after: common, entries: mine });
    else await this.other.ask("applyLog", await this.heal(common));
    await this.same();
  }

  /** Brings the messages that entries name from one server to the other. */
  async carry(from: Server, to: Server, entries: readonly LogEntry<LogChange>[]): Promise<void> {
    const hashes = hashesOf(entries as readonly EngineEntry[]);
    const { missing } = await to.ask("missingContents", { hashes });
    const { contents } = await from.ask("readContents", { hashes: missing });
    const known = contents.filter((raw) => raw !== null);
    await to.ask("stageContents", { contents: known.map((raw) => ({ raw, summary: summarize(raw) })) });
  }

  /** Both hold the same, in good order. */
  async same(): Promise<void> {
    assert.deepEqual(await this.home.scripts(), await this.other.scripts());
    assert.deepEqual(await this.home.ask("hash", {}), await this.other.ask("hash", {}));
    for (const { system } of [this.home, this.other]) assert.deepEqual(system.checkAll(), []);
  }
}

/** Runs a test with two servers that are apart. */
export async function withPair(test: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = new Pair();
  try {
    await test(pair);
  } finally {
    await Promise.all([pair.home.system.close(), pair.other.system.close()]);
  }
}
