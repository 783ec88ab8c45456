import { strict as assert } from "node:assert";
import type { ActorRequest, Outcome } from "../actor/request.ts";
import { failed } from "../actor/request.ts";
import { type Clock, ManualClock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import { sessionAgainst, sessionPair, settle, type TestEnd } from "./testing/session_pair.ts";

/** Asks and collects every answer: exactly one is right. */
function ask(
  end: TestEnd,
  request: unknown,
  timeoutMs?: number,
  more: Partial<ActorRequest> = {},
): Outcome[] {
  const answers: Outcome[] = [];
  const message = { to: "mailbox:m1" as const, name: "fetch", request, requestId: "r1", ...more };
  end.session.ask(message, (outcome) => void answers.push(outcome), timeoutMs);
  return answers;
}

const DOWN = failed("unavailable", "the link to the other server went down");
const LATE = failed("unavailable", "the other server did not answer in time");
const BUSY = failed("busy", "too much waits for the other server");

Deno.test("asks go both ways and answers find their asks, in any order", async () => {
  const [a, b] = sessionPair();
  const raw = new Uint8Array([1, 2, 3]);
  const first = ask(a, { raw }, undefined, { homeOnly: true });
  const second = ask(a, null, undefined, { requestId: null, to: "directory:main", name: "resolve" });
  const back = ask(b, "from b");
  await settle();
  assert.deepEqual(b.asked.map(({ request }) => request), [
    { to: "mailbox:m1", name: "fetch", request: { raw }, requestId: "r1", homeOnly: true },
    { to: "directory:main", name: "resolve", request: null, requestId: null, homeOnly: false },
  ]);
  const mark = { position: 3, tag: "1.x" };
  b.asked[1].answer({ ok: true, reply: { rows: [raw] }, mark });
  b.asked[0].answer(failed("moved", "elsewhere"));
  a.asked[0].answer({ ok: true, reply: undefined });
  await settle();
  assert.deepEqual(first, [failed("moved", "elsewhere")]);
  assert.deepEqual(second, [{ ok: true, reply: { rows: [raw] }, mark }]);
  assert.deepEqual(back, [{ ok: true, reply: undefined }]);
});

Deno.test("an ask that is not answered in time is unavailable, and its late answer is nothing", async () => {
  const clock = new ManualClock();
  const [a, b] = sessionPair(clock);
  const short = ask(a, 1, 300), usual = ask(a, 2);
  await settle();
  clock.advance(299);
  assert.deepEqual(short, []);
  clock.advance(1);
  assert.deepEqual(short, [LATE]);
  b.asked[0].answer({ ok: true, reply: 1 });
  for (let ms = 300; ms < LIMITS.askTimeoutMs; ms += 300) {
    assert.deepEqual(usual, []);
    await settle();
    clock.advance(300);
  }
  assert.deepEqual(usual, [LATE]);
  assert.deepEqual(short, [LATE]);
  assert.deepEqual([a.downs, b.downs], [[], []]);
});

Deno.test("answered asks leave no timer behind, nor does a link that ended", async () => {
  const manual = new ManualClock();
  let timers = 0;
  const clock: Clock = {
    nowMs: () => manual.nowMs(),
    monotonicMs: () => manual.monotonicMs(),
    after(delayMs, run) {
      timers++;
      let over = false;
      const end = () => {
        if (!over) timers--;
        over = true;
      };
      const timer = manual.after(delayMs, () => (end(), run()));
      return { cancel: () => (end(), timer.cancel()) };
    },
  };
  const [a, b] = sessionPair(clock);
  b.onAsk = (_, answer) => answer({ ok: true, reply: 1 });
  const quiet = timers;
  const answers = ask(a, 1);
  assert.equal(timers, quiet + 1);
  await settle();
  assert.equal(answers.length, 1);
  assert.equal(timers, quiet);
  ask(a, 2);
  a.session.close("test");
  await settle();
  assert.equal(timers, 0);
});

Deno.test("when the link ends, everything that waits is answered once, and nothing more is sent", async () => {
  const clock = new ManualClock();
  const [a, b] = sessionPair(clock);
  const waiting = Array.from({ length: 50 }, (_, i) => ask(a, i));
  await settle();
  b.session.close("test");
  b.asked[0].answer({ ok: true, reply: "too late" });
  await settle();
  clock.advance(2 * LIMITS.askTimeoutMs);
  for (const answers of waiting) assert.deepEqual(answers, [DOWN]);
  assert.deepEqual(a.downs, ["the other server closed it: test"]);
  assert.deepEqual(b.downs, ["test"]);
  assert.deepEqual(ask(a, 1), [failed("unavailable", "the link to the other server is down")]);
  a.session.close("again");
  await settle();
  assert.deepEqual([a.downs.length, b.downs.length], [1, 1]);
});

Deno.test("an ask made while the link goes down is answered too", async () => {
  const [a, b] = sessionPair();
  const answers: Outcome[] = [];
  const request: ActorRequest = { to: "mailbox:m1", name: "fetch", request: 1, requestId: null };
  a.session.ask(request, () => a.session.ask(request, (outcome) => void answers.push(outcome)));
  await settle();
  b.stream.destroy();
  await settle();
  assert.deepEqual(answers, [failed("unavailable", "the link to the other server is down")]);
  assert.deepEqual([a.downs, b.downs], [["closed by the other side"], ["closed here"]]);
});

Deno.test("two servers with nothing to say stay linked by pings", async () => {
  const clock = new ManualClock();
  const [a, b] = sessionPair(clock);
  for (let i = 0; i < 60; i++) {
    await settle();
    clock.advance(500);
  }
  assert.deepEqual([a.downs, b.downs], [[], []]);
  const sample = a.metrics.snapshot().find(({ name }) => name === "replication_round_trip");
  assert.ok(sample!.value >= 59);
});

Deno.test("silence ends the link at the very moment", async () => {
  const clock = new ManualClock();
  const { end } = sessionAgainst(clock);
  const waiting = ask(end, 1);
  await settle();
  clock.advance(1_999);
  await settle();
  assert.deepEqual(end.downs, []);
  clock.advance(1);
  assert.deepEqual(end.downs, ["silent"]);
  assert.deepEqual(waiting, [DOWN]);
});

Deno.test("any byte is a sign of life, also in the middle of a large frame", async () => {
  const clock = new ManualClock();
  const { end, raw } = sessionAgainst(clock);
  const head = new Uint8Array([0, 16, 0, 0]);
  for (const byte of head) {
    raw.stream.write([new Uint8Array([byte])]);
    await settle();
    clock.advance(1_900);
  }
  assert.deepEqual(end.downs, []);
  clock.advance(100);
  assert.deepEqual(end.downs, ["silent"]);
});

Deno.test("a server that was held up itself looks into the socket before it calls the other one silent", async () => {
  const manual = new ManualClock();
  let lateMs = 0;
  const clock: Clock = {
    nowMs: () => manual.nowMs() + lateMs,
    monotonicMs: () => manual.monotonicMs() + lateMs,
    after: (delayMs, run) => manual.after(delayMs, run),
  };
  const { end, raw } = sessionAgainst(clock);
  await settle();
  lateMs = 60_000;
  manual.advance(500);
  assert.deepEqual(end.downs, []);
  raw.send({ type: "pong", id: 1 });
  await settle();
  manual.advance(1_999);
  assert.deepEqual(end.downs, []);
  manual.advance(1);
  assert.deepEqual(end.downs, ["silent"]);
});

Deno.test("what is said in one turn leaves together", async () => {
  const [a, b] = sessionPair();
  await settle();
  const before = a.stream.writes;
  for (let i = 0; i < 100; i++) ask(a, i);
  await settle();
  assert.equal(b.asked.length, 100);
  assert.equal(a.stream.writes, before + 1);
});

Deno.test("more asks than may be under way are answered busy", async () => {
  const [a, b] = sessionPair();
  const waiting = Array.from({ length: LIMITS.linkAsks }, (_, i) => ask(a, i));
  assert.deepEqual(ask(a, "one more"), [BUSY]);
  await settle();
  b.asked[0].answer({ ok: true, reply: 0 });
  await settle();
  assert.deepEqual(waiting[0], [{ ok: true, reply: 0 }]);
  assert.deepEqual(ask(a, "room again"), []);
});

Deno.test("a socket that does not drain makes asks busy until it does", async () => {
  const [a, b] = sessionPair();
  await settle();
  a.stream.stuck = true;
  const raw = new Uint8Array(LIMITS.linkQueueBytes / 4);
  const waiting = Array.from({ length: 4 }, () => ask(a, { raw }));
  assert.deepEqual(ask(a, 1), [BUSY]);
  await settle();
  assert.deepEqual(ask(a, 1), [BUSY], "also when the frames have left for the socket");
  a.stream.stuck = false;
  a.stream.write([]);
  await settle();
  assert.equal(b.asked.length, 4);
  assert.deepEqual(waiting, [[], [], [], []]);
  assert.deepEqual(ask(a, 1), []);
});

Deno.test("a peer that asks more than it may is answered busy", async () => {
  const { end, raw } = sessionAgainst(new ManualClock());
  const message = { type: "ask", to: "mailbox:m1", name: "fetch", request: 1, requestId: null };
  raw.send(...Array.from({ length: LIMITS.linkAsks + 1 }, (_, id) => ({ ...message, id })));
  await settle();
  assert.equal(end.asked.length, LIMITS.linkAsks);
  const faults = raw.heard.filter(({ type }) => type === "fault");
  assert.deepEqual(faults, [{
    type: "fault",
    id: LIMITS.linkAsks,
    code: "busy",
    message: "too many requests of the other server",
  }]);
  end.asked[0].answer({ ok: true, reply: 1 });
  raw.send({ ...message, id: LIMITS.linkAsks + 1 });
  await settle();
  assert.equal(end.asked.length, LIMITS.linkAsks + 1, "room again");
});

Deno.test("a peer that asks and does not read loses answers, then the link", async () => {
  const { end, raw } = sessionAgainst(new ManualClock());
  await settle();
  end.stream.stuck = true;
  const reply = new Uint8Array(LIMITS.linkQueueBytes);
  end.onAsk = (_, answer) => answer({ ok: true, reply });
  const message = { type: "ask", to: "mailbox:m1", name: "fetch", request: 1, requestId: null };
  let id = 0;
  raw.send({ ...message, id: id++ }, { ...message, id: id++ });
  await settle();
  assert.ok(end.stream.queuedBytes < 1.5 * LIMITS.linkQueueBytes, "the second answer was left out");
  while (!end.downs.length && id < 200_000) {
    raw.send(...Array.from({ length: 1_000 }, () => ({ ...message, id: id++ })));
    await settle();
  }
  assert.deepEqual(end.downs, ["the other server does not read"]);
});

Deno.test("messages of a newer release are passed over; malformed ones end the link with a reason", async () => {
  const rows: readonly [object, string][] = [
    [{ type: "ping" }, "a ping with a wrong id: "],
    [{ noType: 1 }, "a message without a type"],
    [{ type: "hello", node: "a", dataId: "d", versions: [1, 1] }, "a hello on a link that is up"],
    [{ type: "refuse", reason: "x" }, "a refuse on a link that is up"],
  ];
  for (const [message, reason] of rows) {
    const { end, raw } = sessionAgainst(new ManualClock());
    raw.send({ type: "later", id: 1 }, { type: "ping", id: 5, more: 1 });
    await settle();
    assert.ok(raw.heard.some((heard) => heard.type === "pong" && heard.id === 5));
    assert.deepEqual(end.downs, []);
    raw.send(message);
    await settle();
    const down = end.downs.join();
    assert.ok(down.startsWith(`the other server sent ${reason}`), down);
    assert.deepEqual(raw.heard.at(-1), { type: "bye", reason: down });
  }
});

Deno.test("answers to asks that nobody made are nothing", async () => {
  const { end, raw } = sessionAgainst(new ManualClock());
  raw.send({ type: "ok", id: 99, reply: 1, mark: null }, {
    type: "fault",
    id: 98,
    code: "busy",
    message: "",
  });
  await settle();
  assert.deepEqual(end.downs, []);
});

Deno.test("bugs around an ask are logged and cost only that ask", async () => {
  const [a, b] = sessionPair();
  b.onAsk = (request, answer) => {
    if (request.request === "throws") throw new Error("bug");
    if (request.request === "strange") return answer({ ok: true, reply: new Map() });
    answer({ ok: true, reply: 1 });
    if (request.request === "twice") answer({ ok: true, reply: 2 });
  };
  const internal = [failed("internal", "internal error")];
  const throws = ask(a, "throws"), strange = ask(a, "strange"), twice = ask(a, "twice");
  assert.deepEqual(ask(a, new Date(0)), internal);
  assert.deepEqual(a.events, ["replication.internal"]);
  a.session.ask({ to: "mailbox:m1", name: "x", request: 1, requestId: null }, () => {
    throw new Error("bug");
  });
  const fine = ask(a, "fine");
  await settle();
  assert.deepEqual([throws, strange], [internal, internal]);
  assert.deepEqual([twice, fine], [[{ ok: true, reply: 1 }], [{ ok: true, reply: 1 }]]);
  assert.equal(a.events.length, 2);
  assert.deepEqual(b.events, Array(3).fill("replication.internal"));
  assert.deepEqual([a.downs, b.downs], [[], []]);
});

Deno.test("what is larger than a frame is refused and never sent", async () => {
  const [a, b] = sessionPair();
  const raw = new Uint8Array(LIMITS.frameBytes);
  assert.deepEqual(ask(a, raw), [failed("too_big", "too large for the link to the other server")]);
  b.onAsk = (_, answer) => answer({ ok: true, reply: raw });
  const answers = ask(a, 1);
  await settle();
  assert.deepEqual(answers, [failed("unavailable", "the answer is too large for the link")]);
  assert.equal(b.asked.length, 1);
});

Deno.test("whoever waits hears of the end when the link is known to be down, and can go on without it", () => {
  const [a] = sessionPair();
  const downs: number[] = [];
  a.session.ask({ to: "mailbox:m1", name: "echo", request: 1, requestId: null }, () => {
    downs.push(a.downs.length);
  });
  a.session.close("over");
  assert.deepEqual(downs, [1]);
});
