import { strict as assert } from "node:assert";
import { seededRandom } from "../../../src/base/id.ts";
import type { ImapClient, ImapResult } from "../../support/imap_client.ts";
import {
  type Dialogues,
  fetched,
  fetchedOne,
  fill,
  mail,
  only,
  type World,
} from "../../support/imap_world.ts";

/** How long the clients go at it, in milliseconds. */
const DURATION_MS = Number(Deno.env.get("MALLARD_DRIFT_MS") ?? 1500);
const SEED = Number(Deno.env.get("MALLARD_DRIFT_SEED") ?? 1);

interface Known {
  /** 0 until the client was told. */
  uid: number;
  /** Sorted, without `\Recent`; null until the client was told. */
  flags: string[] | null;
  modSeq: number;
}

/**
 * A client that believes what it is told and nothing else: its list of messages is changed by EXISTS, EXPUNGE,
 * VANISHED and FETCH alone, and each must fit what was told before.
 */
class Believer {
  messages: Known[] = [];
  /** Every command with its answer, for a failure's report. */
  readonly journal: string[] = [];
  /** A keyword that no other client touches. */
  readonly #keyword: string;
  readonly #bytes: (count: number) => Uint8Array;

  constructor(readonly client: ImapClient, readonly name: string, seed: number) {
    this.#keyword = `k${name}`;
    const random = seededRandom(Math.imul(seed, 0x9e3779b1));
    this.#bytes = (count) => random.bytes(count);
  }

  async select(): Promise<void> {
    this.messages = [];
    await this.run("SELECT INBOX");
    if (this.messages.length) await this.run("FETCH 1:* (UID FLAGS)");
  }

  /** Sends a command and believes its untagged answers. */
  async run(command: string): Promise<ImapResult> {
    const result = await this.client.command(command);
    this.journal.push(
      `C ${command.slice(0, 60)}`,
      ...result.untagged.map((l) => `S ${l}`),
      `S ${result.status} ${result.text}`,
    );
    const silentNumbers = /^(FETCH|STORE|SEARCH) /.test(command);
    for (const line of result.untagged) {
      assert.ok(!silentNumbers || !/ EXPUNGE$|^VANISHED [^(]/.test(line), `${command}: ${line}`);
      this.believe(line);
    }
    assert.notEqual(result.status, "BAD", `${command}: ${result.text}`);
    return result;
  }

  believe(line: string): void {
    const number = /^(\d+) (EXISTS|EXPUNGE|FETCH)/.exec(line);
    if (number?.[2] === "EXISTS") {
      assert.ok(Number(number[1]) >= this.messages.length, `${line}, but there are ${this.messages.length}`);
      while (this.messages.length < Number(number[1])) this.messages.push({ uid: 0, flags: null, modSeq: 0 });
    } else if (number) {
      const at = Number(number[1]) - 1;
      assert.ok(at >= 0 && at < this.messages.length, `${line}, but there are ${this.messages.length}`);
      if (number[2] === "EXPUNGE") this.messages.splice(at, 1);
      else this.#learn(at, line);
    } else if (line.startsWith("VANISHED ")) {
      for (const range of line.replace(/^VANISHED (\(EARLIER\) )?/, "").split(",")) {
        const [first, last = first] = range.split(":").map(Number);
        for (let uid = first; uid <= last; uid++) this.#vanish(uid, line);
      }
    }
  }

  #learn(at: number, line: string): void {
    const message = this.messages[at];
    const items = fetchedOne([line], at + 1);
    const uid = Number(items.get("UID") ?? 0);
    if (uid) {
      assert.ok(message.uid === 0 || message.uid === uid, `${line}, but it was UID ${message.uid}`);
      message.uid = uid;
      const before = this.messages.findLast((other, i) => i < at && other.uid > 0);
      const after = this.messages.find((other, i) => i > at && other.uid > 0);
      assert.ok((before?.uid ?? 0) < uid && uid < (after?.uid ?? Infinity), `${line}: UIDs ascend`);
    }
    const flags = items.get("FLAGS");
    if (flags) {
      message.flags = flags.slice(1, -1).split(" ").filter((flag) => flag && flag !== "\\Recent").sort();
    }
    const modSeq = Number(items.get("MODSEQ")?.slice(1, -1) ?? 0);
    if (modSeq) {
      assert.ok(modSeq >= message.modSeq, `${line}: MODSEQ was ${message.modSeq}`);
      message.modSeq = modSeq;
    }
  }

  #vanish(uid: number, line: string): void {
    let at = this.messages.findIndex((message) => message.uid === uid);
    if (at < 0) {
      // One of those whose UIDs were not told yet, between the right neighbours.
      const after = this.messages.findIndex((message) => message.uid > uid);
      at = (after < 0 ? this.messages.length : after) - 1;
    }
    const earlier = line.includes("EARLIER");
    if (this.messages[at]?.uid === uid || (!earlier && this.messages[at]?.uid === 0)) {
      this.messages.splice(at, 1);
    } else assert.ok(earlier, `${line}: ${uid} is not known`);
  }

  below(limit: number): number {
    const [a, b] = this.#bytes(2);
    return (a << 8 | b) % limit;
  }

  /** One random command that fits what the client believes. */
  async act(round: number): Promise<void> {
    const count = this.messages.length;
    const first = 1 + this.below(Math.max(1, count));
    const last = Math.min(count, first + this.below(4));
    const kind = this.below(15);
    if (kind < 3 || count < 3) {
      const result = await this.client.append("INBOX", mail(`${this.name}${round}`));
      this.journal.push("C APPEND", ...result.untagged.map((l) => `S ${l}`));
      for (const line of result.untagged) this.believe(line);
      assert.equal(result.status, "OK", result.text);
    } else if (kind === 3) await this.run("NOOP");
    else if (kind === 4) await this.run("FETCH 1:* (UID FLAGS)");
    else if (kind === 5) await this.run("UID FETCH 1:* (FLAGS)");
    else if (kind === 6) await this.run(`STORE ${first}:${last} ${"+-"[this.below(2)]}FLAGS (\\Seen)`);
    else if (kind === 7) {
      await this.run(`UID STORE ${first}:${last + 9} ${"+-"[this.below(2)]}FLAGS (\\Flagged shared)`);
    } else if (kind === 8) await this.#storeSilently(first, last);
    else if (kind === 9) await this.run(`STORE ${first} +FLAGS (\\Deleted)`);
    else if (kind === 10) await this.run("EXPUNGE");
    else if (kind === 11) {
      await this.run(
        `${this.below(2) ? "COPY" : "MOVE"} ${first}:${last} ${this.below(3) ? "other" : "INBOX"}`,
      );
    } else if (kind === 12) await this.#search();
    else if (kind === 13) await this.#idle();
    else await this.run(`FETCH ${first}:${last} (UID BODY[HEADER.FIELDS (SUBJECT)])`);
  }

  /** Nobody else touches this keyword, so that the client knows the outcome without being told. */
  async #storeSilently(first: number, last: number): Promise<void> {
    const add = this.below(2) === 1;
    const targets = this.messages.slice(first - 1, last);
    await this.run(`STORE ${first}:${last} ${add ? "+" : "-"}FLAGS.SILENT (${this.#keyword})`);
    for (const message of targets) {
      const others = message.flags?.filter((flag) => flag !== this.#keyword);
      if (others) message.flags = (add ? [...others, this.#keyword] : others).sort();
    }
  }

  async #search(): Promise<void> {
    const { untagged } = await this.run("SEARCH UNSEEN");
    for (const line of untagged) {
      const numbers = /^SEARCH([ \d]*)/.exec(line)?.[1].trim().split(" ").map(Number) ?? [];
      for (const number of numbers) assert.ok(number <= this.messages.length, line);
    }
  }

  async #idle(): Promise<void> {
    const idle = await this.client.idle();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const result = await idle.done();
    this.journal.push("C IDLE", ...result.untagged.map((l) => `S ${l}`));
    for (const line of result.untagged) this.believe(line);
  }
}

async function truth(client: ImapClient): Promise<Known[]> {
  const exists = only(await client.ok("EXAMINE INBOX"), /^(\d+) EXISTS$/)[1];
  if (exists === "0") return [];
  const all = fetched(await client.ok("FETCH 1:* (UID FLAGS MODSEQ)"));
  return [...all.values()].map((items) => ({
    uid: Number(items.get("UID")),
    flags: items.get("FLAGS")!.slice(1, -1).split(" ").filter((flag) => flag && flag !== "\\Recent").sort(),
    modSeq: Number(items.get("MODSEQ")!.slice(1, -1)),
  }));
}

/** Four clients that know different extensions, on one folder. */
async function makeBelievers(world: World, account: string, seed: number): Promise<Believer[]> {
  const enabled = ["", "ENABLE CONDSTORE", "ENABLE QRESYNC", "ENABLE IMAP4rev2"];
  const believers: Believer[] = [];
  for (const [i, command] of enabled.entries()) {
    const client = await world.login(account);
    if (command) await client.ok(command);
    believers.push(new Believer(client, "abcd"[i], seed * 10 + i));
  }
  return believers;
}

function compare(believer: Believer, real: readonly Known[]): void {
  const report = () => `${believer.name}:\n${believer.journal.slice(-60).join("\n")}`;
  assert.equal(believer.messages.length, real.length, report());
  real.forEach((message, i) => {
    const known = believer.messages[i];
    if (known.uid) assert.equal(known.uid, message.uid, report());
    if (known.flags) assert.deepEqual(known.flags, message.flags, `UID ${message.uid} ${report()}`);
  });
}

/** Sessions against each other for a while, and a look at what each believes then. */
export const driftDialogues: Dialogues = {
  "four clients at random: what each was told is what is there": async (world) => {
    const account = await world.newAccount();
    const judge = await world.login(account);
    await judge.ok("CREATE other");
    await fill(judge, "INBOX", 5);
    const believers = await makeBelievers(world, account, SEED);
    for (const believer of believers) await believer.select();
    const end = performance.now() + DURATION_MS;
    await Promise.all(believers.map(async (believer) => {
      for (let round = 0; performance.now() < end; round++) {
        await believer.act(round).catch((error) => {
          throw new Error(`seed ${SEED}, ${believer.name}:\n${believer.journal.slice(-40).join("\n")}`, {
            cause: error,
          });
        });
      }
    }));
    for (const believer of believers) for (let i = 0; i < 2; i++) await believer.run("NOOP");
    const real = await truth(judge);
    for (const believer of believers) compare(believer, real);
  },

  "a QRESYNC client that was away catches up exactly": async (world) => {
    const account = await world.newAccount();
    const judge = await world.login(account);
    await judge.ok("CREATE other");
    await fill(judge, "INBOX", 8);
    const [other, , away] = await makeBelievers(world, account, SEED + 1);
    await other.select();
    const validity = only(await away.client.ok("SELECT INBOX"), /UIDVALIDITY (\d+)/)[1];
    away.messages = await truth(away.client);
    for (let visit = 0; visit < 8; visit++) {
      const since =
        only(await away.client.ok("STATUS INBOX (HIGHESTMODSEQ)"), /^STATUS .*HIGHESTMODSEQ (\d+)/)[1];
      away.messages = (await truth(away.client)).map((message) => ({ ...message }));
      await away.client.ok("UNSELECT");
      for (let round = 0; round < 12; round++) await other.act(round);
      const known = away.messages;
      const lines = await away.client.ok(`SELECT INBOX (QRESYNC (${validity} ${since}))`);
      away.messages = catchUp(known, lines);
      compare(away, await truth(judge));
    }
  },
};

/** What a client makes of its old list and the answer to SELECT: gone ones out, changed and new ones in, by UID. */
function catchUp(known: readonly Known[], lines: readonly string[]): Known[] {
  const byUid = new Map(known.map((message) => [message.uid, message]));
  for (const line of lines) {
    const gone = /^VANISHED \(EARLIER\) (.*)$/.exec(line)?.[1].split(",") ?? [];
    for (const range of gone) {
      const [first, last = first] = range.split(":").map(Number);
      for (let uid = first; uid <= last; uid++) byUid.delete(uid);
    }
  }
  for (const items of fetched(lines).values()) {
    const flags = items.get("FLAGS")!.slice(1, -1).split(" ").filter((flag) => flag && flag !== "\\Recent")
      .sort();
    byUid.set(Number(items.get("UID")), { uid: Number(items.get("UID")), flags, modSeq: 0 });
  }
  return [...byUid.values()].sort((a, b) => a.uid - b.uid);
}
