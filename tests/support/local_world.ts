import { strict as assert } from "node:assert";
import { directoryActor } from "../../actors/directory/actor.ts";
import type { Account, AccountEvent, AliasView, DirectoryContract } from "../../actors/directory/contract.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { QueueContract } from "../../actors/queue/contract.ts";
import type { ActorAddress, ActorSystem, Contract, StatelessActor } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault, type FaultCode } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { createLog, type Log } from "../../src/base/log.ts";
import { createMetrics } from "../../src/base/metrics.ts";
import { readVerdict } from "../../src/codec/message/verdict.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { createBudget } from "../../src/frontend/budget.ts";
import { Outgoing } from "../../src/frontend/outgoing.ts";
import { withPlacesOf } from "../../src/place/filing_places.ts";
import type { FrontendContext, ListenerSettings, ServeSession } from "../../src/frontend/context.ts";
import { scramHandlers } from "./scram.ts";
import { FakeConnection } from "./fake_connection.ts";
import { playScript } from "./script.ts";

const INGEST_BYTES = 8 * 1024 * 1024;
const PASSWORD_HASH =
  "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g";

/** The password of every account here. */
export const PASSWORD = "secret";

/**
 * Frontends over the real actors in one thread. The test is the client of each connection; time stands still unless
 * the test moves it.
 */
export class LocalWorld {
  readonly clock = new ManualClock();
  readonly logged: Record<string, unknown>[] = [];
  readonly ingest = createBudget(INGEST_BYTES);
  readonly outgoing = new Outgoing(2 * 1024 * 1024, 0);
  readonly stopping = new AbortController();
  readonly metrics = createMetrics();
  readonly connections: FakeConnection[] = [];
  readonly local: LocalSystem;
  readonly accounts = new Map<string, Account>();
  /** Requests that fail instead of being asked: `mailbox:… deliver` by account address, `queue:main submit` … */
  readonly failures = new Map<string, FaultCode>();
  allowPlaintext = false;
  messageBytes = 1024 * 1024;
  #listeners = new Map<string, Set<(change: AccountEvent["change"]) => void>>();
  #sessions: Promise<void>[] = [];
  #context: FrontendContext | null = null;

  constructor() {
    this.local = new LocalSystem({
      clock: this.clock,
      random: seededRandom(1),
      actors: [mailboxActor, directoryActor, queueActor],
      stateless: [() => this.#login()],
      log: this.#log(),
    });
  }

  get directory() {
    return this.local.ref<DirectoryContract>("directory:main");
  }

  get queue() {
    return this.local.ref<QueueContract>("queue:main");
  }

  /** The mailbox of an account by its address. */
  mailbox(address: string) {
    return this.local.ref<MailboxContract>(`mailbox:${this.accounts.get(address)!.id}`);
  }

  /** Makes an account, and its domain when it is new. */
  async account(
    address: string,
    settings: Partial<DirectoryContract["createAccount"]["request"]> = {},
  ): Promise<Account> {
    const domain = address.slice(address.indexOf("@") + 1);
    const { local } = await this.directory.ask("hasDomain", { domain });
    if (!local) await this.directory.ask("createDomain", { name: domain });
    const { id } = await this.directory.ask("createAccount", {
      address,
      passwordHash: PASSWORD_HASH,
      ...settings,
    });
    const account = await this.directory.ask("account", { id });
    this.accounts.set(address, account);
    return account;
  }

  async alias(address: string, targets: string[], more: Partial<AliasView> = {}): Promise<void> {
    await this.directory.ask("createAlias", { address, targets, internal: false, ...more });
  }

  /** A new connection to a listener; `tls` for one that has TLS from the start. */
  connect(serve: ServeSession, listener: Partial<ListenerSettings> = {}): FakeConnection {
    const connection = new FakeConnection(this.clock, `session${this.connections.length + 1}`);
    const settings: ListenerSettings = {
      protocol: "smtp",
      address: "192.0.2.2",
      port: 25,
      tls: "starttls",
      tlsRequired: false,
      auth: false,
      ...listener,
    };
    if (settings.tls === "implicit") void connection.startTls();
    this.connections.push(connection);
    this.#sessions.push(serve(connection, settings, this.context).then(() => connection.close()));
    return connection;
  }

  play(script: string): Promise<void> {
    return playScript(this.connections, script);
  }

  /** The messages of a folder, as latin-1 text, oldest first. */
  async messages(address: string, folder = "INBOX"): Promise<string[]> {
    const mailbox = this.mailbox(address);
    const { status, uids } = await mailbox.ask("select", { name: folder, claimRecent: false });
    const { rows } = await mailbox.ask("fetch", {
      folder: status.id,
      uids,
      items: { sections: [{ part: [], kind: "all" }] },
    });
    return rows.map((row) => fromLatin1(row.sections![0] as Uint8Array));
  }

  /** Puts a message into an INBOX. */
  async append(address: string, text: string): Promise<void> {
    const raw = latin1(text);
    await this.mailbox(address).ask("append", {
      name: "INBOX",
      messages: [{ raw, summary: summarize(raw), flags: [], internalDateMs: this.clock.nowMs() }],
      limits: this.accounts.get(address)!.limits,
    });
  }

  change(address: string, change: AccountEvent["change"]): void {
    const id = this.accounts.get(address)!.id;
    for (const listener of [...this.#listeners.get(id) ?? []]) listener(change);
  }

  /** Log lines of an event. */
  events(event: string): Record<string, unknown>[] {
    return this.logged.filter((line) => line.event === event);
  }

  /** Resolves when all sessions have ended by themselves. */
  async ended(): Promise<void> {
    await Promise.all(this.#sessions);
  }

  get context(): FrontendContext {
    return this.#context ??= {
      system: this.#failing(),
      clock: this.clock,
      random: seededRandom(2),
      log: this.#log(),
      metrics: this.metrics,
      hostname: "mx.a.test",
      version: "1.0",
      allowPlaintext: this.allowPlaintext,
      messageBytes: this.messageBytes,
      ingest: this.ingest,
      outgoing: this.outgoing,
      accounts: {
        watch: (id, listener) => {
          const set = this.#listeners.get(id) ?? new Set();
          this.#listeners.set(id, set.add(listener));
          return () => void set.delete(listener);
        },
      },
      stopping: this.stopping.signal,
      sieveUrl: "sieve://mx.a.test",
      filtering: {
        siteScripts: () => this.directory.ask("siteScripts", {}),
        withPlaces: withPlacesOf(this.local),
        verdictOf: (raw) => readVerdict(raw, { spam: "X-Spam-Score", spamFull: 10, virus: "X-Virus" }),
      },
    };
  }

  /** Ends every session; all files must be sound, nothing of the budget missing, and no bug logged. */
  async finish(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await Promise.all(this.#sessions);
    assert.deepEqual(this.local.checkAll(), []);
    assert.ok(this.ingest.take(INGEST_BYTES), "the ingest budget leaks");
    assert.equal(this.outgoing.takenBytes, 0, "something is held that nobody reads");
    assert.deepEqual(this.logged.filter((line) => line.level === "error"), []);
    for (const set of this.#listeners.values()) assert.equal(set.size, 0, "an account watch leaks");
    await this.local.close();
  }

  /** The system, with the requests of `failures` refused. */
  #failing(): ActorSystem {
    const { local, failures } = this;
    return {
      ref<C extends Contract>(address: ActorAddress) {
        const real = local.ref<C>(address);
        const ask: typeof real.ask = (name, request, options) => {
          const code = failures.get(`${address} ${name}`);
          return code
            ? Promise.reject(new Fault(code, `made to fail: ${code}`))
            : real.ask(name, request, options);
        };
        return { address, ask };
      },
      watch: (address, topic, listener) => local.watch(address, topic, listener),
    };
  }

  /** Makes deliveries to an account fail. */
  failDelivery(address: string, code: FaultCode): void {
    this.failures.set(`mailbox:${this.accounts.get(address)!.id} deliver`, code);
  }

  #log(): Log {
    return createLog({
      level: "debug",
      sink: (line) => void this.logged.push(JSON.parse(line)),
      nowMs: () => this.clock.nowMs(),
      format: "json",
    });
  }

  #login(): StatelessActor<LoginContract> {
    return {
      kind: "login",
      handlers: {
        verify: ({ login, password }) => {
          const account = this.accounts.get(login);
          return account && password === PASSWORD
            ? Promise.resolve({ account })
            : Promise.reject(new Fault("denied", "wrong user name or password"));
        },
        hash: () => Promise.reject(new Fault("invalid", "not here")),
        vouch: ({ login }) => {
          const account = this.accounts.get(login ?? "");
          return account
            ? Promise.resolve({ account })
            : Promise.reject(new Fault("denied", "wrong user name or password"));
        },
        ...scramHandlers(PASSWORD, (login) => this.accounts.get(login)),
      },
    };
  }
}

/** Runs a test body with a world of its own. */
export async function withWorld(body: (world: LocalWorld) => Promise<void>): Promise<void> {
  const world = new LocalWorld();
  try {
    await body(world);
  } finally {
    await world.finish();
  }
}
