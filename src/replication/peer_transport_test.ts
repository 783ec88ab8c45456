import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import type { Outcome } from "../actor/request.ts";
import { LIMITS } from "../base/limits.ts";
import type { PeerTransportOptions } from "./peer_transport.ts";
import { type TcpProxy, tcpProxy } from "./testing/tcp_proxy.ts";
import { ask, metric, type TestServer, testServer, until } from "./testing/transport_world.ts";

type Options = Partial<PeerTransportOptions>;

/** Runs `body` with a linked pair and the cable between them, and stops both, however it ends. */
async function linked(
  body: (a: TestServer, b: TestServer, cable: TcpProxy) => Promise<void>,
  options: { a?: Options; b?: Options } = {},
): Promise<void> {
  const b = testServer("b", 0, options.b);
  await b.transport.start();
  const cable = await tcpProxy(b.transport.port!);
  const a = testServer("a", cable.port, options.a);
  try {
    await a.transport.start();
    await until("the link", () => a.ups.length > 0 && b.ups.length > 0);
    await body(a, b, cable);
  } finally {
    const stopped = Promise.all([a.transport.stop(), b.transport.stop()]);
    await cable.close();
    await stopped;
  }
}

Deno.test("two servers link, introduce themselves and ask each other", async () => {
  await linked(async (a, b) => {
    assert.deepEqual(a.ups[0].peer, { node: "b", dataId: "data-b", version: 1 });
    assert.deepEqual(b.ups[0].peer, { node: "a", dataId: "data-a", version: 1 });
    assert.deepEqual(a.logged("replication.linked").map(({ peer, version }) => ({ peer, version })), [
      { peer: "b", version: 1 },
    ]);
    const request = { raw: new Uint8Array([1, 2, 3]), flags: ["\\Seen"], none: null };
    assert.deepEqual(await ask(a.ups[0], request), { ok: true, reply: request });
    assert.deepEqual(await ask(b.ups[0], request), { ok: true, reply: request });
    assert.deepEqual(b.asked, [
      { to: "mailbox:m1", name: "echo", request, requestId: "r1", homeOnly: false },
    ]);
    assert.notEqual(a.transport.port, b.transport.port, "both listen");
  });
});

Deno.test("stop() says goodbye; what waits is answered", async () => {
  let waiting: Promise<Outcome> | undefined;
  let servers: TestServer[] = [];
  await linked(async (a, b) => {
    b.onAsk = () => {};
    waiting = ask(a.ups[0], 1);
    await until("the ask", () => b.asked.length === 1);
    servers = [a, b];
    await b.transport.stop();
    await until("the goodbye", () => a.downs.length === 1);
    assert.deepEqual([a, b].map((server) => metric(server, "replication_linked")), [0, 0]);
  });
  assert.deepEqual(await waiting, {
    ok: false,
    code: "unavailable",
    message: "the link to the other server went down",
  });
  const reasons = servers.map((server) => server.downs.map((down) => down.reason));
  assert.deepEqual(reasons, [
    ["the other server closed it: this server is stopping"],
    ["this server is stopping"],
  ]);
});

const DOWN = { ok: false, code: "unavailable", message: "the link to the other server went down" };

Deno.test("a link that is cut comes back, and what waited is answered once", async () => {
  await linked(async (a, b, cable) => {
    b.onAsk = () => {};
    const waiting = Array.from({ length: 20 }, () => ask(a.ups[0], 1));
    await until("the asks", () => b.asked.length === 20);
    cable.cut();
    assert.deepEqual(await Promise.all(waiting), Array(20).fill(DOWN));
    await until("the next link", () => a.ups.length === 2 && b.ups.length === 2);
    b.onAsk = (_, answer) => answer({ ok: true, reply: 2 });
    assert.deepEqual(await ask(a.ups[1], 1), { ok: true, reply: 2 });
    assert.equal((await ask(a.ups[0], 1)).ok, false, "the old one stays down");
    for (const server of [a, b]) {
      assert.deepEqual(server.downs.map(({ link }) => link), [server.ups[0]]);
      const events = server.lines.map(({ event }) => event);
      assert.deepEqual(events, ["replication.linked", "replication.unlinked", "replication.linked"]);
      assert.equal(typeof server.logged("replication.unlinked")[0].reason, "string");
      assert.deepEqual([metric(server, "replication_linked"), metric(server, "replication_links")], [1, 2]);
    }
  });
});

Deno.test("a peer that vanishes is called until it returns, though with other data", async () => {
  const first = testServer("b", 0);
  await first.transport.start();
  const port = first.transport.port!;
  const a = testServer("a", port);
  await a.transport.start();
  await until("the link", () => a.ups.length === 1);
  await first.transport.stop();
  await until("a call in vain", () => a.logged("replication.unreachable").length > 0);
  const second = testServer("b", port, { dataId: "restored" });
  await second.transport.start();
  await until("the next link", () => a.ups.length === 2);
  assert.equal(a.ups[1].peer.dataId, "restored");
  assert.equal(a.logged("replication.unreachable").length, 1, "once for all calls");
  await Promise.all([a.transport.stop(), second.transport.stop()]);
});

Deno.test("a link that falls silent ends on both sides", async () => {
  const heartbeatMs = 200;
  await linked(async (a, b, cable) => {
    const waiting = ask(a.ups[0], 1);
    assert.equal((await waiting).ok, true);
    await new Promise((resolve) => setTimeout(resolve, 2 * heartbeatMs));
    assert.deepEqual([a.downs, b.downs], [[], []], "pings keep it");
    cable.hold(true);
    const lost = ask(a.ups[0], 2);
    await until("silence", () => a.downs.length > 0 && b.downs.length > 0);
    assert.deepEqual(await lost, DOWN);
    assert.deepEqual([a.downs[0].reason, b.downs[0].reason], ["silent", "silent"]);
    cable.hold(false);
    await until("the next link", () => a.ups.length === 2 && b.ups.length === 2);
  }, { a: { heartbeatMs }, b: { heartbeatMs } });
});

Deno.test("a new connection of the peer replaces the one that is dead and not known to be", async () => {
  await linked(async (a, b, cable) => {
    b.onAsk = () => {};
    const lost = ask(b.ups[0], 1);
    cable.lose();
    await until("a to give up", () => a.downs.length === 1);
    assert.equal(a.downs[0].reason, "silent");
    await until("the next link", () => b.ups.length === 2);
    assert.deepEqual(b.downs, [{ link: b.ups[0], reason: "replaced by a newer connection" }]);
    assert.deepEqual(await lost, DOWN);
    const events = b.lines.map(({ event }) => event);
    assert.deepEqual(events, ["replication.linked", "replication.unlinked", "replication.linked"]);
    assert.equal((await ask(b.ups[1], 1)).ok, true);
  }, { a: { heartbeatMs: 200 }, b: { heartbeatMs: 60_000 } });
});

Deno.test("a thousand asks each way at once, each with its own answer", async () => {
  await linked(async (a, b) => {
    b.onAsk = (request, answer) =>
      setTimeout(() => answer({ ok: true, reply: [request.request, new Uint8Array(100)] }), 1);
    a.onAsk = (request, answer) => queueMicrotask(() => answer({ ok: true, reply: request.request }));
    const there = Array.from({ length: 1_000 }, (_, i) => ask(a.ups[0], { i }));
    const back = Array.from(
      { length: 1_000 },
      (_, i) => ask(b.ups[0], { i, raw: new Uint8Array([i & 255]) }),
    );
    for (const [i, outcome] of (await Promise.all(there)).entries()) {
      assert.deepEqual(outcome, { ok: true, reply: [{ i }, new Uint8Array(100)] });
    }
    for (const [i, outcome] of (await Promise.all(back)).entries()) {
      assert.deepEqual(outcome, { ok: true, reply: { i, raw: new Uint8Array([i & 255]) } });
    }
    assert.equal(b.asked.length, 1_000);
  });
});

Deno.test("50 MB travel while the link stays up, and small asks are answered", async () => {
  await linked(async (a, b) => {
    const raw = new Uint8Array(50_000_000);
    for (let at = 0; at < raw.length; at += 4096) raw[at] = at >> 12;
    b.onAsk = (request, answer) => answer({ ok: true, reply: request.request });
    const large = ask(a.ups[0], { raw }), small = ask(a.ups[0], "small"), back = ask(b.ups[0], "back");
    assert.deepEqual([await small, await back].map(({ ok }) => ok), [true, true]);
    const outcome = await large;
    assert.ok(outcome.ok);
    const reply = outcome.reply as { raw: Uint8Array }; // what was sent comes back
    assert.equal(Buffer.compare(reply.raw, raw), 0);
    assert.deepEqual([a.downs, b.downs], [[], []]);
  }, { a: { heartbeatMs: 2_000 }, b: { heartbeatMs: 2_000 } });
});

Deno.test("a peer that does not take what is sent makes asks busy, and everything arrives once it does", async () => {
  await linked(async (a, b, cable) => {
    cable.hold(true);
    const raw = new Uint8Array(LIMITS.linkQueueBytes / 8);
    const waiting = Array.from({ length: 12 }, () => ask(a.ups[0], raw));
    const small = await ask(a.ups[0], "one more");
    assert.deepEqual(small, { ok: false, code: "busy", message: "too much waits for the other server" });
    cable.hold(false);
    const outcomes = await Promise.all(waiting);
    const taken = outcomes.filter(({ ok }) => ok).length;
    assert.ok(taken >= 8 && taken < 12, `${taken} were taken`);
    assert.equal(b.asked.length, taken);
    assert.equal((await ask(a.ups[0], "room again")).ok, true);
  }, { a: { heartbeatMs: 60_000 }, b: { heartbeatMs: 60_000 } });
});

Deno.test("two releases that speak different ranges use the highest version of both", async () => {
  await linked(async (a, b) => {
    assert.deepEqual([a.ups[0].peer.version, b.ups[0].peer.version], [2, 2]);
  }, { a: { versions: [1, 2] }, b: { versions: [2, 5] } });
});

Deno.test("stop() in the middle of calling and of being called leaves nothing behind", async () => {
  const b = testServer("b", 0);
  await b.transport.start();
  const a = testServer("a", b.transport.port!);
  await a.transport.start();
  await a.transport.stop();
  await b.transport.stop();
  await b.transport.stop();
  assert.deepEqual([a.ups, b.ups], [[], []]);
});

Deno.test("what goes wrong in those who use the link is logged and does not end it", async () => {
  const bug = () => {
    throw new Error("bug");
  };
  const b = testServer("b", 0, { events: { onUp: bug, onDown: bug, onAsk: bug } });
  await b.transport.start();
  const a = testServer("a", b.transport.port!);
  await a.transport.start();
  await until("the link", () => a.ups.length === 1);
  assert.deepEqual(await ask(a.ups[0], 1), { ok: false, code: "internal", message: "internal error" });
  await a.transport.stop();
  await until("its end", () => b.logged("replication.internal").length === 3);
  await b.transport.stop();
});
