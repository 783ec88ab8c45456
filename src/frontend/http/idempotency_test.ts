import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { directoryActor } from "../../../actors/directory/actor.ts";
import { LocalSystem } from "../../actor/local.ts";
import { ManualClock } from "../../base/clock.ts";
import { Fault } from "../../base/fault.ts";
import { seededRandom } from "../../base/id.ts";
import { silentLog } from "../../base/log.ts";
import { createApp } from "./app.ts";
import { type Reply, TOKEN, withApi } from "./harness_test.ts";

Deno.test("a write under an Idempotency-Key is done once", () =>
  withApi(async ({ call, clock, hashes }) => {
    const key = { "Idempotency-Key": "k1" };
    await call("POST", "/api/v1/domains", { name: "a.test" });
    const account = { address: "alice@a.test", password: "long enough" };
    const both: Reply[] = await Promise.all([
      call("POST", "/api/v1/accounts", account, key),
      call("POST", "/api/v1/accounts", account, key),
    ]);
    both.push(await call("POST", "/api/v1/accounts", account, key));
    for (const reply of both) assert.deepEqual([reply.status, reply.body], [201, both[0].body]);
    assert.equal(both[2].headers.get("Location"), "/api/v1/accounts/alice%40a.test");
    assert.equal(hashes(), 1);
    const other = await call("POST", "/api/v1/accounts", { ...account, address: "bob@a.test" }, key);
    assert.deepEqual([other.status, other.body.code], [422, "rejected"]);
    const failed = await call("DELETE", "/api/v1/domains/none.test", undefined, { "Idempotency-Key": "k2" });
    assert.equal(failed.status, 404);
    await call("POST", "/api/v1/domains", { name: "none.test" });
    const repeated = await call("DELETE", "/api/v1/domains/none.test", undefined, {
      "Idempotency-Key": "k2",
    });
    assert.equal(repeated.status, 404, "the first answer");
    const removal = { "Idempotency-Key": "k3" };
    for (let i = 0; i < 2; i++) {
      assert.equal((await call("DELETE", "/api/v1/domains/none.test", undefined, removal)).status, 204);
    }
    assert.equal(
      (await call("DELETE", "/api/v1/domains/a.test", undefined, { "Idempotency-Key": "é" })).status,
      400,
    );
    clock.advance(24 * 3600_000);
    const later = await call("POST", "/api/v1/accounts", account, key);
    assert.deepEqual([later.status, later.body], [201, both[0].body], "the directory remembers longer");
  }));

Deno.test("an answer that a repeat may mend is not kept", async () => {
  const clock = new ManualClock();
  let away = true;
  const system = new LocalSystem({ clock, random: seededRandom(1), actors: [directoryActor] });
  const app = createApp({
    system: {
      watch: system.watch.bind(system),
      ref: (address) => {
        const ref = system.ref(address);
        return {
          address,
          ask: (name: string, request: unknown, options?: object) =>
            away ? Promise.reject(new Fault("unavailable", "away")) : ref.ask(name, request, options),
        } as never;
      },
    },
    clock,
    random: seededRandom(2),
    log: silentLog,
    nodeId: "mx1",
    version: "1",
    health: () => ({ ok: true }),
    metrics: () => [],
    tokenHashes: () => [createHash("sha256").update(TOKEN).digest()],
  });
  const post = () =>
    app.request("/api/v1/domains", {
      method: "POST",
      headers: {
        Authorization: `Bearer ${TOKEN}`,
        "Content-Type": "application/json",
        "Idempotency-Key": "k",
      },
      body: '{"name":"a.test"}',
    });
  const first = await post();
  assert.deepEqual([first.status, first.headers.get("Retry-After")], [503, "5"]);
  away = false;
  assert.equal((await post()).status, 201);
  await system.close();
});
