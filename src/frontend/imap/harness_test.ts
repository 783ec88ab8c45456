import { strict as assert } from "node:assert";
import { directoryActor } from "../../../actors/directory/actor.ts";
import { mailboxActor } from "../../../actors/mailbox/actor.ts";
import type { Account, DirectoryContract } from "../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../actors/login/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { scramHandlers } from "../../../tests/support/scram.ts";
import { playScript } from "../../../tests/support/script.ts";
import type { ActorAddress, ActorRef, ActorSystem, Contract, StatelessActor } from "../../actor/actor.ts";
import { LocalSystem } from "../../actor/local.ts";
import { utf8 } from "../../base/bytes.ts";
import { ManualClock } from "../../base/clock.ts";
import { Fault } from "../../base/fault.ts";
import { seededRandom } from "../../base/id.ts";
import { createLog, type Log } from "../../base/log.ts";
import { createMetrics } from "../../base/metrics.ts";
import { summarize } from "../../codec/message/summarize.ts";
import type { TokenVerifier } from "../../net/token_issuer.ts";
import { createBudget } from "../budget.ts";
import { Outgoing } from "../outgoing.ts";
import type { FrontendContext, ListenerSettings } from "../context.ts";
import { serveImap } from "./server.ts";

type AccountChange = "disabled" | "removed" | "credentials" | "settings";

/** One IMAP server in this thread with the real mailbox actor, and clients that are the test. */
export class ImapTest {
  readonly clock = new ManualClock();
  readonly logged: string[] = [];
  readonly ingest = createBudget(64 * 1024 * 1024);
  readonly outgoing = new Outgoing(2 * 1024 * 1024, 0);
  readonly stopping = new AbortController();
  readonly connections: FakeConnection[] = [];
  readonly account: Account = {
    id: "alice",
    address: "alice@a.test",
    displayName: "Alice",
    acknowledge: "local",
    limits: { quotaBytes: 10 * 1024 * 1024, messageBytes: 1024 * 1024 },
  };
  /** Everybody who may log in. */
  readonly accounts: Account[] = [this.account];
  readonly system: LocalSystem;
  readonly mailbox: ActorRef<MailboxContract>;
  readonly listener: ListenerSettings = {
    protocol: "imap",
    address: "192.0.2.2",
    port: 143,
    tls: "starttls",
    tlsRequired: false,
    auth: true,
  };
  allowPlaintext = true;
  /** The other server, while it is there. */
  referral?: () => string | null;
  /** The mailbox of every account is away. */
  away = false;
  /** Who may set quotas. */
  setsQuotas?: (address: string) => boolean;
  /** Tokens that are taken. */
  tokens?: TokenVerifier;
  /** How often sessions asked for what. */
  readonly asked: Record<string, number> = {};
  /** Sessions' questions for changes are refused. */
  busy = false;
  /** Happens once, just before a session asks such a question. */
  before?: { name: string; run: () => Promise<void> };
  readonly #frontendSystem = this.#countingSystem();
  #listeners = new Set<(change: AccountChange) => void>();
  #sessions: Promise<void>[] = [];

  constructor() {
    this.system = new LocalSystem({
      clock: this.clock,
      random: seededRandom(1),
      actors: [mailboxActor, directoryActor],
      stateless: [() => loginActor(this.accounts)],
      log: this.#log(),
    });
    this.mailbox = this.system.ref<MailboxContract>(`mailbox:${this.account.id}`);
  }

  /** A new connection, greeted already unless `greet` is false. */
  async connect(greet = true): Promise<FakeConnection> {
    const connection = new FakeConnection(this.clock, `session${this.connections.length + 1}`);
    this.connections.push(connection);
    this.#sessions.push(serveImap(connection, this.listener, this.#context()));
    if (greet) assert.match(await connection.line() ?? "", /^\* OK \[CAPABILITY /);
    return connection;
  }

  /** A logged-in connection, in `folder` when one is given. */
  async open(folder?: string, enable?: string, login = "alice@a.test"): Promise<FakeConnection> {
    const connection = await this.connect();
    await this.command(connection, `LOGIN ${login} secret`);
    if (enable) await this.command(connection, `ENABLE ${enable}`);
    if (folder) await this.command(connection, `SELECT ${folder}`);
    return connection;
  }

  /** Sends one command and gives its untagged lines; it must succeed. */
  async command(connection: FakeConnection, text: string): Promise<string[]> {
    connection.send(`t ${text}\r\n`);
    const lines: string[] = [];
    for (;;) {
      const line = await connection.line();
      assert.notEqual(line, null, `closed during ${text}`);
      if (line!.startsWith("t ")) {
        assert.match(line!, /^t OK/, text);
        return lines;
      }
      lines.push(line!);
    }
  }

  play(script: string): Promise<void> {
    return playScript(this.connections, script);
  }

  /** Puts a message into a folder behind the sessions' backs. */
  async append(folder = "INBOX", text = "Subject: hi\r\n\r\nbody\r\n", flags: string[] = []): Promise<void> {
    const raw = utf8(text);
    await this.mailbox.ask("append", {
      name: folder,
      messages: [{ raw, summary: summarize(raw), flags, internalDateMs: this.clock.nowMs() }],
      limits: this.account.limits,
    });
  }

  /** Resolves when all sessions have ended by themselves. */
  async ended(): Promise<void> {
    await Promise.all(this.#sessions);
  }

  change(change: AccountChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** Ends every session; the mailbox must be sound, and nothing of the budget may be missing. */
  async finish(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await Promise.all(this.#sessions);
    assert.deepEqual(this.system.checkAll(), []);
    assert.ok(this.ingest.take(64 * 1024 * 1024), "the ingest budget leaks");
    assert.equal(this.outgoing.takenBytes, 0, "something is held that nobody reads");
    assert.deepEqual(this.logged.filter((line) => line.includes('"level":"error"')), []);
    await this.system.close();
  }

  /** The system as sessions have it: counted, and busy on demand. */
  #countingSystem(): ActorSystem {
    return {
      ref: <C extends Contract>(address: ActorAddress): ActorRef<C> => {
        const ref = this.system.ref<C>(address);
        return {
          address,
          ask: (name, request, options) => {
            this.asked[name] = (this.asked[name] ?? 0) + 1;
            if (this.away && address.startsWith("mailbox:")) {
              return Promise.reject(new Fault("unavailable", "the mailbox is away"));
            }
            if (this.busy && name === "changes") {
              return Promise.reject(new Fault("busy", "too many requests wait"));
            }
            const { before } = this;
            if (before?.name !== name) return ref.ask(name, request, options);
            this.before = undefined;
            return before.run().then(() => ref.ask(name, request, options));
          },
        };
      },
      watch: (address, topic, listener) => this.system.watch(address, topic, listener),
    };
  }

  #log(): Log {
    return createLog({
      level: "debug",
      sink: (line) => void this.logged.push(line),
      nowMs: () => this.clock.nowMs(),
      format: "json",
    });
  }

  #context(): FrontendContext {
    return {
      system: this.#frontendSystem,
      clock: this.clock,
      random: seededRandom(2),
      log: this.#log(),
      metrics: createMetrics(),
      sieveUrl: "sieve://mx.a.test",
      filtering: {
        siteScripts: () => this.system.ref<DirectoryContract>("directory:main").ask("siteScripts", {}),
        withPlaces: () => Promise.reject(new Error("nothing is delivered here")),
        verdictOf: () => ({ spamPercent: null, virusLevel: null }),
      },
      hostname: "mx.a.test",
      version: "1.0",
      allowPlaintext: this.allowPlaintext,
      tokens: this.tokens,
      referral: this.referral,
      setsQuotas: this.setsQuotas,
      messageBytes: this.account.limits.messageBytes,
      ingest: this.ingest,
      outgoing: this.outgoing,
      accounts: {
        watch: (_id, listener) => {
          this.#listeners.add(listener);
          return () => void this.#listeners.delete(listener);
        },
      },
      stopping: this.stopping.signal,
    };
  }
}

function loginActor(accounts: readonly Account[]): StatelessActor<LoginContract> {
  return {
    kind: "login",
    handlers: {
      verify: ({ login, password }) => {
        const account = accounts.find(({ address }) => address === login);
        return account && password === "secret"
          ? Promise.resolve({ account })
          : Promise.reject(new Fault("denied", "wrong name or password"));
      },
      hash: () => Promise.reject(new Fault("invalid", "not here")),
      vouch: ({ login }) => {
        const account = accounts.find(({ address }) => address === login);
        return account
          ? Promise.resolve({ account })
          : Promise.reject(new Fault("denied", "wrong name or password"));
      },
      ...scramHandlers("secret", (login) => accounts.find(({ address }) => address === login)),
    },
  };
}

/** Runs a test body with a server of its own. */
export async function withImap(body: (test: ImapTest) => Promise<void>): Promise<void> {
  const test = new ImapTest();
  try {
    await body(test);
  } finally {
    await test.finish();
  }
}
