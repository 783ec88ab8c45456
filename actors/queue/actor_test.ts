import { strict as assert } from "node:assert";
import { HOUR, MINUTE, newWorld, TIMES } from "../../tests/support/queue_world.ts";
import { seededRandom } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { QueueContract, QueueLease } from "./contract.ts";

Deno.test("claim() groups the recipients of a message by domain", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@X.test", "b@x.test.", "c@y.test"]);
  const leases = await world.claim();
  assert.deepEqual(leases.map((lease) => [lease.id, lease.domain, lease.recipients.map((r) => r.address)]), [
    [id, "x.test", ["a@X.test", "b@x.test."]],
    [id, "y.test", ["c@y.test"]],
  ]);
  assert.deepEqual(await world.claim(), [], "what is leased is not due");
  for (const lease of leases) await world.report(lease, "relayed");
  await assert.rejects(world.queue.ask("get", { id }), { code: "not_found" });
  assert.deepEqual((await world.queue.ask("stats", {})).items, 0);
  await world.close();
});

Deno.test("claim() keeps to the limit of a domain and serves all domains", async () => {
  const world = await newWorld();
  for (let i = 0; i < 10; i++) await world.submit([`a${i}@busy.test`]);
  await world.submit(["b@calm.test"]);
  const leases = await world.claim(4, 3);
  assert.deepEqual(leases.map((lease) => lease.domain).sort(), [
    "busy.test",
    "busy.test",
    "busy.test",
    "calm.test",
  ]);
  assert.deepEqual(await world.claim(4, 3), []);
  await world.report(leases.find((lease) => lease.domain === "busy.test")!, "relayed");
  assert.equal((await world.claim(4, 3)).length, 1);
  await world.close();
});

Deno.test("a temporary failure backs off by the list, with a little chance", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@x.test"]);
  for (const wait of [MINUTE, 2 * MINUTE, HOUR, HOUR]) {
    const [lease] = await world.claim();
    assert.ok(lease, "due");
    await world.report(lease, "temporary");
    const view = await world.queue.ask("get", { id });
    const delay = view.recipients[0].nextAttemptMs - world.clock.nowMs();
    assert.ok(delay >= wait * 0.9 && delay <= wait * 1.1, `${delay} is about ${wait}`);
    world.clock.advance(delay - 1);
    assert.deepEqual(await world.claim(), []);
    world.clock.advance(1);
  }
  await world.close();
});

Deno.test("`due` is published on submission and when the time has come", async () => {
  const world = await newWorld();
  let due = 0;
  world.system.watch("queue:main", "due", (event) => void (event.kind === "event" && due++));
  await world.submit(["a@x.test"]);
  assert.equal(due, 1);
  const [lease] = await world.claim();
  await world.report(lease, "temporary");
  assert.equal(due, 1, "nothing is due yet");
  world.clock.advance(2 * MINUTE);
  await world.queue.ask("stats", {});
  assert.equal(due, 2);
  await world.close();
});

Deno.test("leases end by time and by another holder, not by a restart of the queue", async () => {
  const world = await newWorld();
  await world.submit(["a@x.test"]);
  const [first] = await world.claim(1, 5, "one");
  world.system.crash();
  assert.deepEqual(await world.claim(1, 5, "one"), [], "the attempt goes on");
  await world.queue.ask("renew", { leaseId: first.leaseId, leaseMs: 20 * MINUTE });
  world.clock.advance(15 * MINUTE);
  assert.deepEqual(await world.claim(1, 5, "one"), []);
  world.clock.advance(6 * MINUTE);
  const [second] = await world.claim(1, 5, "one");
  assert.ok(second, "nobody renewed it");
  await assert.rejects(world.queue.ask("renew", { leaseId: first.leaseId, leaseMs: 1 }), {
    code: "not_found",
  });
  const [third] = await world.claim(1, 5, "two");
  assert.ok(third, "the holder of before is gone");
  await world.report(second, "temporary");
  assert.equal(
    (await world.queue.ask("get", { id: first.id })).recipients[0].attempts,
    0,
    "not its word any more",
  );
  await world.report(first, "relayed");
  assert.equal((await world.queue.ask("stats", {})).items, 0, "what a server took stays taken");
  await world.report(third, "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0);
  await world.close();
});

Deno.test("recipients without a result are tried again", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@x.test", "b@x.test"]);
  const [lease] = await world.claim();
  await world.report({ ...lease, recipients: lease.recipients.slice(0, 1) }, "relayed");
  const view = await world.queue.ask("get", { id });
  assert.deepEqual(view.recipients.map((r) => r.state), ["relayed", "queued"]);
  assert.deepEqual(await world.claim(), []);
  world.clock.advance(2 * MINUTE);
  assert.deepEqual((await world.claim())[0].recipients.map((r) => r.address), ["b@x.test"]);
  await world.close();
});

Deno.test("hold, retry and remove", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@x.test"]);
  await world.queue.ask("hold", { id, held: true });
  assert.deepEqual(await world.claim(), []);
  await world.queue.ask("hold", { id, held: false });
  const [lease] = await world.claim();
  await world.queue.ask("hold", { id, held: true });
  await world.report(lease, "temporary");
  await world.queue.ask("retry", { id });
  assert.deepEqual(await world.claim(), [], "still held");
  await world.queue.ask("hold", { id, held: false });
  const [again] = await world.claim();
  assert.equal(again.recipients[0].attempts, 1);
  await world.queue.ask("remove", { id });
  await world.report(again, "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0);
  for (const name of ["remove", "retry", "get"] as const) {
    await assert.rejects(world.queue.ask(name, { id }), { code: "not_found" }, name);
  }
  await world.close();
});

Deno.test("a message is found by its delivery too, while that left just one", async () => {
  const world = await newWorld();
  const submit = (deliveryId: string) =>
    world.queue.ask("submit", {
      envelope: {
        from: null,
        recipients: [{ address: "a@x.test", dsn: { notify: [], orcpt: null } }],
        smtpUtf8: false,
        body: "7bit",
        requireTls: false,
        ret: null,
        envid: null,
      },
      raw: new Uint8Array(1),
      source: "forward",
      messageId: null,
      accountId: null,
      deliveryId,
    });
  const { id } = await submit("told");
  for (let i = 0; i < 2; i++) await submit("twice");
  assert.equal((await world.queue.ask("get", { id: "told" })).id, id);
  const held = await world.queue.ask("hold", { id: "told", held: true });
  assert.deepEqual([held.id, held.held], [id, true]);
  world.clock.advance(MINUTE);
  const tried = await world.queue.ask("retry", { id: "told" });
  assert.equal(tried.recipients[0].nextAttemptMs, world.clock.nowMs());
  await assert.rejects(world.queue.ask("remove", { id: "twice" }), { code: "not_found" });
  await world.queue.ask("remove", { id: "told" });
  await assert.rejects(world.queue.ask("get", { id }), { code: "not_found" });
  await world.close();
});

Deno.test("list() pages", async () => {
  const world = await newWorld();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push(await world.submit([`a@${i}.test`]));
    world.clock.advance(1);
  }
  const seen: string[] = [];
  for (let after: string | undefined = ""; after !== undefined;) {
    const page: QueueContract["list"]["reply"] = await world.queue.ask("list", { after, limit: 2 });
    seen.push(...page.items.map((item) => item.id));
    after = page.next ?? undefined;
  }
  assert.deepEqual(seen, ids);
  await world.close();
});

Deno.test("bodies are read in pages as they came", async () => {
  const world = await newWorld();
  const raw = new Uint8Array(2 * LIMITS.bodyChunkBytes + 12345);
  for (let i = 0; i < raw.length; i++) raw[i] = (i * 7919) >> 3;
  const id = await world.submit(["a@x.test"], { raw });
  for (const length of [LIMITS.bodyChunkBytes, 99_999]) {
    const out = new Uint8Array(raw.length);
    let offset: number | null = 0;
    while (offset !== null) {
      const page: QueueContract["readBody"]["reply"] = await world.queue.ask("readBody", {
        id,
        offset,
        length,
      });
      out.set(page.data, offset);
      offset = page.next;
    }
    assert.ok(out.every((byte, i) => byte === raw[i]), `pages of ${length}`);
  }
  await assert.rejects(world.queue.ask("readBody", { id: "none", offset: 0, length: 1 }), {
    code: "not_found",
  });
  await world.close();
});

Deno.test("submit() refuses nonsense", async () => {
  const world = await newWorld();
  await assert.rejects(world.submit([]), { code: "invalid" });
  await assert.rejects(world.submit(Array.from({ length: 1001 }, (_, i) => `a${i}@x.test`)), {
    code: "limit",
  });
  await assert.rejects(world.queue.ask("configure", { ...TIMES, backoffMs: [] }), { code: "invalid" });
  await world.close();
});

Deno.test("a message of many recipients goes out in transactions of a hundred", async () => {
  const world = await newWorld();
  await world.submit(Array.from({ length: 250 }, (_, i) => `a${i}@x.test`));
  const leases = await world.claim();
  assert.deepEqual(leases.map((lease) => lease.recipients.length), [100, 100, 50]);
  await world.close();
});

Deno.test("random operations keep the invariants", async () => {
  const random = seededRandom(99);
  const pick = (n: number) => random.bytes(1)[0] % n;
  const world = await newWorld();
  const leases: QueueLease[] = [];
  for (let step = 0; step < 400; step++) {
    const ids = (await world.queue.ask("list", {})).items.map((item) => item.id);
    const id = ids[pick(Math.max(1, ids.length))];
    switch (pick(8)) {
      case 0:
      case 1:
        await world.submit(Array.from({ length: 1 + pick(4) }, (_, i) => `u${i}@d${pick(4)}.test`));
        break;
      case 2:
        leases.push(...await world.claim(1 + pick(3), 1 + pick(2), `h${step >> 7}`));
        break;
      case 3:
      case 4: {
        const lease = leases.splice(pick(Math.max(1, leases.length)), 1)[0];
        const outcomes = ["relayed", "delivered", "temporary", "permanent"] as const;
        if (lease) await world.report(lease, outcomes[pick(4)]);
        break;
      }
      case 5:
        world.clock.advance(pick(256) * MINUTE);
        break;
      case 6:
        if (id) await world.queue.ask("hold", { id, held: pick(2) === 0 });
        break;
      case 7:
        if (id && pick(3) === 0) await world.queue.ask("remove", { id });
        else if (id) await world.queue.ask("retry", { id });
    }
    const { problems } = await world.queue.ask("check", {});
    assert.deepEqual(problems, [], `step ${step}`);
  }
  await world.close();
});
