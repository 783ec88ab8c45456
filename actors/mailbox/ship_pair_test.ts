import { strict as assert } from "node:assert";
import type { ActorRef } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { type LogMark, replicaNode } from "../../src/actor/replica.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { mailboxActor } from "./actor.ts";
import type { MailboxContract } from "./contract.ts";
import type { LogEntry } from "./log_change.ts";
import { letter, MAILBOX_NAME, newMessage, NO_LIMITS } from "./fixture_test.ts";

/** One of two servers that hold a mailbox. */
export class Server {
  readonly system: LocalSystem;
  readonly ask: ActorRef<MailboxContract>["ask"];

  constructor(id: string, peer: string, clock: ManualClock, seed: number) {
    const node = replicaNode(id, peer);
    const random = seededRandom(seed);
    this.system = new LocalSystem({ clock, random, actors: [mailboxActor], node, logged: () => {} });
    this.ask = this.system.ref<MailboxContract>(`mailbox:${MAILBOX_NAME}`).ask;
  }

  /** Files letter `n` in INBOX; its UID. */
  async add(n: number): Promise<number> {
    const request = { name: "INBOX", messages: [newMessage(letter(n))], limits: NO_LIMITS };
    return (await this.ask("append", request)).uids[0];
  }

  async remove(uid: number): Promise<void> {
    const folder = (await this.ask("status", { name: "INBOX" })).id;
    const uids = [uid, uid];
    await this.ask("store", { folder, uids, mode: "add", flags: ["\\Deleted"] });
    await this.ask("expunge", { folder, uids });
  }

  /** UIDs of INBOX. */
  async uids(): Promise<number[]> {
    const folder = (await this.ask("status", { name: "INBOX" })).id;
    const { rows } = await this.ask("fetch", { folder, uids: [1, 0xffffffff], items: {} });
    return rows.map(({ uid }) => uid);
  }

  async entries(after: LogMark): Promise<LogEntry[]> {
    return (await this.ask("readLog", { after: after.position, limit: 1000 })).entries;
  }

  async end(): Promise<LogMark> {
    return (await this.ask("replicaState", {})).end;
  }

  /** Takes the bytes that entries need from the other server; what it has no more is answered. */
  async fetchBytes(entries: readonly LogEntry[], from: Server): Promise<string[]> {
    const hashes = entries.flatMap(({ changes }) => changes).flatMap((change) =>
      change.op === "message"
        ? [change.hash]
        : change.op === "join"
        ? change.folders.flatMap(({ rows }) => rows.map((row) => row[7]))
        : []
    );
    const { missing } = await this.ask("missingContents", { hashes });
    const { contents } = await from.ask("readContents", { hashes: missing });
    const there = contents.filter((raw) => raw !== null).map((raw) => newMessage(raw));
    await this.ask("stageContents", { contents: there });
    return missing.filter((_, n) => contents[n] === null);
  }

  /** Takes over what the other server logged after this one's end. */
  async follow(other: Server): Promise<void> {
    const after = await this.end();
    await this.apply(after, await other.entries(after), other);
  }

  async apply(after: LogMark, entries: LogEntry[], other: Server): Promise<void> {
    const absent = await this.fetchBytes(entries, other);
    await this.ask("applyLog", { after, entries, absent });
  }

  /** Joins the other server's branch into this one; the entry that the other one has yet to take. */
  async heal(other: Server, common: LogMark): Promise<LogEntry> {
    const entries = await other.entries(common);
    await this.fetchBytes(entries, other);
    const { end, tip } = await other.ask("tip", {});
    await this.ask("heal", { common, theirs: { entries, end, tip } });
    return (await this.entries(common)).at(-1)!;
  }
}

/** Two servers; `home` orders what they do while they see each other. */
export class Pair {
  readonly clock = new ManualClock();
  readonly home = new Server("mx1", "mx2", this.clock, 1);
  readonly other = new Server("mx2", "mx1", this.clock, 2);

  /** Both hold the same, in good order. */
  async same(): Promise<void> {
    const [a, b] = await Promise.all([this.home, this.other].map((server) => server.ask("hash", {})));
    assert.deepEqual(a, b);
    assert.deepEqual(
      await this.home.ask("replicaState", {}).then(({ end, home, epoch }) => [end, home, epoch]),
      await this.other.ask("replicaState", {}).then(({ end, home, epoch }) => [end, home, epoch]),
    );
  }
}

/** Runs a test with two servers, and looks at their files at the end. */
export async function withPair(test: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = new Pair();
  await test(pair);
  for (const { system } of [pair.home, pair.other]) {
    assert.deepEqual(system.checkAll(), []);
    await system.close();
  }
}
