import { strict as assert } from "node:assert";
import { directoryActor } from "../../actors/directory/actor.ts";
import type { DirectoryContract } from "../../actors/directory/contract.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { QueueContract, QueueEnvelope } from "../../actors/queue/contract.ts";
import { type FakeDns, startFakeDns, zoneOf } from "./fake_dns.ts";
import { type Sink, type SinkOptions, startSink } from "./sink.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/id.ts";
import { createLog } from "../../src/base/log.ts";
import { createMetrics } from "../../src/base/metrics.ts";
import { createResolver } from "../../src/net/resolver.ts";
import type { OutboundSettings } from "../../src/outbound/context.ts";
import { createDispatcher, type Dispatcher } from "../../src/outbound/dispatcher.ts";
import { DEFAULT_TIMEOUTS } from "../../src/outbound/smtp_client.ts";

/** What a test of the outbound side has at hand. */
export interface World {
  system: LocalSystem;
  dns: FakeDns;
  sink: Sink;
  log: Record<string, unknown>[];
  queue: ReturnType<typeof queueOf>;
  dispatcher: Dispatcher;
  dispatch(settings?: Partial<OutboundSettings>): Dispatcher;
  submit(to: string[], more?: Partial<QueueEnvelope>, raw?: string): Promise<string>;
  /** Waits until the queue is empty. */
  drained(): Promise<void>;
  /** Texts of the messages in an account's INBOX. */
  inbox(address: string): Promise<string[]>;
}

const queueOf = (system: LocalSystem) => system.ref<QueueContract>("queue:main");
/** Settings of the queue, without the backoff. */
export const TIMES = {
  hostname: "mx.home.test",
  postmaster: "postmaster@home.test",
  expireMs: 60_000,
  delayNoticeMs: null,
};
/** A small message. */
export const TEXT = "Subject: hi\r\nMessage-ID: <1@home.test>\r\n\r\nbody\r\n";

/** A queue, a directory with alice@home.test and bob@home.test, mailboxes, a name server and a sink at mx.far.test. */
export async function inWorld(
  settings: Partial<OutboundSettings>,
  run: (world: World) => Promise<void>,
  sinkOptions: SinkOptions = {},
): Promise<void> {
  const system = new LocalSystem({
    clock: systemClock,
    random: systemRandom,
    actors: [queueActor, directoryActor, mailboxActor],
  });
  const sink = await startSink(sinkOptions);
  const dns = await startFakeDns(zoneOf({
    "far.test": { MX: [[10, "mx.far.test"]] },
    "mx.far.test": { [sink.address.includes(":") ? "AAAA" : "A"]: [sink.address] },
  }));
  const log: Record<string, unknown>[] = [];
  const queue = queueOf(system);
  const directory = system.ref<DirectoryContract>("directory:main");
  await queue.ask("configure", { ...TIMES, backoffMs: [30] });
  await directory.ask("createDomain", { name: "home.test" });
  for (const address of ["alice@home.test", "bob@home.test"]) {
    await directory.ask("createAccount", { address, passwordHash: "$argon2id$x" });
  }
  const running: Dispatcher[] = [];
  const dispatch = (more: Partial<OutboundSettings> = {}) => {
    const dispatcher = createDispatcher({
      system,
      resolver: createResolver({
        servers: [dns.server],
        clock: systemClock,
        random: systemRandom,
        timeoutMs: 200,
      }),
      clock: systemClock,
      random: systemRandom,
      log: createLog({
        level: "debug",
        sink: (line) => void log.push(JSON.parse(line)),
        nowMs: Date.now,
        format: "json",
      }),
      metrics: createMetrics(),
      settings: {
        hostname: "mx.home.test",
        port: sink.port,
        graceMs: 2000,
        timeouts: { ...DEFAULT_TIMEOUTS, connectMs: 500, greetingMs: 1000, commandMs: 1000, finalMs: 2000 },
        ...settings,
        ...more,
      },
    });
    running.push(dispatcher);
    dispatcher.start();
    return dispatcher;
  };
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (let i = 0; i < 400; i++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(
      `${what}; ${JSON.stringify((await queue.ask("list", {})).items)}; ${JSON.stringify(log)}`,
    );
  };
  const world: World = {
    system,
    dns,
    sink,
    log,
    queue,
    dispatcher: dispatch(),
    dispatch,
    async submit(to, more = {}, raw = TEXT) {
      const { id } = await queue.ask("submit", {
        envelope: {
          from: "alice@home.test",
          recipients: to.map((address) => ({ address, dsn: { notify: [], orcpt: null } })),
          smtpUtf8: false,
          body: "7bit",
          requireTls: false,
          ret: null,
          envid: null,
          ...more,
        },
        raw: utf8(raw),
        source: "submission",
        messageId: "1@home.test",
        accountId: null,
      });
      return id;
    },
    drained: () => until("the queue drains", async () => (await queue.ask("stats", {})).items === 0),
    async inbox(address) {
      const { id } = await directory.ask("getAccount", { address });
      const mailbox = system.ref<MailboxContract>(`mailbox:${id}`);
      const { status } = await mailbox.ask("select", { name: "INBOX", claimRecent: false });
      const page = await mailbox.ask("fetch", {
        folder: status.id,
        uids: [1, 1000],
        items: { sections: [{ part: [], kind: "all" }] },
      });
      return page.rows.map((row) => fromUtf8(row.sections![0] as Uint8Array));
    },
  };
  try {
    await run(world);
    assert.deepEqual(system.checkAll(), []);
  } finally {
    for (const dispatcher of running) await dispatcher.stop();
    await sink.close();
    await dns.close();
    await system.close();
  }
}
