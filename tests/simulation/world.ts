import { setImmediate } from "node:timers";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { createLog, type Log, silentLog } from "../../src/base/log.ts";
import type { Acknowledge } from "../../actors/directory/contract.ts";
import { SimClient } from "./client.ts";
import { SimTime } from "./clock.ts";
import { Dice } from "./dice.ts";
import { SimDisk } from "./disk.ts";
import { Ledger } from "./ledger.ts";
import { SimNet } from "./net.ts";
import { SimNode } from "./node.ts";
import type { Planted } from "./planted.ts";

/** Account ids made on 2026-01-01, as the directory would make them. */
export const MAILBOXES: readonly ActorAddress[] = [
  "mailbox:01kdvw8000aaaaaaaaaaaaaaaa",
  "mailbox:01kdvw8000bbbbbbbbbbbbbbbb",
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

  constructor(readonly options: WorldOptions) {
    const dice = this.dice = new Dice(options.seed);
    const lazy = dice.chance(0.3);
    this.acknowledge = dice.chance(0.2) ? "both" : "local";
    const skews = [0, 0].map(() => dice.chance(0.5) ? 0 : dice.below(1_200_000) - 600_000);
    const log = options.verbose ? this.#log() : silentLog;
    const node = (index: 0 | 1) =>
      new SimNode({
        id: `mx${index + 1}`,
        peer: `mx${2 - index}`,
        clock: this.time.clock(skews[index]),
        dice: dice.fork(),
        disk: new SimDisk(this.time, dice.fork(), lazy),
        log: log.with({ node: `mx${index + 1}` }),
        acknowledge: this.acknowledge,
        planted: options.planted,
      });
    this.nodes = [node(0), node(1)];
    this.net = new SimNet(this.time, dice.fork(), this.nodes);
    this.clients = MAILBOXES.flatMap((mailbox, m) =>
      [0, 1].map((n) => new SimClient(`client ${m}.${n}`, mailbox, this.ledger))
    );
    this.net.start();
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

  #log(): Log {
    return createLog({
      level: "debug",
      sink: (line) => console.log("    " + line),
      nowMs: () => this.time.nowMs,
      format: "json",
    });
  }
}

/** Lets everything run that only waits for the microtask queue. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
