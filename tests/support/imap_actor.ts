import { strict as assert } from "node:assert";
import type { ImapClient, ImapResult } from "./imap_client.ts";
import { FolderModel, type KnownMessage, type Ledger, numbersOf } from "./imap_model.ts";
import type { Dice } from "./imap_noise.ts";
import { mail } from "./imap_world.ts";

/** What kinds of clients there are: what each sends before it opens the folder. */
export const KINDS = {
  plain: [],
  condstore: ["ENABLE CONDSTORE"],
  qresync: ["ENABLE QRESYNC"],
  rev2: ["ENABLE IMAP4rev2"],
  uidOnly: ["ENABLE UIDONLY"],
  notify: [
    "NOTIFY SET (SELECTED-DELAYED (MessageNew (UID FLAGS) MessageExpunge FlagChange))",
  ],
} as const;

/** One client that does random things and holds every response against its model. */
export class Actor {
  readonly model: FolderModel;
  readonly journal: string[] = [];
  rounds = 0;
  /** Responses that were checked. */
  checked = 0;

  constructor(
    readonly client: ImapClient,
    readonly name: string,
    readonly dice: Dice,
    readonly kind: keyof typeof KINDS,
    /** The folder of all, as this client names it. */
    readonly folder: string,
    ledger: Ledger,
  ) {
    const qresync = kind === "qresync";
    const options = { condstore: qresync || kind === "condstore", qresync };
    const forms = { uidOnly: kind === "uidOnly", notify: kind === "notify" };
    this.model = new FolderModel({ ...options, ...forms }, ledger);
  }

  /** Sends the commands in one write and checks the answers of each. */
  async pipeline(commands: readonly string[]): Promise<void> {
    const tags = commands.map(() => this.client.nextTag());
    this.client.socket.write(commands.map((command, i) => `${tags[i]} ${command}\r\n`).join(""));
    for (const [i, command] of commands.entries()) {
      this.model.begin(command);
      this.#check(command, await this.client.finish(tags[i]));
    }
  }

  run(command: string): Promise<void> {
    return this.pipeline([command]);
  }

  /** Opens the folder anew, with what it knew when the client may (RFC 7162 §3.2.5). */
  async select(verb = "SELECT"): Promise<void> {
    const { model, dice } = this;
    const resync = model.options.qresync && model.uidValidity > 0 &&
      model.messages.every(({ uid, flags }) => uid && flags);
    if (resync && dice.below(3)) return await this.#resync(verb);
    model.reset();
    await this.run(`${verb} ${this.folder}`);
    if (dice.below(2) && model.messages.length && this.kind !== "uidOnly") {
      await this.run("FETCH 1:* (UID FLAGS)");
    }
  }

  /** What vanished meanwhile is told first of all that is applied, whatever its place in the answer. */
  async #resync(verb: string): Promise<void> {
    const { model } = this;
    const command = `${verb} ${this.folder} (QRESYNC (${model.uidValidity} ${model.highestModSeq}))`;
    const result = await this.client.command(command);
    const vanished = result.untagged.filter((line) => line.startsWith("VANISHED "));
    const gone = new Set(
      vanished.flatMap((line) => numbersOf(/^VANISHED \(EARLIER\) (\S+)$/.exec(line)?.[1] ?? "")),
    );
    const kept: KnownMessage[] = model.messages.filter(({ uid }) => !gone.has(uid));
    model.reset(kept);
    this.#check(command, result);
  }

  #check(command: string, { status, text, untagged }: ImapResult): void {
    this.journal.push(
      `C ${command.slice(0, 90)}`,
      ...untagged.map((line) => `S ${line.slice(0, 150).replaceAll("\r\n", "⏎")}`),
    );
    this.journal.push(`S ${status} ${text}`);
    if (this.journal.length > 4_000) this.journal.splice(0, 2_000);
    this.checked += untagged.length + 1;
    const closed = untagged.findIndex((line) => line.startsWith("OK [CLOSED]"));
    for (const line of untagged.slice(closed + 1)) this.model.apply(line, command);
    assert.notEqual(status, "BAD", `${command}: ${text}`);
    this.model.end(command, status, text);
    const copied = /\[COPYUID \d+ ([\d:,]+) ([\d:,]+)\]/.exec(text);
    if (copied) assert.equal(numbersOf(copied[1]).length, numbersOf(copied[2]).length, text);
    const appended = /\[APPENDUID \d+ (\d+)\]/.exec(text);
    if (appended) assert.ok(!this.model.uids.includes(Number(appended[1])) || untagged.length, text);
  }

  /** A stretch of messages by number. */
  #numbers(): string {
    const first = 1 + this.dice.below(this.model.messages.length);
    return `${first}:${Math.min(this.model.messages.length, first + this.dice.below(5))}`;
  }

  /** Some UIDs, known and unknown ones. */
  #uids(): string {
    const { uids } = this.model;
    if (!uids.length || !this.dice.below(4)) {
      // Which message `*` is the client can tell only when it knows all UIDs.
      const all = uids.length === this.model.messages.length;
      return this.dice.pick(all ? ["1:*", "*", "999999:*", "1:30"] : ["1:*", "1:30"]);
    }
    const first = this.dice.pick(uids);
    return this.dice.pick([`${first}`, `${first}:${first + 6}`, `${first},${this.dice.pick(uids)}`]);
  }

  /** A command that keeps message numbers. */
  #steady(): string {
    const at = this.#numbers();
    return this.dice.pick([
      `FETCH ${at} (UID FLAGS)`,
      "FETCH 1:* (FLAGS RFC822.SIZE)",
      `FETCH ${at} (UID FLAGS MODSEQ)`,
      `FETCH ${at} (UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])`,
      `FETCH ${at} BODY[TEXT]`,
      `STORE ${at} ${this.dice.pick(["+", "-", ""])}FLAGS (\\Seen ${this.name})`,
      `STORE ${at} ${this.dice.pick(["+", "-"])}FLAGS.SILENT (\\Flagged)`,
      `STORE ${at} +FLAGS (\\Deleted)`,
      "SEARCH UNSEEN",
      `SEARCH OR ${at} FLAGGED`,
      "SORT (REVERSE SUBJECT) UTF-8 UNDELETED",
    ]);
  }

  /** A command that names messages by UID only, so that it may follow any other at once (RFC 9051 §5.5). */
  #byUid(): string {
    const at = this.#uids();
    return this.dice.pick([
      `UID FETCH ${at} (FLAGS RFC822.SIZE)`,
      `UID FETCH ${at} (FLAGS MODSEQ)`,
      `UID FETCH ${at} BODY.PEEK[HEADER.FIELDS (SUBJECT)]`,
      `UID STORE ${at} ${this.dice.pick(["+", "-"])}FLAGS (${this.name} both)`,
      // Which message `*` is may change until the command runs, and a silent change does not tell.
      `UID STORE ${at.replace(/^(\*|999999:\*)$/, "1:30")} +FLAGS.SILENT (\\Deleted)`,
      "UID SEARCH SEEN",
      "UID SEARCH RETURN (MIN MAX ALL COUNT) UNDELETED",
      "UID SORT (SUBJECT) UTF-8 FLAGGED",
      `UID COPY ${at} ${this.dice.pick([this.folder, "other"])}`,
      `UID MOVE ${at.replace("1:*", "*")} ${this.dice.pick([this.folder, "other"])}`,
      `UID EXPUNGE ${at}`,
      "NOOP",
    ]);
  }

  /** One random step. */
  async act(): Promise<void> {
    this.rounds++;
    const kind = this.dice.below(20), { length } = this.model.messages;
    const byUid = () => Array.from({ length: 1 + this.dice.below(4) }, () => this.#byUid());
    if (kind < 5 || length < 4) await this.#append();
    else if (this.kind === "uidOnly" && kind < 17 && kind !== 15) await this.pipeline(byUid());
    else if (kind < 11) {
      const steady = Array.from({ length: this.dice.below(4) }, () => this.#steady());
      await this.pipeline([...steady, ...byUid()]);
    } else if (kind < 14) await this.run(this.#steady());
    else if (kind === 14) await this.run("EXPUNGE");
    else if (kind === 15) await this.#idle();
    else if (kind === 16) await this.run(`${this.dice.pick(["COPY", "MOVE"])} ${this.#numbers()} other`);
    else if (kind === 17 && !this.dice.below(4)) await this.select(this.dice.pick(["SELECT", "EXAMINE"]));
    else if (kind === 18 && length > 60) await this.#clean();
    else await this.run("NOOP");
  }

  async #append(): Promise<void> {
    const text = mail(`${this.name}-${this.rounds}`, "x".repeat(this.rounds % 99));
    this.#check("APPEND", await this.client.append(this.folder, text));
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
