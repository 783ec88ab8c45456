import { setImmediate } from "node:timers";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { createLog, type Log } from "../../src/base/log.ts";
import type { Acknowledge } from "../../actors/directory/contract.ts";
import { SimClient } from "./client.ts";
import { SimTime } from "./clock.ts";
import { Dice } from "./dice.ts";
import { DirectoryLedger } from "./directory_ledger.ts";
import { SimDisk } from "./disk.ts";
import { Ledger } from "./ledger.ts";
import { SimNet } from "./net.ts";
import { SimNode } from "./node.ts";
import type { Planted } from "./plant.ts";
import { READERS } from "./readers.ts";
import { SentMail } from "./sieve.ts";

/** Account ids made on 2026-01-01, as the directory would make them. */
export const MAILBOXES: readonly ActorAddress[] = [
  "mailbox:01kdvw8000aaaaaaaaaaaaaaaa",
  "mailbox:01kdvw8000bbbbbbbbbbbbbbbb",
];

/** A third owner and a public namespace, in histories about shared folders. */
const MORE_MAILBOXES: readonly ActorAddress[] = [
  "mailbox:01kdvw8000cccccccccccccccc",
  "mailbox:public-d",
];

/** What one history is like. */
export interface WorldOptions {
  seed: number;
  planted?: Planted;
  verbose?: boolean;
}

/** Two servers, their cable, their clients, and what was promised. */
export class World {
  readonly time = new SimTime();
  readonly dice: Dice;
  readonly ledger = new Ledger();
  readonly directory = new DirectoryLedger();
  readonly sent = new SentMail();
  /** Every fifth history filters what is delivered. */
  readonly filtered: boolean;
  /** Texts that came through a filter. */
  readonly filteredTexts = new Set<string>();
  readonly nodes: [SimNode, SimNode];
  readonly net: SimNet;
  readonly clients: SimClient[];
  readonly acknowledge: Acknowledge;
  readonly trace: string[] = [];
  /** Operations whose outcome is open. */
  pending = 0;
  /** Whether a cut, a restart or anything of the kind happened yet. */
  troubled = false;
  counter = 0;
  /** STOREs under way that take away every flag they do not name. */
  replacing = 0;
  replaced = 0;
  /** Changes of rights that were begun, and those whose outcome is open. */
  readonly rights = { begun: 0, open: 0 };
  /** Mailboxes whose INBOX has had an own \Seen of each reader from the beginning. */
  readonly ownSeen = new Set<ActorAddress>();

  readonly #skews: number[];

  /** The mailboxes of this history. */
  readonly mailboxes: readonly ActorAddress[];
  /** Every actor that lives on both servers. */
  readonly actors: readonly ActorAddress[];
  /** The directory is changed, and not only mailboxes. */
  readonly busyDirectory: boolean;
  /** Every fourth history is about folders that are shared, too. */
  readonly shared: boolean;
  /** A power cut takes what was not synced. */
  readonly lazy: boolean;
  /** A server loses its disk; therefore nothing is acknowledged that only one has. */
  readonly loss: boolean;
  /** Hundreds of operations. */
  readonly long: boolean;
  /** Homes that were asked for since both servers were last one: where to, and whether it was answered. */
  moves: { mailbox: ActorAddress; to: string; done: boolean }[] = [];

  constructor(readonly options: WorldOptions) {
    const dice = this.dice = new Dice(options.seed);
    this.filtered = options.seed % 5 === 0;
    const lazy = this.lazy = dice.chance(0.3);
    this.loss = dice.chance(0.1);
    this.long = options.seed % 400 === 0;
    this.acknowledge = this.loss || dice.chance(0.2) ? "both" : "local";
    const prune = dice.chance(0.25);
    const few = dice.chance(0.5) ? MAILBOXES : MAILBOXES.slice(0, 1);
    this.shared = !this.long && dice.chance(0.25);
    this.mailboxes = this.shared ? [...MAILBOXES, ...MORE_MAILBOXES] : few;
    // Every third history is about the directory, too.
    this.busyDirectory = dice.chance(0.3);
    this.actors = ["directory:main", ...this.mailboxes];
    const skewed = dice.chance(0.5);
    const skews = this.#skews = [0, 0].map(() => skewed ? dice.below(1_200_000) - 600_000 : 0);
    const log = this.#log(options.verbose ?? false);
    const node = (index: 0 | 1) =>
      new SimNode({
        id: `mx${index + 1}`,
        peer: `mx${2 - index}`,
        clock: this.time.clock(skews[index]),
        dice: dice.fork(),
        disk: new SimDisk(this.time, dice.fork(), { lazy, ...options.planted?.disk }),
        log: log.with({ node: `mx${index + 1}` }),
        acknowledge: this.acknowledge,
        whenSplit: this.loss ? "refuse" : "degrade",
        prune,
        sent: this.sent,
        planted: options.planted,
      });
    this.nodes = [node(0), node(1)];
    this.net = new SimNet(this.time, dice.fork(), this.nodes);
    this.clients = this.mailboxes.flatMap((mailbox, m) =>
      [0, 1].map((n) => new SimClient(`client ${m}.${n}`, mailbox, this.ledger, (to) => this.#whileOne(to)))
    );
    if (this.shared) this.clients.push(...this.#readers());
    this.net.start();
  }

  /** Clients of those with whom folders are shared. */
  #readers(): SimClient[] {
    return this.mailboxes.map((mailbox, m) =>
      new SimClient(`reader ${m}`, mailbox, this.ledger, (to) => this.#whileOne(to), READERS[m % 3])
    );
  }

  /** Runs virtual time forward; everything that waits for nothing but itself is done before the next event. */
  async run(ms: number): Promise<void> {
    const end = this.time.nowMs + ms;
    await settle();
    while (this.time.next(end)) await settle();
  }

  /** Runs until `done` or for at most `ms`; whether it came to that. */
  async runUntil(ms: number, done: () => Promise<boolean>): Promise<boolean> {
    for (let waited = 0; waited < ms; waited += 250) {
      if (await this.finish(done())) return true;
      await this.run(250);
    }
    return await this.finish(done());
  }

  /** Runs time forward until a promise is settled. */
  async finish<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    promise.finally(() => settled = true).catch(() => {});
    await settle();
    while (!settled && this.time.next(this.time.nowMs + 120_000)) await settle();
    return await promise;
  }

  /** Servers that somebody can use. */
  openNodes(): SimNode[] {
    return this.nodes.filter((node) => node.events && !node.closed);
  }

  /** A server lost its disk: its counters begin anew, and what only it ever told was never promised. */
  forget(node: SimNode): void {
    this.ledger.forgetServer(node.id);
    for (const client of this.clients) client.forget();
  }

  /** Both servers are one again. */
  newRound(): void {
    this.moves = [];
  }

  /** What somebody says now bears no earlier time, whoever hears it. */
  earliestMs(): number {
    return Math.floor(this.time.nowMs) + Math.min(...this.#skews);
  }

  /** What somebody said until now bears no later time. */
  latestMs(): number {
    return Math.ceil(this.time.nowMs) + Math.max(...this.#skews);
  }

  /** Equal at two moments when a server neither restarted nor lost or found the other one between them. */
  moment(node: SimNode): string {
    return `${node.life} ${this.net.sessions} ${this.net.linked}`;
  }

  /** See `SimClient`: a copy that waits for its branch to be joined is not one with the other yet. */
  #whileOne(to: ActorAddress): string | null {
    if (!this.net.linked) return null;
    const apart = this.nodes.some(({ engine, id }) => engine.sync(to).dirty && engine.sync(to).home !== id);
    return apart ? null : String(this.net.sessions);
  }

  /** The history is over. */
  close(): void {
    for (const node of this.nodes) node.options.disk.giveBack();
  }

  /** Resolves when some virtual time has gone by. */
  later(ms: number): Promise<void> {
    return new Promise((resolve) => this.time.after(ms, resolve));
  }

  note(line: string): void {
    this.trace.push(`${this.time.nowMs - Date.UTC(2026, 0, 1)} ${line}`);
    if (this.options.verbose) console.log(this.trace[this.trace.length - 1]);
  }

  /** Asks a node as a session there would; null for a failure. */
  async ask<N extends keyof MailboxContract & string>(
    node: SimNode,
    to: ActorAddress,
    name: N,
    request: MailboxContract[N]["request"],
    requestId: string | null = null,
  ): Promise<MailboxContract[N]["reply"] | null> {
    const outcome = await node.ask({ to, name, request, requestId });
    if (
      !outcome.ok && !["not_found", "exists", "unavailable", "invalid", "conflict"].includes(outcome.code)
    ) {
      this.ledger.violate(`${node.id}: ${name} failed with ${outcome.code} ${outcome.message}`);
    }
    return outcome.ok ? outcome.reply as MailboxContract[N]["reply"] : null;
  }

  /** Whatever a server calls an error is one. */
  #log(verbose: boolean): Log {
    return createLog({
      level: verbose ? "debug" : "error",
      sink: (line) => {
        if (verbose) console.log("    " + line);
        if (line.includes('"error"')) this.ledger.violate(line);
      },
      nowMs: () => this.time.nowMs,
      format: "json",
    });
  }
}

/** Lets everything run that only waits for the microtask queue. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
