import { strict as assert } from "node:assert";
import type { ActorRef } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { Fault, type FaultCode } from "../../src/base/fault.ts";
import { seededRandom } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { directoryActor } from "../directory/actor.ts";
import type { DirectoryContract } from "../directory/contract.ts";
import { loginActor } from "./actor.ts";
import type { LoginContract } from "./contract.ts";
import type { HashJob } from "./hash_job.ts";
import type { Hasher } from "./hasher.ts";
import { formatHash } from "./phc.ts";
import { bindKeys } from "./scram.ts";

const GOOD = "good password";
const KEYS = "SCRAM-SHA-256$4096$c2FsdA==$c3RvcmVk$c2VydmVy";
const CURRENT = formatHash(new Uint8Array(16).fill(1), new Uint8Array(32).fill(1));

/** A hasher that knows one password and counts its work; jobs end when `release` is called, or at once. */
function fakeHasher() {
  const jobs: HashJob[] = [];
  const held: (() => void)[] = [];
  const fake = { jobs, held, hold: false, hasher: null as unknown as Hasher };
  fake.hasher = {
    get waiting() {
      return held.length;
    },
    async run(job, admit = () => {}) {
      admit();
      jobs.push(job);
      if (fake.hold) await new Promise<void>((resolve) => held.push(resolve));
      if (job.kind === "hash") return CURRENT;
      if (job.kind === "scram") return KEYS;
      if (job.passwordHash.startsWith("$odd$")) throw new SyntaxError("not a supported password hash");
      return job.password === GOOD;
    },
    close() {},
  };
  return fake;
}

interface TestLogin {
  system: LocalSystem;
  clock: ManualClock;
  fake: ReturnType<typeof fakeHasher>;
  login: ActorRef<LoginContract>;
  directory: ActorRef<DirectoryContract>;
  verify(login: string, password: string, ip?: string): Promise<string>;
  refused(request: Promise<unknown>, code: FaultCode): Promise<string>;
}

async function withLogin(test: (t: TestLogin) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const fake = fakeHasher();
  const system = new LocalSystem({
    clock,
    random: seededRandom(1),
    actors: [directoryActor],
    stateless: [(context) => loginActor(context, { hasher: fake.hasher })],
  });
  const login = system.ref<LoginContract>("login:main");
  const directory = system.ref<DirectoryContract>("directory:main");
  const scram = bindKeys(CURRENT, KEYS);
  await directory.ask("createDomain", { name: "a.test" });
  await directory.ask("createAccount", { address: "alice@a.test", passwordHash: CURRENT, scram });
  await directory.ask("createAlias", { address: "al@a.test", targets: ["alice@a.test"], internal: false });
  try {
    await test({
      system,
      clock,
      fake,
      login,
      directory,
      verify: async (name, password, ip = "192.0.2.1") =>
        (await login.ask("verify", { login: name, password, protocol: "imap", ip })).account.address,
      refused: async (request, code) => {
        const fault = await request.then(() => null, (error: unknown) => error);
        assert(fault instanceof Fault, String(fault));
        assert.equal(fault.code, code);
        return fault.message;
      },
    });
  } finally {
    await system.close();
  }
}

Deno.test("verify() refuses aliases, bare names, strangers and wrong passwords with the same words and work (P14)", () =>
  withLogin(async ({ verify, refused, fake }) => {
    const words = new Set<string>();
    const cases = [["alice@a.test", "wrong"], ["alice", GOOD], ["al@a.test", GOOD], ["bob@a.test", GOOD], [
      "",
      GOOD,
    ], [
      "alice@a.test",
      "",
    ], ["alice@a.test", "x".repeat(5000)]];
    for (const [name, password] of cases) words.add(await refused(verify(name, password), "denied"));
    assert.deepEqual([...words], ["wrong user name or password"]);
    assert.equal(fake.jobs.length, cases.length, "one hash each");
    assert.equal(await verify("Alice@A.test", GOOD), "alice@a.test");
  }));

Deno.test("verify() hashes once for minutes, but asks for the account each time", () =>
  withLogin(async ({ verify, refused, fake, clock, directory }) => {
    await verify("alice@a.test", GOOD);
    await verify("alice@a.test", GOOD);
    assert.equal(fake.jobs.length, 1);
    await refused(verify("alice@a.test", "wrong"), "denied");
    assert.equal(fake.jobs.length, 2, "a wrong password is never remembered");
    clock.advance(5 * 60_000);
    await verify("alice@a.test", GOOD);
    assert.equal(fake.jobs.length, 3);
    await directory.ask("updateAccount", { address: "alice@a.test", enabled: false });
    await refused(verify("alice@a.test", GOOD), "denied");
    await directory.ask("updateAccount", { address: "alice@a.test", enabled: true });
    const before = fake.jobs.length;
    await verify("alice@a.test", GOOD);
    assert.equal(fake.jobs.length, before + 1, "forgotten when the account changed");
  }));

Deno.test("verify() checks a password once for all connections that bring it at the same time", () =>
  withLogin(async ({ verify, fake }) => {
    fake.hold = true;
    const logins = Array.from({ length: 50 }, () => verify("alice@a.test", GOOD));
    while (!fake.held.length) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    fake.held.forEach((release) => release());
    assert.equal((await Promise.all(logins)).length, 50);
    assert.equal(fake.jobs.length, 1);
  }));

Deno.test("verify() refuses an account that was disabled while its password was checked", () =>
  withLogin(async ({ verify, refused, fake, directory }) => {
    fake.hold = true;
    const login = verify("alice@a.test", GOOD);
    while (!fake.held.length) await new Promise((resolve) => setTimeout(resolve, 0));
    await directory.ask("updateAccount", { address: "alice@a.test", enabled: false });
    fake.held[0]();
    await refused(login, "denied");
  }));

Deno.test("verify() stops an address after too many failures, right passwords included", () =>
  withLogin(async ({ verify, refused, clock }) => {
    for (let i = 0; i < LIMITS.loginFailuresPerAddress; i++) {
      await refused(verify(`x${i}@a.test`, "wrong"), "denied");
    }
    await refused(verify("alice@a.test", GOOD), "limit");
    assert.equal(await verify("alice@a.test", GOOD, "192.0.2.2"), "alice@a.test");
    clock.advance(LIMITS.loginWindowMs);
    assert.equal(await verify("alice@a.test", GOOD), "alice@a.test");
  }));

Deno.test("verify() stops guessing at an account, but not its owner at a known address", () =>
  withLogin(async ({ verify, refused, fake }) => {
    await verify("alice@a.test", GOOD, "198.51.100.7");
    for (let i = 0; i < LIMITS.loginFailuresPerAccount; i++) {
      await refused(verify("alice@a.test", "wrong", `192.0.2.${i}`), "denied");
    }
    const work = fake.jobs.length;
    await refused(verify("alice@a.test", GOOD, "192.0.2.200"), "limit");
    assert.equal(fake.jobs.length, work, "without any hashing");
    assert.equal(await verify("alice@a.test", GOOD, "198.51.100.7"), "alice@a.test");
  }));

Deno.test("verify() replaces old hashes at login and survives hashes it does not know", () =>
  withLogin(async ({ verify, refused, directory, fake }) => {
    const old = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    await directory.ask("createAccount", { address: "old@a.test", passwordHash: old });
    await verify("old@a.test", GOOD);
    const stored = async () => (await directory.ask("credentials", { login: "old@a.test" }))!.passwordHash;
    while (await stored() === old) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(await stored(), CURRENT);
    assert.equal(await verify("old@a.test", GOOD), "old@a.test");
    await directory.ask("updateAccount", { address: "old@a.test", passwordHash: "$odd$hash" });
    await refused(verify("old@a.test", GOOD), "denied");
    assert.equal(fake.jobs.filter((job) => job.kind === "hash").length, 1);
  }));

Deno.test("hash() and verify() work on the real thread, which has no permissions", async () => {
  const clock = new ManualClock();
  let actor: ReturnType<typeof loginActor> | undefined;
  const system = new LocalSystem({
    clock,
    random: seededRandom(1),
    actors: [directoryActor],
    stateless: [(context) => actor = loginActor(context)],
  });
  const login = system.ref<LoginContract>("login:main");
  const directory = system.ref<DirectoryContract>("directory:main");
  const { passwordHash } = await login.ask("hash", { password: "päss wörd" });
  await directory.ask("createDomain", { name: "a.test" });
  await directory.ask("createAccount", { address: "alice@a.test", passwordHash });
  const verify = (password: string) =>
    login.ask("verify", { login: "alice@a.test", password, protocol: "imap", ip: "::1" });
  const results = await Promise.allSettled([verify("päss wörd"), verify("wrong word"), verify("päss wörd")]);
  assert.deepEqual(results.map((result) => result.status), ["fulfilled", "rejected", "fulfilled"]);
  clock.advance(3 * 60_000); // the thread ended meanwhile; the next job starts a new one
  await assert.rejects(verify("still wrong"), { code: "denied" });
  await assert.rejects(login.ask("hash", { password: "short" }), { code: "invalid" });
  actor!.close();
  await system.close();
});

Deno.test("the hashing thread reports an unknown hash and serves on", async () => {
  const { createHasher } = await import("./hasher.ts");
  const hasher = createHasher(new ManualClock());
  const verify = (passwordHash: string) =>
    hasher.run({ kind: "verify", password: "a password", passwordHash });
  const results = await Promise.allSettled([
    verify("{PLAIN}a password"),
    hasher.run({ kind: "verify", password: "x", passwordHash: CURRENT }, () => {
      throw new Fault("limit", "not now");
    }),
    verify(CURRENT),
  ]);
  assert(results[0].status === "rejected" && results[0].reason instanceof SyntaxError);
  assert(results[1].status === "rejected" && results[1].reason instanceof Fault);
  assert(results[2].status === "fulfilled" && results[2].value === false);
  hasher.close();
});

Deno.test("somebody with a token or a certificate is let in by name; bad ones count for the address", () =>
  withLogin(async ({ login, directory, refused }) => {
    const vouch = (name: string | null, ip = "192.0.2.1") =>
      login.ask("vouch", { login: name, protocol: "imap", ip });
    assert.equal((await vouch("alice@a.test")).account.address, "alice@a.test");
    await refused(vouch("nobody@a.test"), "denied");
    await directory.ask("createAccount", { address: "off@a.test", passwordHash: CURRENT });
    await directory.ask("updateAccount", { address: "off@a.test", enabled: false });
    await refused(vouch("off@a.test"), "denied");
    for (let n = 2; n < LIMITS.loginFailuresPerAddress; n++) await refused(vouch(null), "denied");
    await refused(vouch("alice@a.test"), "limit");
    assert.equal((await vouch("alice@a.test", "192.0.2.9")).account.address, "alice@a.test");
  }));
