import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { queueActor } from "./actor.ts";
import type { AttemptResult, DsnRecipient, QueueContract, QueueLease } from "./contract.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NO_DSN: DsnRecipient = { notify: [], orcpt: null };
const TIMES = {
  hostname: "mx.test",
  postmaster: "postmaster@mx.test",
  expireMs: 24 * HOUR,
  delayNoticeMs: 4 * HOUR,
  backoffMs: [MINUTE, 2 * MINUTE, HOUR],
};

type World = Awaited<ReturnType<typeof newWorld>>;

async function newWorld() {
  const clock = new ManualClock();
  const system = new LocalSystem({ clock, random: seededRandom(3), actors: [queueActor] });
  const queue = system.ref<QueueContract>("queue:main");
  await queue.ask("configure", TIMES);
  const submit = async (to: (string | [string, DsnRecipient])[], more: {
    from?: string | null;
    raw?: Uint8Array;
    ret?: "full" | "hdrs";
    envid?: string;
  } = {}) => {
    const { id } = await queue.ask("submit", {
      envelope: {
        from: more.from === undefined ? "sender@home.test" : more.from,
        recipients: to.map((entry) =>
          typeof entry === "string" ? { address: entry, dsn: NO_DSN } : { address: entry[0], dsn: entry[1] }
        ),
        smtpUtf8: false,
        body: "7bit",
        requireTls: false,
        ret: more.ret ?? null,
        envid: more.envid ?? null,
      },
      raw: more.raw ?? utf8("Subject: hello\r\n\r\nbody text\r\n"),
      source: "submission",
      messageId: null,
      accountId: null,
    });
    return id;
  };
  const claim = async (max = 100, perDomain = 5, holder = "h") =>
    (await queue.ask("claim", { max, perDomain, leaseMs: 10 * MINUTE, holder })).leases;
  const report = (lease: QueueLease, outcome: AttemptResult["outcome"], more: Partial<AttemptResult> = {}) =>
    queue.ask("report", {
      leaseId: lease.leaseId,
      results: lease.recipients.map(({ id }) => ({
        recipient: id,
        outcome,
        status: outcome === "permanent" ? "5.1.1" : outcome === "temporary" ? "4.4.1" : "2.0.0",
        reply: outcome === "permanent" ? "550 5.1.1 no such user" : "text",
        remoteMta: "mx.far.test",
        ...more,
      })),
    });
  const close = async () => {
    assert.deepEqual((await queue.ask("check", {})).problems, []);
    await system.close();
  };
  return { clock, system, queue, submit, claim, report, close };
}

async function bodyOf({ queue }: World, id: string): Promise<string> {
  let text = "";
  for (let offset: number | null = 0; offset !== null;) {
    const page: { data: Uint8Array; next: number | null } = await queue.ask("readBody", {
      id,
      offset,
      length: 1000,
    });
    text += fromUtf8(page.data);
    offset = page.next;
  }
  return text;
}

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

Deno.test("a permanent failure is reported to the sender, in one report for all recipients", async () => {
  const world = await newWorld();
  await world.submit([["a@x.test", { notify: ["failure"], orcpt: "rfc822;old@x.test" }], "b@x.test"], {
    envid: "QQ1",
  });
  const [lease] = await world.claim();
  await world.report(lease, "permanent");
  const { items } = await world.queue.ask("list", {});
  assert.equal(items.length, 1);
  assert.equal(items[0].source, "dsn");
  assert.equal(items[0].envelope.from, null);
  assert.deepEqual(items[0].recipients.map((r) => r.address), ["sender@home.test"]);
  const text = await bodyOf(world, items[0].id);
  for (
    const want of [
      "From: Mail Delivery System <postmaster@mx.test>",
      "report-type=delivery-status",
      "Reporting-MTA: dns; mx.test",
      "Original-Envelope-Id: QQ1",
      "Original-Recipient: rfc822; old@x.test",
      "Final-Recipient: rfc822; a@x.test",
      "Final-Recipient: rfc822; b@x.test",
      "Action: failed",
      "Status: 5.1.1",
      "Diagnostic-Code: smtp; 550 5.1.1 no such user",
      "Subject: hello",
      "body text",
    ]
  ) assert.ok(text.includes(want), `${want} in\n${text}`);
  const [report] = await world.claim();
  await world.report(report, "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0, "no report on a report");
  await world.close();
});

Deno.test("who is told what", async () => {
  const rows: [AttemptResult["outcome"], DsnRecipient["notify"], Partial<AttemptResult>, string | null][] = [
    ["permanent", [], {}, "failed"],
    ["permanent", ["never"], {}, null],
    ["permanent", ["success"], {}, null],
    ["permanent", ["failure", "success"], {}, "failed"],
    ["delivered", [], {}, null],
    ["delivered", ["success"], {}, "delivered"],
    ["relayed", ["success"], {}, "relayed"],
    ["relayed", ["success"], { dsnHandedOver: true }, null],
    ["relayed", ["failure"], {}, null],
    ["temporary", [], {}, null],
  ];
  for (const [outcome, notify, more, action] of rows) {
    const world = await newWorld();
    await world.submit([["a@x.test", { notify, orcpt: null }]]);
    await world.report((await world.claim())[0], outcome, more);
    const reports = (await world.queue.ask("list", {})).items.filter((item) => item.source === "dsn");
    const name = `${outcome} ${notify}`;
    assert.equal(reports.length, action ? 1 : 0, name);
    if (action) assert.ok((await bodyOf(world, reports[0].id)).includes(`Action: ${action}\r\n`), name);
    await world.close();
  }
});

Deno.test("the null sender gets no report", async () => {
  const world = await newWorld();
  await world.submit([["a@x.test", { notify: ["failure"], orcpt: null }]], { from: null });
  await world.report((await world.claim())[0], "permanent");
  assert.equal((await world.queue.ask("stats", {})).items, 0);
  await world.close();
});

Deno.test("a late message is announced once, then expires with a report", async () => {
  const world = await newWorld();
  const id = await world.submit(["a@x.test"]);
  const reports: string[] = [];
  for (let hours = 0; hours < 40; hours++) {
    for (const lease of await world.claim()) {
      if (lease.id === id) await world.report(lease, "temporary", { reply: "451 4.4.1 nobody there" });
      else {
        reports.push(await bodyOf(world, lease.id));
        await world.report(lease, "delivered");
      }
    }
    world.clock.advance(HOUR / 2);
    const [lease] = await world.claim(1);
    if (lease?.id === id) await world.report(lease, "temporary", { reply: "451 4.4.1 nobody there" });
    else if (lease) {
      reports.push(await bodyOf(world, lease.id));
      await world.report(lease, "delivered");
    }
    world.clock.advance(HOUR / 2);
  }
  assert.equal(reports.length, 2);
  assert.ok(/Action: delayed\r\nStatus: 4.4.1\r\n[^]*Will-Retry-Until: /.test(reports[0]), reports[0]);
  assert.ok(reports[1].includes("Action: failed\r\nStatus: 5.4.1\r\n"), reports[1]);
  assert.equal((await world.queue.ask("stats", {})).items, 0);
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
