import { strict as assert } from "node:assert";
import type { ActorRef, WatchEvent } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { GENESIS, type LogEntry, type LogMark, replicaNode } from "../../src/actor/replica.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault, type FaultCode } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { directoryActor } from "./actor.ts";
import type { DirectoryChange, DirectoryContract } from "./contract.ts";

/** A hash of a password, for tests. */
export const HASH = "$argon2id$v=19$test";

/** One of two servers that hold a directory. */
export class Server {
  readonly clock = new ManualClock();
  readonly system: LocalSystem;
  readonly directory: ActorRef<DirectoryContract>;
  readonly ask: ActorRef<DirectoryContract>["ask"];
  /** What watchers heard since it was last looked at. */
  heard: string[] = [];

  constructor(readonly id: string, peer: string, seed: number) {
    const node = replicaNode(id, peer);
    this.system = new LocalSystem({
      clock: this.clock,
      random: seededRandom(seed),
      actors: [directoryActor],
      node,
      logged: () => {},
    });
    this.directory = this.system.ref("directory:main");
    this.ask = this.directory.ask;
    for (const topic of ["accounts", "domains", "changed"]) {
      this.system.watch("directory:main", topic, (event) => this.#note(topic, event));
    }
  }

  #note(topic: string, event: WatchEvent): void {
    assert(event.kind === "event");
    const { accountId, change } = event.event as { accountId?: string; change?: string };
    this.heard.push(accountId ? `${change} ${accountId}` : topic);
  }

  /** Empties the list of what was heard. */
  hear(): string[] {
    return this.heard.splice(0);
  }

  /** Makes an account; its id. */
  async account(address: string, rest: object = {}): Promise<string> {
    return (await this.ask("createAccount", { address, passwordHash: HASH, ...rest })).id;
  }

  async entries(after: LogMark): Promise<LogEntry<DirectoryChange>[]> {
    const { entries } = await this.ask("readLog", { after: after.position, limit: 1000 });
    return entries;
  }

  /** The change of the newest entry that is a join. */
  async join(): Promise<LogEntry<DirectoryChange>> {
    return (await this.entries(GENESIS)).at(-1)!;
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

  /** The home joins what the other one has; the join that the other one has yet to take. */
  async heal(common?: LogMark): Promise<{ after: LogMark; entries: LogEntry<DirectoryChange>[] }> {
    const from = common ?? await this.common();
    const { end, tip } = await this.other.ask("tip", {});
    await this.home.ask("heal", {
      common: from,
      theirs: { entries: await this.other.entries(from), end, tip },
    });
    return { after: end, entries: [await this.home.join()] };
  }

  /** Brings both together, whichever way their logs ask for; afterwards they hold the same. */
  async meet(): Promise<void> {
    const common = await this.common();
    const [mine, theirs] = [await this.home.entries(common), await this.other.entries(common)];
    if (!mine.length) await this.home.ask("applyLog", { after: common, entries: theirs });
    else if (!theirs.length) await this.other.ask("applyLog", { after: common, entries: mine });
    else await this.other.ask("applyLog", await this.heal(common));
    await this.same();
  }

  /** Both hold the same, in good order. */
  async same(): Promise<void> {
    assert.deepEqual(await this.home.ask("hash", {}), await this.other.ask("hash", {}));
    const [a, b] = [await this.home.ask("replicaState", {}), await this.other.ask("replicaState", {})];
    assert.deepEqual([a.end, a.home, a.epoch], [b.end, b.home, b.epoch]);
    for (const { system } of [this.home, this.other]) assert.deepEqual(system.checkAll(), []);
  }
}

/** Runs a test with two servers that share a domain `a.test`, and looks at their files at the end. */
export async function withPair(test: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = new Pair();
  try {
    await pair.home.ask("createDomain", { name: "a.test" });
    await pair.meet();
    for (const server of [pair.home, pair.other]) server.hear();
    await test(pair);
    for (const { system } of [pair.home, pair.other]) assert.deepEqual(system.checkAll(), []);
  } finally {
    await Promise.all([pair.home.system.close(), pair.other.system.close()]);
  }
}

/** The request fails with this code. */
export async function refused(request: Promise<unknown>, code: FaultCode): Promise<void> {
  await assert.rejects(request, (error) => {
    assert(error instanceof Fault, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}
