import { Fault } from "../base/fault.ts";
import { HlcClock } from "../base/hlc.ts";
import { LIMITS } from "../base/limits.ts";
import { errorFields } from "../base/log.ts";
import { migrate } from "../storage/migrate.ts";
import { type Activation, type Effect, newActivation, type Waiting } from "./activation.ts";
import { type ActorAddress, type Contract, kindOf, nameOf, type StoredActor } from "./actor.ts";
import type { HostOptions } from "./host_options.ts";
import { listOutbox, type OutboxRow, prepareHostTables } from "./host_tables.ts";
import { Housekeeping } from "./housekeeping.ts";
import { LoneWriter } from "./lone_writer.ts";
import { logEnd, type ReplicaNode, replicaNode } from "./replica.ts";
import { OutboxSender } from "./outbox_sender.ts";
import { isClean } from "./replica_handlers.ts";
import { type ActorRequest, failed, type Outcome } from "./request.ts";
import { storageFault } from "./storage_fault.ts";
import { OUTBOX_WAKEUP, runTurn, TurnEffects } from "./turn.ts";
import { Unshipped } from "./unshipped.ts";
import { Wakeups } from "./wakeups.ts";

const ACTOR_NAME = /^[a-z0-9_-]{1,64}$/;

/**
 * Runs stored actors: serial bounded inboxes, one transaction for the turns that wait together, answers and events
 * only after the disk has them, passivation of idle actors. Knows nothing of mail, processes or sockets.
 */
export class ActorHost {
  // deno-lint-ignore no-explicit-any -- see HostOptions.actors
  readonly #kinds: Map<string, StoredActor<any, any>>;
  readonly #live = new Map<ActorAddress, Activation>();
  readonly #hlc: HlcClock;
  readonly #wakeups: Wakeups;
  readonly #node: ReplicaNode;
  /** Null on a server without a peer. */
  readonly #unshipped: Unshipped | null;
  readonly #outbox: OutboxSender;
  #runnable: Activation[] = [];
  #scheduled = false;
  /** Requests so far. */
  #asked = 0;
  #stopped = false;
  readonly #housekeeping: Housekeeping;
  readonly #lone = new LoneWriter();

  constructor(private readonly options: HostOptions) {
    this.#kinds = new Map(options.actors.map((actor) => [actor.kind, actor]));
    this.#node = options.node ?? replicaNode("mx1", null);
    this.#hlc = new HlcClock(() => options.clock.nowMs(), this.#node.slot);
    this.#outbox = new OutboxSender(options.forward, options.clock, (...sent) => this.#settle(...sent));
    this.#housekeeping = new Housekeeping(
      this.#live,
      options,
      this.#node,
      (idle) => this.#wakeUp(idle),
      () => this.#asked,
    );
    this.#unshipped = options.logged ? new Unshipped(options.disk.open("host", "unshipped")) : null;
    this.#wakeups = new Wakeups(options.disk.open("host", "wakeups"), options.clock, (to, name, done) => {
      this.handle({ to, name, request: {}, requestId: null }, (outcome) => outcome.ok && done());
    });
  }

  /** Fires reminders that came due while the place was away. */
  start(): void {
    this.#wakeups.start();
    this.#housekeeping.start();
  }

  /** Actors with changes that the other server may lack. */
  unshipped(): ActorAddress[] {
    return this.#unshipped?.list() ?? [];
  }

  /** How many actors are live. */
  get liveCount(): number {
    return this.#live.size;
  }

  /** Takes a request; `answer` is called exactly once, after the effects are durable. */
  handle(request: ActorRequest, answer: (outcome: Outcome) => void): void {
    if (this.#stopped) return answer(failed("unavailable", "shutting down"));
    this.#asked++;
    const absent = this.#absent(request);
    if (absent) return answer(absent);
    let activation: Activation;
    try {
      activation = this.#activate(request.to);
    } catch (error) {
      this.options.log.error("actor.activate", { actor: request.to, ...errorFields(error) });
      const fault = storageFault(error);
      return answer(failed(fault.code === "internal" ? "unavailable" : fault.code, fault.message));
    }
    if (request.name === OUTBOX_WAKEUP) return this.#resumeOutbox(activation, answer);
    if (!Object.hasOwn(activation.actor.handlers, request.name)) {
      return answer(failed("invalid", `${request.to} does not answer ${request.name}`));
    }
    if (activation.inbox.length >= LIMITS.inboxLength) {
      return answer(failed("busy", "too many requests wait"));
    }
    activation.inbox.push({
      name: request.name,
      request: request.request,
      requestId: request.requestId,
      homeOnly: request.homeOnly,
      answer,
    });
    this.#wakeUp(activation);
  }

  /** Runs what waits now; for places that batch by frame. */
  runNow(): void {
    this.#scheduled = false;
    const batch = this.#runnable;
    this.#runnable = [];
    for (const activation of batch) this.#drain(activation);
  }

  /** Invariants of every live file. */
  checkLive(): string[] {
    return [...this.#live.values()].flatMap((a) =>
      a.actor.check(a.file.db).map((line) => `${a.address}: ${line}`)
    );
  }

  /** Answers nothing new, lets committed effects out, closes every file. */
  async stop(): Promise<void> {
    while (this.#runnable.length) this.runNow();
    this.#stopped = true;
    const live = [...this.#live.values()];
    await Promise.all(live.map(({ file }) => file.sync().catch(() => {})));
    await Promise.all(live.map(({ released }) => released));
    for (const { file } of live) file.close();
    this.#live.clear();
    this.#wakeups.stop();
    this.#housekeeping.stop();
    this.#unshipped?.close();
  }

  /** The answer of an actor that was never used; null when it has to be asked. */
  #absent({ to, name }: ActorRequest): Outcome | null {
    const answer = this.#kinds.get(kindOf(to))?.absent?.[name];
    if (!answer || this.#unshipped || this.#live.has(to)) return null;
    const own = nameOf(to);
    if (!ACTOR_NAME.test(own) || this.options.disk.has(kindOf(to), own)) return null;
    return { ok: true, reply: answer(own) };
  }

  #activate(address: ActorAddress): Activation {
    const known = this.#live.get(address);
    if (known) {
      known.lastUsedMs = this.options.clock.monotonicMs();
      return known;
    }
    const actor = this.#kinds.get(kindOf(address));
    const name = nameOf(address);
    if (!actor) throw new Fault("invalid", `no such actor ${address}`);
    if (!ACTOR_NAME.test(name)) throw new Fault("invalid", "bad actor name");
    if (this.#live.size >= LIMITS.activations) this.#housekeeping.passivateOldest();
    const file = this.options.disk.open(actor.kind, name);
    let state: unknown;
    try {
      migrate(file.db, actor.migrations);
      prepareHostTables(file.db);
      state = actor.open(file.db, name);
    } catch (error) {
      file.close();
      throw error;
    }
    const activation = newActivation(address, actor as unknown as StoredActor<Contract>, file, state);
    activation.lastUsedMs = activation.tidiedMs = this.options.clock.monotonicMs();
    this.#live.set(address, activation);
    for (const row of listOutbox(file.db)) this.#outbox.send(address, row);
    return activation;
  }

  #wakeUp(activation: Activation): void {
    if (activation.runnable) return;
    activation.runnable = true;
    this.#runnable.push(activation);
    if (this.#scheduled) return;
    this.#scheduled = true;
    (this.options.schedule ?? queueMicrotask)(() => this.runNow());
  }

  #drain(activation: Activation): void {
    activation.runnable = false;
    const batch = activation.inbox.splice(0, LIMITS.turnsPerCommit);
    if (activation.inbox.length) this.#wakeUp(activation);
    this.#commit(activation, batch);
  }

  #commit(activation: Activation, batch: Waiting[]): void {
    const before = activation.file.db.writes;
    let effects: Effect[] = [];
    let woke = false;
    try {
      woke = this.#transaction(activation, batch, effects);
    } catch (error) {
      const fault = storageFault(error);
      this.options.log.error("actor.commit", { actor: activation.address, ...errorFields(error) });
      if (activation.file.db.inTransaction) activation.file.db.control("ROLLBACK");
      this.#reopenState(activation);
      // Whoever only reads, or writes little, must not suffer from the one that found the disk full.
      if (batch.length > 1) {
        for (const waiting of batch) this.#commit(activation, [waiting]);
        return;
      }
      effects = batch.map((waiting) => () => waiting.answer(failed(fault.code, fault.message)));
    }
    const wrote = activation.file.db.writes !== before;
    if (wrote || activation.held) this.#release(activation, effects, wrote, woke);
    else for (const effect of effects) effect();
  }

  /** Runs a batch in one transaction; a turn that throws loses only its own rows. True when reminders were set. */
  #transaction(activation: Activation, batch: Waiting[], effects: Effect[]): boolean {
    const { db } = activation.file;
    const begun = batch.some((w) => w.settled || !activation.actor.reads.has(w.name));
    const reminders: [string, number][] = [];
    if (begun) db.control("BEGIN");
    for (const waiting of batch) {
      const turn = new TurnEffects();
      const outcome = this.#turn(activation, waiting, turn, begun && batch.length > 1);
      effects.push(() => waiting.answer(outcome));
      if (!outcome.ok) continue;
      for (const [topic, event] of turn.events) {
        effects.push(() => this.options.publish(activation.address, topic, event));
      }
      for (const row of turn.requests) effects.push(() => this.#outbox.send(activation.address, row));
      reminders.push(...turn.reminders);
      if (!turn.logged) continue;
      const end = logEnd({ db, tail: activation.tail });
      effects.push(() => this.options.logged?.(activation.address, end));
      this.#unshipped?.note(activation.address);
    }
    for (const [name, atMs] of reminders) this.#wakeups.set(activation.address, name, atMs);
    if (begun) db.control("COMMIT");
    activation.commits++;
    return reminders.length > 0;
  }

  #turn(activation: Activation, waiting: Waiting, effects: TurnEffects, savepoint: boolean): Outcome {
    const { db } = activation.file;
    const before = db.writes;
    if (savepoint) db.control("SAVEPOINT turn");
    try {
      const reply = runTurn(activation, waiting, {
        node: this.#node,
        hlc: this.#hlc.next(),
        nowMs: this.options.clock.nowMs(),
        random: this.options.random,
        log: this.options.log,
      }, effects);
      if (savepoint) db.control("RELEASE turn");
      activation.faults = 0;
      if (!this.#unshipped || !activation.actor.changes) return { ok: true, reply };
      const mark = logEnd({ db, tail: activation.tail });
      if (activation.tail.last) this.#hlc.observe(activation.tail.last.hlc);
      if (isClean(waiting.name, reply)) this.#unshipped.strike(activation.address);
      return { ok: true, reply, mark };
    } catch (error) {
      const fault = storageFault(error);
      // SQLite ends the transaction itself on a full disk and the like: then the whole batch is lost.
      if (fault.code === "no_space" || (db.writes !== before && !db.inTransaction)) throw error;
      if (savepoint) {
        db.control("ROLLBACK TO turn");
        db.control("RELEASE turn");
      } else if (db.inTransaction) {
        db.control("ROLLBACK");
        db.control("BEGIN");
      }
      this.#reopenState(activation);
      if (fault.code === "internal") this.#internal(activation, waiting, error);
      return failed(fault.code, fault.message);
    }
  }

  #internal(activation: Activation, waiting: Waiting, error: unknown): void {
    const { address, actor } = activation;
    this.options.log.error("actor.internal", {
      actor: address,
      request: waiting.name,
      ...errorFields(error),
    });
    this.options.metrics.count("actor_internal_faults", { kind: actor.kind });
    if (++activation.faults < LIMITS.faultsBeforeReopen) return;
    // Something in memory may be wrong: start from the file again once the current batch is out.
    queueMicrotask(() => {
      if (this.#live.get(activation.address) === activation && !activation.inbox.length) {
        this.#housekeeping.passivate(activation);
      }
    });
  }

  #reopenState(activation: Activation): void {
    // Caches may hold what was rolled back: build them from the file again.
    activation.state = activation.actor.open(activation.file.db, activation.name);
    activation.tail.last = null;
  }

  /** Lets effects out once everything committed so far is on the disk, in order. */
  #release(activation: Activation, effects: Effect[], wrote: boolean, woke: boolean): void {
    if (!wrote && activation.held) {
      activation.held.push(...effects);
      return;
    }
    activation.restless = true;
    const noted = this.#unshipped?.settled();
    if (wrote && !woke && !noted && this.#syncInPlace(activation)) return this.#letOut(activation, effects);
    const synced = woke
      ? Promise.all([activation.file.sync(), this.#wakeups.sync(), noted])
      : noted
      ? noted.then(() => activation.file.sync())
      : activation.file.sync();
    const held: Effect[] = effects;
    activation.held = held;
    // A later sync may end first: answers keep the order of the commits, so that nobody sees a mailbox go back.
    const earlier = activation.released;
    activation.released = synced.then(() => earlier).then(() => {
      if (activation.held === held) activation.held = null;
      this.#letOut(activation, held);
    }, this.options.fatal);
  }

  #letOut(activation: Activation, effects: Effect[]): void {
    for (const effect of effects) effect();
    if (activation.commits >= LIMITS.checkpointCommits && !activation.held) {
      this.#housekeeping.checkpoint(activation);
    }
  }

  /** Syncs the file here and now when nobody else writes and nothing of it is on its way; false when others do. */
  #syncInPlace(activation: Activation): boolean {
    const { clock, fatal } = this.options;
    if (!this.#lone.isAlone(activation) || activation.held || this.#runnable.length) return false;
    const startMs = clock.monotonicMs();
    try {
      if (!activation.file.syncNow?.()) return false;
    } catch (error) {
      fatal(error);
      return false;
    }
    this.#lone.waited(clock.monotonicMs() - startMs);
    return true;
  }

  /** A reminder found unanswered outbox requests: send those that are not on their way. */
  #resumeOutbox(activation: Activation, answer: (outcome: Outcome) => void): void {
    const rows = listOutbox(activation.file.db);
    for (const row of rows) this.#outbox.send(activation.address, row);
    answer(rows.length ? failed("busy", "requests are still on their way") : { ok: true, reply: null });
  }

  /** Removes an answered outbox row, in one turn with the handler that wanted the answer. */
  #settle(address: ActorAddress, row: OutboxRow, outcome: Outcome, done: () => void): void {
    let activation: Activation;
    try {
      activation = this.#activate(address);
    } catch (error) {
      // The row stays: the reminder finds it, and the receiver knows the request by its id.
      this.options.log.error("actor.activate", { actor: address, ...errorFields(error) });
      return done();
    }
    activation.inbox.push({
      name: row.replyTo ?? "",
      request: null,
      requestId: null,
      settled: { id: row.id, outcome, replyTo: row.replyTo, request: row.request },
      answer: done,
    });
    this.#wakeUp(activation);
  }
}
