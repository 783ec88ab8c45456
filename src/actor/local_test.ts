import { strict as assert } from "node:assert";
import { ManualClock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { seededRandom } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { StoredFile } from "../storage/disk.ts";
import { MemoryDisk } from "../storage/disk.ts";
import type { ActorAddress, OutboxReply, StoredActor, WatchEvent } from "./actor.ts";
import { LocalSystem } from "./local.ts";

type CounterContract = {
  add: { request: { by: number }; reply: { total: number } };
  get: { request: Record<string, never>; reply: { total: number } };
  fail: { request: { by: number; bug: boolean }; reply: { total: number } };
  pass: { request: { to: ActorAddress; by: number }; reply: Record<string, never> };
  passed: { request: OutboxReply; reply: Record<string, never> };
  later: { request: { atMs: number }; reply: Record<string, never> };
  tick: { request: Record<string, never>; reply: { more?: boolean } };
};

const total = (db: { get<T>(sql: string): T | undefined }) =>
  db.get<{ n: number }>("SELECT n FROM counter")!.n;

/** A small stored actor that uses everything the runtime offers. `state` must always agree with the file. */
const counter: StoredActor<CounterContract, { cached: number }> = {
  kind: "mailbox",
  migrations: [
    "CREATE TABLE counter (n INTEGER NOT NULL, ticks INTEGER NOT NULL); INSERT INTO counter VALUES (0, 0)",
  ],
  reads: new Set(["get"] as const),
  open: (db) => ({ cached: total(db) }),
  check: (db) => total(db) < 0 ? ["negative"] : [],
  handlers: {
    add({ by }, turn) {
      turn.db.run("UPDATE counter SET n = n + ?", by);
      turn.state.cached += by;
      turn.publish("total", { total: turn.state.cached });
      return { total: turn.state.cached };
    },
    get: (_, turn) => ({ total: turn.state.cached }),
    fail({ by, bug }, turn) {
      turn.db.run("UPDATE counter SET n = n + ?", by);
      turn.state.cached += by;
      turn.publish("total", { total: -1 });
      throw bug ? new TypeError("a bug") : new Fault("denied", "no");
    },
    pass({ to, by }, turn) {
      turn.send(to, "add", { by }, "passed");
      return {};
    },
    passed({ reply, fault }, turn) {
      const by = fault ? -1 : (reply as { total: number }).total;
      turn.db.run("UPDATE counter SET n = n + ?", by);
      turn.state.cached += by;
      return {};
    },
    later({ atMs }, turn) {
      turn.remind("tick", atMs);
      return {};
    },
    tick(_, turn) {
      turn.db.run("UPDATE counter SET n = n + 100, ticks = ticks + 1");
      turn.state.cached += 100;
      return {};
    },
  },
};

function newSystem(disk = new MemoryDisk()) {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(7), actors: [counter], disk });
  return { clock, disk, system, ref: (name: string) => system.ref<CounterContract>(`mailbox:${name}`) };
}

/** Lets promises that wait for promises settle. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

Deno.test("a turn commits, answers and publishes", async () => {
  const { system, ref } = newSystem();
  const events: WatchEvent[] = [];
  const unwatch = system.watch("mailbox:a", "total", (event) => events.push(event));
  assert.deepEqual(await ref("a").ask("add", { by: 2 }), { total: 2 });
  assert.deepEqual(events, [{ kind: "event", topic: "total", event: { total: 2 } }]);
  unwatch();
  await ref("a").ask("add", { by: 1 });
  assert.equal(events.length, 1);
  assert.deepEqual(await ref("b").ask("get", {}), { total: 0 });
});

Deno.test("an actor that was never used answers some reads without a file, where there is no other server", async () => {
  const actors = [{ ...counter, absent: { get: (name: string) => ({ total: name.length }) } }];
  const alone = new LocalSystem({ clock: new ManualClock(), random: seededRandom(7), actors });
  const ref = alone.ref<CounterContract>("mailbox:abc");
  assert.deepEqual(await ref.ask("get", {}), { total: 3 });
  assert.ok(!alone.disk.has("mailbox", "abc"));
  await ref.ask("add", { by: 1 });
  assert.deepEqual(await ref.ask("get", {}), { total: 1 });
  alone.crash();
  assert.deepEqual(await ref.ask("get", {}), { total: 1 });
  await assert.rejects(alone.ref<CounterContract>("mailbox:../x").ask("get", {}), { code: "invalid" });
  const paired = new LocalSystem({ clock: new ManualClock(), random: seededRandom(7), actors, logged() {} });
  assert.deepEqual(await paired.ref<CounterContract>("mailbox:abc").ask("get", {}), { total: 0 });
  assert.ok(paired.disk.has("mailbox", "abc"));
});

Deno.test("a turn that throws loses its rows, its caches and its events, and nobody else's", async () => {
  const { system, ref } = newSystem();
  const events: unknown[] = [];
  system.watch("mailbox:a", "total", (event) => events.push(event.kind === "event" && event.event));
  const a = ref("a");
  const outcomes = await Promise.allSettled([
    a.ask("add", { by: 1 }),
    a.ask("fail", { by: 50, bug: false }),
    a.ask("add", { by: 2 }),
    a.ask("fail", { by: 50, bug: true }),
    a.ask("add", { by: 4 }),
  ]);
  assert.deepEqual(outcomes.map((o) => o.status === "fulfilled" ? o.value.total : o.reason.code), [
    1,
    "denied",
    3,
    "internal",
    7,
  ]);
  assert.deepEqual(events, [{ total: 1 }, { total: 3 }, { total: 7 }]);
  await assert.rejects(a.ask("fail", { by: 9, bug: false }), { code: "denied" });
  assert.deepEqual(await a.ask("get", {}), { total: 7 });
});

Deno.test("a request id counts once, also across a crash", async () => {
  const { system, ref } = newSystem();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await ref("a").ask("add", { by: 5 }, { requestId: "r1" }), { total: 5 });
    system.crash();
  }
  assert.deepEqual(await ref("a").ask("add", { by: 5 }, { requestId: "r2" }), { total: 10 });
});

Deno.test("the outbox delivers exactly once in effect and hands the answer to the sender", async () => {
  const { system, ref, clock } = newSystem();
  await ref("a").ask("pass", { to: "mailbox:b", by: 3 });
  await settle();
  assert.deepEqual(await ref("b").ask("get", {}), { total: 3 });
  assert.deepEqual(await ref("a").ask("get", {}), { total: 3 });
  await ref("a").ask("pass", { to: "mailbox:BAD", by: 3 });
  system.crash();
  clock.advance(61_000);
  await settle();
  clock.advance(61_000);
  await settle();
  assert.deepEqual(await ref("a").ask("get", {}), { total: 2 }, "a permanent fault reaches the sender once");
});

Deno.test("a reminder fires once, also when the place was away", async () => {
  const { system, ref, clock } = newSystem();
  await ref("a").ask("later", { atMs: clock.nowMs() + 1_000 });
  clock.advance(999);
  await settle();
  assert.deepEqual(await ref("a").ask("get", {}), { total: 0 });
  system.crash();
  clock.advance(10);
  await settle();
  assert.deepEqual(await ref("a").ask("get", {}), { total: 100 });
  clock.advance(300_000);
  await settle();
  assert.deepEqual(await ref("a").ask("get", {}), { total: 100 });
});

Deno.test("idle work runs once the actor is quiet, as often as it asks, and not again without changes", async () => {
  const clock = new ManualClock();
  let calls = 0;
  const tick = () => ({ more: ++calls < 3 });
  const busy: StoredActor<CounterContract, { cached: number }> = {
    ...counter,
    idle: "tick",
    handlers: { ...counter.handlers, tick },
  };
  const system = new LocalSystem({ clock, random: seededRandom(7), actors: [busy] });
  await system.ref<CounterContract>("mailbox:a").ask("add", { by: 1 });
  clock.advance(LIMITS.quietMs - LIMITS.sweepMs);
  await settle();
  assert.equal(calls, 0);
  for (let i = 0; i < 20; i++) {
    clock.advance(LIMITS.sweepMs);
    await settle();
  }
  assert.equal(calls, 3);
});

Deno.test("idle work is done in the end by an actor that is never quiet, too, and by one that was put away before", async () => {
  const clock = new ManualClock(), disk = new MemoryDisk();
  let calls = 0;
  const busy: StoredActor<CounterContract, { cached: number }> = {
    ...counter,
    idle: "tick",
    handlers: { ...counter.handlers, tick: () => ({ more: ++calls % 3 !== 0 }) },
  };
  const system = new LocalSystem({ clock, random: seededRandom(7), actors: [busy], disk });
  const { ask } = system.ref<CounterContract>("mailbox:a");
  for (let ms = 0; ms < LIMITS.idleOverdueMs + 2_000; ms += 250) {
    await ask("get", {});
    clock.advance(250);
    await settle();
  }
  assert.equal(calls, 3);
  await system.close();
  const later = new LocalSystem({ clock, random: seededRandom(7), actors: [busy], disk });
  await later.ref<CounterContract>("mailbox:a").ask("get", {});
  for (let i = 0; i < 10; i++) {
    clock.advance(LIMITS.sweepMs);
    await settle();
  }
  assert.equal(calls, 6);
});

Deno.test("a full inbox answers busy", async () => {
  const { ref } = newSystem();
  const asks = Array.from({ length: LIMITS.inboxLength + 5 }, () => ref("a").ask("add", { by: 1 }));
  const outcomes = await Promise.allSettled(asks);
  assert.equal(outcomes.filter((o) => o.status === "rejected" && o.reason.code === "busy").length, 5);
  assert.deepEqual(await ref("a").ask("get", {}), { total: LIMITS.inboxLength });
});

Deno.test("answers wait for the disk, also those that only read", async () => {
  let letGo = () => {};
  class SlowDisk extends MemoryDisk {
    override open(kind: string, name: string): StoredFile {
      const file = super.open(kind, name);
      if (kind === "host") return file;
      return { ...file, sync: () => new Promise((resolve) => letGo = resolve) };
    }
  }
  const { system, ref } = newSystem(new SlowDisk());
  const seen: string[] = [];
  system.watch("mailbox:a", "total", () => seen.push("event"));
  const write = ref("a").ask("add", { by: 1 }).then(() => seen.push("write"));
  await settle();
  const read = ref("a").ask("get", {}).then(() => seen.push("read"));
  await settle();
  assert.deepEqual(seen, []);
  letGo();
  await Promise.all([write, read]);
  assert.deepEqual(seen.sort(), ["event", "read", "write"]);
});

Deno.test("a stop waits until what was committed is answered", async () => {
  const syncs: (() => void)[] = [];
  class SlowDisk extends MemoryDisk {
    override open(kind: string, name: string): StoredFile {
      const file = super.open(kind, name);
      if (kind === "host") return file;
      return { ...file, sync: () => new Promise((resolve) => syncs.push(resolve)) };
    }
  }
  const { system, ref } = newSystem(new SlowDisk());
  const seen: string[] = [];
  const write = ref("a").ask("add", { by: 1 }).then(() => seen.push("answered"));
  await settle();
  const stop = system.close().then(() => seen.push("stopped"));
  syncs[1]();
  await settle();
  assert.deepEqual(seen, []);
  syncs[0]();
  await Promise.all([write, stop]);
  assert.deepEqual(seen, ["answered", "stopped"]);
});

Deno.test("unknown requests, names and kinds are refused", async () => {
  const { system, ref } = newSystem();
  await assert.rejects(ref("a").ask("nonsense" as "get", {}), { code: "invalid" });
  await assert.rejects(ref("../x").ask("get", {}), { code: "invalid" });
  await assert.rejects(system.ref("queue:main").ask("get", {}), { code: "invalid" });
});
