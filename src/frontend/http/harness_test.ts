import { createHash } from "node:crypto";
import { directoryActor } from "../../../actors/directory/actor.ts";
import { loginActor } from "../../../actors/login/actor.ts";
import type { Hasher } from "../../../actors/login/hasher.ts";
import { mailboxActor } from "../../../actors/mailbox/actor.ts";
import { queueActor } from "../../../actors/queue/actor.ts";
import { LocalSystem } from "../../actor/local.ts";
import { ManualClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/id.ts";
import { silentLog } from "../../base/log.ts";
import type { DnsAnswer, Resolver } from "../../net/resolver.ts";
import { createApp } from "./app.ts";
import type { ReplicationStatus } from "./context.ts";

/** The admin token of tests. */
export const TOKEN = "test-token";

/** Makes a different hash of each job and knows the password that it was told. */
function fakeHasher() {
  let made = 0;
  const hasher: Hasher = {
    waiting: 0,
    run: (job) => Promise.resolve(job.kind === "hash" ? `$argon2id$v=19$${++made}` : false),
    close() {},
  };
  return { hasher, made: () => made };
}

/** An answer of the API. */
export interface Reply {
  status: number;
  // deno-lint-ignore no-explicit-any -- answers of many shapes
  body: any;
  headers: Headers;
}

/** The HTTP interface over an in-memory system. */
export interface TestApi {
  system: LocalSystem;
  clock: ManualClock;
  hashes(): number;
  health: { ok: boolean; reason?: string };
  link: { status?: ReplicationStatus };
  /** What the name server says of TXT records, by name; none is NXDOMAIN. */
  txt: Map<string, DnsAnswer<string>>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Asks with the token; a body goes as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
}

/** Runs a test with a fresh system. */
export async function withApi(test: (t: TestApi) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const { hasher, made } = fakeHasher();
  const system = new LocalSystem({
    clock,
    random: seededRandom(1),
    actors: [directoryActor, mailboxActor, queueActor],
    stateless: [(context) => loginActor(context, { hasher })],
  });
  const health: TestApi["health"] = { ok: true };
  const link: TestApi["link"] = {};
  const txt: TestApi["txt"] = new Map();
  const resolver = {
    resolve: (name: string) =>
      Promise.resolve(txt.get(name) ?? { outcome: "nxdomain" as const, authentic: false }),
  } as Resolver; // the harness answers TXT only
  const app = createApp({
    system,
    clock,
    random: seededRandom(2),
    log: silentLog,
    nodeId: "mx1",
    version: "1.2.3",
    health: () => health,
    metrics: () => [{ name: "mallard_test", kind: "counter", labels: { a: "b" }, value: 3 }],
    resolver: () => resolver,
    tokenHashes: () => ["other", TOKEN].map((token) => createHash("sha256").update(token).digest()),
    replication: {
      status: () =>
        link.status ?? {
          node: "mx1",
          peer: null,
          linked: false,
          lag: { entries: 0, ms: 0 },
          forks: 0,
          heals: 0,
          renumbered: 0,
          divergences: 0,
        },
      verify: () => Promise.resolve({ home: "mx1", copies: [], equal: null, repaired: false }),
    },
  });
  const fetch = async (path: string, init?: RequestInit) => await app.request(path, init);
  try {
    await test({
      system,
      clock,
      health,
      link,
      txt,
      hashes: made,
      fetch,
      async call(method, path, body, headers = {}) {
        const response = await fetch(path, {
          method,
          headers: {
            Authorization: `Bearer ${TOKEN}`,
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...headers,
          },
          body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await response.text();
        return { status: response.status, body: text ? JSON.parse(text) : null, headers: response.headers };
      },
    });
  } finally {
    await system.close();
  }
}
