import { type ActorRequest, failed, type Outcome } from "../../src/actor/request.ts";
import type { PeerEvents, PeerLink } from "../../src/replication/link.ts";
import type { SimTime } from "./clock.ts";
import type { Dice } from "./dice.ts";

/** Silence after which a server takes the other one for gone. */
const SILENCE_MS = 2_000;

/** One end of the link. */
export interface End {
  id: string;
  /** The engine that has this end now; another one after a restart. Null while the server is down. */
  events: PeerEvents | null;
  /** The link as this end is to see it. */
  wrap(link: PeerLink): PeerLink;
}

/**
 * The link between two servers: ordered messages that take their time, a cable that can be pulled, and two ends that
 * notice it at different moments. What was on its way when it was pulled is lost, in one direction or in both.
 */
export class SimNet {
  #cable = true;
  #session: Session | null = null;

  constructor(private readonly time: SimTime, private readonly dice: Dice, readonly ends: [End, End]) {}

  /** Whether both ends see each other. */
  get linked(): boolean {
    return this.#session !== null && !this.#session.broken;
  }

  /** Counts connections: what holds while two servers see each other holds within one of them. */
  sessions = 0;

  pull(): void {
    this.#cable = false;
    this.#breakSession("cut");
  }

  plug(): void {
    if (this.#cable) return;
    this.#cable = true;
    this.#connectLater();
  }

  /** An end stopped or came up: the connection is gone, and is made again when both are there. */
  restarted(): void {
    this.#breakSession("restart");
    if (this.#cable) this.#connectLater();
  }

  /** Connects both ends for the first time. */
  start(): void {
    this.#connectLater();
  }

  #connectLater(): void {
    this.time.after(10 + this.dice.below(400), () => {
      if (!this.#cable || this.#session || !this.ends.every((end) => end.events)) return;
      const session = new Session(this.time, this.dice, this.ends);
      this.#session = session;
      this.sessions++;
      session.open();
    });
  }

  #breakSession(reason: string): void {
    const session = this.#session;
    if (!session) return;
    session.broken = true;
    this.#session = null;
    for (const side of [0, 1] as const) {
      this.time.after(this.dice.below(SILENCE_MS), () => session.end(side, reason));
    }
    // The servers connect again by themselves, once both have noticed.
    this.time.after(SILENCE_MS, () => this.#cable && this.#connectLater());
  }
}

class Session {
  broken = false;
  readonly #links: [SimLink, SimLink];
  readonly #shown: [PeerLink, PeerLink];
  readonly #events: [PeerEvents, PeerEvents];
  readonly #up = [false, false];

  constructor(private readonly time: SimTime, private readonly dice: Dice, ends: [End, End]) {
    this.#events = [ends[0].events!, ends[1].events!];
    this.#links = [new SimLink(ends[1].id, time, dice), new SimLink(ends[0].id, time, dice)];
    this.#shown = [ends[0].wrap(this.#links[0]), ends[1].wrap(this.#links[1])];
    for (const side of [0, 1] as const) {
      this.#links[side].send = (request, answer) => {
        if (this.broken || !this.#up[1 - side]) return;
        this.#events[1 - side].onAsk(this.#shown[1 - side], request, (outcome) => {
          if (!this.broken) answer(outcome);
        });
      };
    }
  }

  open(): void {
    for (const side of [0, 1] as const) {
      this.#up[side] = true;
      this.#events[side].onUp(this.#shown[side]);
    }
  }

  end(side: 0 | 1, reason: string): void {
    if (!this.#up[side]) return;
    this.#up[side] = false;
    // Whoever waits for an answer may hear of it before the engine does, or after it.
    const early = this.dice.chance(0.5);
    if (early) this.#links[side].fail();
    this.#events[side].onDown(this.#shown[side], reason);
    if (!early) this.#links[side].fail();
  }
}

class SimLink implements PeerLink {
  readonly peer;
  send: (request: ActorRequest, answer: (outcome: Outcome) => void) => void = () => {};
  readonly #pending = new Set<(outcome: Outcome) => void>();
  #arrivesMs = 0;
  #answersMs = 0;
  #closed = false;

  constructor(peer: string, private readonly time: SimTime, private readonly dice: Dice) {
    this.peer = { node: peer, dataId: peer, version: 1 };
  }

  ask(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    if (this.#closed) return answer(failed("unavailable", "the link is gone"));
    const finish = (outcome: Outcome) => {
      if (!this.#pending.delete(finish)) return;
      answer(outcome);
    };
    this.#pending.add(finish);
    // Some come twice: what a request does must not depend on that it came once.
    if (this.dice.chance(0.02)) this.#deliver(request, () => {});
    this.#deliver(request, finish);
  }

  #deliver(request: ActorRequest, finish: (outcome: Outcome) => void): void {
    this.#arrivesMs = this.#order(this.#arrivesMs);
    this.time.after(this.#arrivesMs - this.time.nowMs, () =>
      this.send(request, (outcome) => {
        this.#answersMs = this.#order(this.#answersMs);
        this.time.after(this.#answersMs - this.time.nowMs, () => finish(outcome));
      }));
  }

  close(): void {
    this.fail();
  }

  /** Everything that waits is answered: the link is gone. */
  fail(): void {
    this.#closed = true;
    for (const finish of [...this.#pending]) finish(failed("unavailable", "the link is gone"));
  }

  /** When the next message of a direction arrives: never before the one that was sent earlier. */
  #order(lastMs: number): number {
    const delay = this.dice.chance(0.1) ? this.dice.below(300) : this.dice.below(10);
    return Math.max(lastMs, this.time.nowMs + delay);
  }
}
