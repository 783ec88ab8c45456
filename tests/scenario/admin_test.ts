import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { directoryActor } from "../../actors/directory/actor.ts";
import type { DirectoryContract } from "../../actors/directory/contract.ts";
import { loginActor } from "../../actors/login/actor.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import { mailboxActor } from "../../actors/mailbox/actor.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import { queueActor } from "../../actors/queue/actor.ts";
import type { WatchEvent } from "../../src/actor/actor.ts";
import { LocalSystem } from "../../src/actor/local.ts";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { silentLog } from "../../src/base/log.ts";
import { createApp } from "../../src/frontend/http/app.ts";

/** The life of an account as an administrator sees it: real actors, real hashing, HTTP in front. */
Deno.test("an administrator's day: domain, account, alias, login, limits, disable, remove", async () => {
  let login: ReturnType<typeof loginActor> | undefined;
  const system = new LocalSystem({
    clock: systemClock,
    random: seededRandom(1),
    actors: [directoryActor, mailboxActor, queueActor],
    stateless: [(context) => login = loginActor(context)],
  });
  const app = createApp({
    system,
    clock: systemClock,
    random: seededRandom(2),
    log: silentLog,
    nodeId: "mx1",
    version: "1.0.0",
    health: () => ({ ok: true }),
    metrics: () => [],
    tokenHashes: () => [createHash("sha256").update("token").digest()],
  });
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { Authorization: "Bearer token", "Content-Type": "application/json" };
    const response = await app.request(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  };
  const verify = (password: string, name = "alice@a.test") =>
    system.ref<LoginContract>("login:main")
      .ask("verify", { login: name, password, protocol: "imap", ip: "127.0.0.1" });
  const resolve = (address: string) =>
    system.ref<DirectoryContract>("directory:main").ask("resolve", { address, authenticated: false });
  const events: WatchEvent[] = [];
  system.watch("directory:main", "accounts", (event) => void events.push(event));

  try {
    assert.equal((await call("POST", "/domains", { name: "a.test" })).status, 201);
    const made = await call("POST", "/accounts", {
      address: "alice@a.test",
      displayName: "Alice",
      password: "first password",
    });
    assert.equal(made.status, 201, "user name, full name and password are enough");
    assert.equal((await verify("first password")).account.id, made.body.id);
    await call("POST", "/aliases", { address: "info@*", targets: ["alice@a.test", "x@out.test"] });
    const { mailboxes, external } = await resolve("info+x@a.test");
    assert.deepEqual([mailboxes.map((box) => box.account.id), external], [[made.body.id], ["x@out.test"]]);
    await assert.rejects(verify("first password", "info@a.test"), { code: "denied" });

    await system.ref<MailboxContract>(`mailbox:${made.body.id}`).ask("createFolder", { name: "Work" });
    const shown = await call("GET", "/accounts/alice@a.test");
    assert.deepEqual([shown.body.usage.bytes, shown.body.usage.messages], [0, 0]);
    assert(shown.body.usage.folders >= 2);
    const state = await call("GET", "/replication/mailboxes/alice@a.test");
    assert.deepEqual([state.body.address, state.body.home], ["alice@a.test", "mx1"]);
    assert.match(state.body.hash, /^[0-9a-f]{16,}$/);
    assert.deepEqual((await call("GET", "/mailboxes/alice@a.test/check")).body.problems, []);
    assert.deepEqual((await call("GET", "/replication")).body, {
      node: "mx1",
      peer: null,
      linked: false,
      lag: { entries: 0, ms: 0 },
      forks: 0,
      heals: 0,
      renumbered: 0,
      divergences: 0,
    });

    await call("PATCH", "/accounts/alice@a.test", { password: "second password", quotaBytes: 1000 });
    await assert.rejects(verify("first password"), { code: "denied" });
    assert.equal((await verify("second password")).account.limits.quotaBytes, 1000);
    await call("PATCH", "/accounts/alice@a.test", { enabled: false, disabledDelivery: "refuse-temporary" });
    await assert.rejects(verify("second password"), { code: "denied" });
    assert.equal((await resolve("alice@a.test")).mailboxes[0].delivery, "refuse-temporary");
    await call("PATCH", "/accounts/alice@a.test", { enabled: true });

    await call("DELETE", "/domains/a.test");
    await assert.rejects(resolve("alice@a.test"), { code: "denied" });
    assert.equal((await verify("second password")).account.id, made.body.id, "the login outlives the domain");
    await call("POST", "/domains", { name: "a.test" });
    assert.equal((await resolve("alice@a.test")).mailboxes.length, 1);

    assert.equal((await call("DELETE", "/accounts/alice@a.test")).status, 204);
    await assert.rejects(verify("second password"), { code: "denied" });
    const changes = events.map((event) =>
      event.kind === "event" && (event.event as { change: string }).change
    );
    assert.deepEqual(changes, ["credentials", "disabled", "settings", "removed"]);
    assert.deepEqual(system.checkAll(), []);
  } finally {
    login!.close();
    await system.close();
  }
});
