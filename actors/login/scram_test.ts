import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { fromLatin1, latin1 } from "../../src/base/bytes.ts";
import { encodeBase64 } from "../../src/codec/text/sasl.ts";
import { formatServerFirst, parseClientFinal, type ScramMechanism } from "../../src/codec/text/scram.ts";
import { ScramClient } from "../../tests/support/scram.ts";
import { directoryActor } from "../directory/actor.ts";
import type { DirectoryContract } from "../directory/contract.ts";
import { loginActor } from "./actor.ts";
import type { LoginContract } from "./contract.ts";
import { runHashJob } from "./hash_job.ts";
import type { Hasher } from "./hasher.ts";

/** A directory with one account and the real hashing, done in this thread. */
async function withLogin(
  test: (t: {
    login: <N extends keyof LoginContract & string>(
      name: N,
      request: LoginContract[N]["request"],
    ) => Promise<LoginContract[N]["reply"]>;
    directory: <N extends keyof DirectoryContract & string>(
      name: N,
      request: DirectoryContract[N]["request"],
    ) => Promise<DirectoryContract[N]["reply"]>;
    scram: (name: string, password: string, mechanism?: ScramMechanism, ip?: string) => Promise<string>;
  }) => Promise<void>,
): Promise<void> {
  const hasher: Hasher = {
    waiting: 0,
    run: async (job, admit = () => {}) => (admit(), await runHashJob(job)),
    close() {},
  };
  const system = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(1),
    actors: [directoryActor],
    stateless: [(context) => loginActor(context, { hasher })],
  });
  const login = system.ref<LoginContract>("login:main").ask;
  const directory = system.ref<DirectoryContract>("directory:main").ask;
  await directory("createDomain", { name: "a.test" });
  try {
    await test({
      login,
      directory,
      async scram(name, password, mechanism = "SCRAM-SHA-256", ip = "192.0.2.1") {
        const who = { login: name, mechanism, protocol: "imap", ip };
        const client = new ScramClient(mechanism, name, password);
        const begun = await login("scramBegin", who);
        const serverFirst = formatServerFirst("clientnonce1", begun);
        const last = parseClientFinal(latin1(atob(client.final(encodeBase64(latin1(serverFirst))))));
        const bare = atob(client.first()).slice(client.header.length);
        const { account, signature } = await login("scramEnd", {
          ...who,
          authMessage: `${bare},${serverFirst},${last.bare}`,
          proof: last.proof,
        });
        assert.ok(client.trusts(encodeBase64(latin1(`v=${encodeBase64(signature)}`))));
        return account.address;
      },
    });
  } finally {
    await system.close();
  }
}

Deno.test("a password that is set here, or proved by PLAIN, is good for SCRAM", () =>
  withLogin(async ({ login, directory, scram }) => {
    const made = await login("hash", { password: "first password" });
    assert.doesNotMatch(JSON.stringify(made), /first password/);
    await directory("createAccount", { address: "alice@a.test", ...made });
    assert.equal(await scram("alice@a.test", "first password"), "alice@a.test");
    assert.equal(await scram("alice@a.test", "first password", "SCRAM-SHA-1"), "alice@a.test");
    await assert.rejects(scram("alice@a.test", "other password"), { code: "denied" });
    // A hash from elsewhere has no keys, and those of the old password are good for nothing.
    const { passwordHash } = await login("hash", { password: "second password" });
    await directory("updateAccount", { address: "alice@a.test", passwordHash });
    await assert.rejects(scram("alice@a.test", "first password"), { code: "denied" });
    await assert.rejects(scram("alice@a.test", "second password"), { code: "denied" });
    const { account } = await login("verify", {
      login: "alice@a.test",
      password: "second password",
      protocol: "imap",
      ip: "192.0.2.1",
    });
    for (let tries = 0; !(await directory("credentials", { login: "alice@a.test" }))!.scram; tries++) {
      assert.ok(tries < 100, "no keys were made");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await scram("alice@a.test", "second password"), account.address);
    // Keys that were made for another hash (on the other server, say) do not count.
    const { scram: keys } = (await directory("credentials", { login: "alice@a.test" }))!;
    await directory("updateAccount", {
      address: "alice@a.test",
      passwordHash: made.passwordHash,
      scram: keys!,
    });
    await assert.rejects(scram("alice@a.test", "second password"), { code: "denied" });
    await directory("removeAccount", { address: "alice@a.test" });
    await assert.rejects(scram("alice@a.test", "second password"), { code: "denied" });
  }));

Deno.test("strangers get a salt that stays, and the same words (RFC 5802 §9)", () =>
  withLogin(async ({ login, directory, scram }) => {
    const made = await login("hash", { password: "first password" });
    await directory("createAccount", { address: "alice@a.test", ...made });
    const begin = async (name: string, mechanism: ScramMechanism = "SCRAM-SHA-256") => {
      const begun = await login("scramBegin", { login: name, mechanism, protocol: "imap", ip: "192.0.2.1" });
      return `${begun.iterations} ${begun.salt.length} ${fromLatin1(begun.salt)}`;
    };
    assert.equal(await begin("bob@a.test"), await begin("BOB@a.test"));
    assert.notEqual(await begin("bob@a.test"), await begin("bobby@a.test"));
    assert.notEqual(await begin("bob@a.test"), await begin("bob@a.test", "SCRAM-SHA-1"));
    assert.equal((await begin("bob@a.test")).slice(0, 8), (await begin("alice@a.test")).slice(0, 8));
    const words = async (name: string) => {
      const error = await scram(name, "a wrong password").then(() => null, (error: Error) => error);
      return error!.message;
    };
    assert.equal(await words("bob@a.test"), await words("alice@a.test"));
  }));

Deno.test("failures are counted as those of passwords", () =>
  withLogin(async ({ login, directory, scram }) => {
    await directory("createAccount", {
      address: "alice@a.test",
      ...await login("hash", { password: "first password" }),
    });
    await scram("alice@a.test", "first password", "SCRAM-SHA-1", "192.0.2.9");
    const bad = {
      login: "alice@a.test",
      mechanism: "SCRAM-SHA-1",
      protocol: "imap",
      authMessage: "",
      proof: new Uint8Array(20),
    } as const;
    for (let i = 0; i < LIMITS.loginFailuresPerAccount; i++) {
      await assert.rejects(login("scramEnd", { ...bad, ip: `192.0.2.${i}` }), { code: "denied" });
    }
    await assert.rejects(login("scramEnd", { ...bad, ip: "198.51.100.1" }), { code: "limit" });
    await assert.rejects(scram("alice@a.test", "first password", "SCRAM-SHA-1", "198.51.100.1"), {
      code: "limit",
    });
    assert.equal(await scram("alice@a.test", "first password", "SCRAM-SHA-1", "192.0.2.9"), "alice@a.test");
  }));
