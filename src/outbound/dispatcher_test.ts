import { strict as assert } from "node:assert";
import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { MailboxContract } from "../../actors/mailbox/contract.ts";
import type { QueueContract } from "../../actors/queue/contract.ts";
import { zoneOf } from "../../tests/support/fake_dns.ts";
import { inWorld, TEXT, TIMES } from "../../tests/support/outbound_world.ts";
import { startSink } from "../../tests/support/sink.ts";
import { utf8 } from "../base/bytes.ts";
import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/id.ts";
import { summarize } from "../codec/message/summarize.ts";
import { createResolver } from "../net/resolver.ts";

Deno.test("mail for outside goes to the domain's exchanger, and is logged", async () => {
  await inWorld({}, async (world) => {
    const id = await world.submit(["a@far.test", "b@far.test"]);
    await world.drained();
    assert.equal(world.sink.messages.length, 1);
    const [message] = world.sink.messages;
    assert.deepEqual([message.from, message.recipients, message.data], [
      "alice@home.test",
      ["a@far.test", "b@far.test"],
      TEXT,
    ]);
    const lines = world.log.filter((line) => line.event === "relay");
    assert.deepEqual(lines.map((line) => line.to), ["a@far.test", "b@far.test"]);
    const { queueId, messageId, from, outcome, status, mx, mxIp, tls, attempts } = lines[0];
    assert.deepEqual({ queueId, messageId, from, outcome, status, mx, mxIp, tls, attempts }, {
      queueId: id,
      messageId: "1@home.test",
      from: "alice@home.test",
      outcome: "relayed",
      status: "2.0.0",
      mx: "mx.far.test",
      mxIp: "127.0.0.1",
      tls: null,
      attempts: 1,
    });
  });
});

Deno.test("log lines bear the id that the client was told, for mail that a session queued", async () => {
  await inWorld({}, async (world) => {
    const dsn = { notify: [], orcpt: null };
    const { id } = await world.system.ref<QueueContract>("queue:main").ask("submit", {
      envelope: {
        from: "alice@home.test",
        recipients: ["a@far.test", "bob@home.test"].map((address) => ({ address, dsn })),
        smtpUtf8: false,
        body: "7bit",
        requireTls: false,
        ret: null,
        envid: null,
      },
      raw: utf8(TEXT),
      source: "submission",
      messageId: "1@home.test",
      accountId: null,
      deliveryId: "told",
    });
    await world.drained();
    const lines = world.log.filter((line) => line.event === "relay" || line.event === "delivery");
    assert.deepEqual(lines.map((line) => [line.id, line.queueId]), Array(3).fill(["told", id]));
  });
});

Deno.test("a server that is down is tried again until it is up, and gets one copy", async () => {
  await inWorld({}, async (world) => {
    const { port } = world.sink;
    await world.sink.close();
    await world.submit(["a@far.test"]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const deferred = world.log.filter((line) => line.outcome === "temporary");
    assert.ok(deferred.length >= 2, "tried more than once");
    assert.ok(String(deferred[0].reply).startsWith("451 4.4.1 connect to mx.far.test[127.0.0.1]"));
    const again = await startSink({ port });
    await world.drained();
    assert.equal(again.messages.length, 1);
    await again.close();
  });
});

Deno.test("the next exchanger is asked when one says later, and only for those it said it of", async () => {
  const script = (command: string) => command.includes("<b@") ? "451 4.3.0 later" : undefined;
  await inWorld({}, async (world) => {
    const second = await startSink({ address: "127.0.0.2", port: world.sink.port });
    world.dns.zone = zoneOf({
      "far.test": { MX: [[10, "mx.far.test"], [20, "mx2.far.test"]] },
      "mx.far.test": { A: ["127.0.0.1"] },
      "mx2.far.test": { A: ["127.0.0.2"] },
    });
    await world.submit(["a@far.test", "b@far.test"]);
    await world.drained();
    assert.deepEqual(world.sink.messages.map((m) => m.recipients), [["a@far.test"]]);
    assert.deepEqual(second.messages.map((m) => m.recipients), [["b@far.test"]]);
    await second.close();
  }, { script });
});

Deno.test("IPv6 exchangers are used", async () => {
  await inWorld({}, async (world) => {
    await world.submit(["a@far.test"]);
    await world.drained();
    assert.equal(world.sink.messages.length, 1);
    assert.equal(world.log.find((line) => line.event === "relay")!.mxIp, "::1");
  }, { address: "::1" });
});

Deno.test("a copy whose answer was lost in the SMTP session is not made again by the queue", async () => {
  await inWorld({}, async (world) => {
    const { id } = await world.system.ref<DirectoryContract>("directory:main").ask("getAccount", {
      address: "bob@home.test",
    });
    const raw = utf8(TEXT);
    await world.system.ref<MailboxContract>(`mailbox:${id}`).ask("deliver", {
      message: { raw, summary: summarize(raw), flags: [], internalDateMs: 0 },
      folder: "INBOX",
      limits: { quotaBytes: null, messageBytes: 1_000_000 },
    }, { requestId: `session-1:${id}` });
    await world.queue.ask("submit", {
      envelope: {
        from: "alice@home.test",
        recipients: ["bob@home.test", "alice@home.test"].map((address) => ({
          address,
          dsn: { notify: [], orcpt: null },
        })),
        smtpUtf8: false,
        body: "7bit",
        requireTls: false,
        ret: null,
        envid: null,
      },
      raw,
      source: "redelivery",
      messageId: null,
      accountId: null,
      deliveryId: "session-1",
    });
    await world.drained();
    assert.equal((await world.inbox("bob@home.test")).length, 1);
    assert.equal((await world.inbox("alice@home.test")).length, 1);
  });
});

Deno.test("a refusal comes back to the sender's INBOX", async () => {
  const script = (command: string) => command.startsWith("RCPT") ? "550 5.1.1 no such user" : undefined;
  await inWorld({}, async (world) => {
    await world.submit(["nobody@far.test"]);
    await world.drained();
    const [report] = await world.inbox("alice@home.test");
    for (
      const want of [
        "Return-Path: <>\r\n",
        "From: Mail Delivery System <postmaster@home.test>\r\n",
        "Final-Recipient: rfc822; nobody@far.test\r\n",
        "Action: failed\r\n",
        "Status: 5.1.1\r\n",
        "Remote-MTA: dns; mx.far.test\r\n",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n",
        "Subject: hi\r\n",
      ]
    ) assert.ok(report.includes(want), `${want} in ${report}`);
  }, { script });
});

Deno.test("mail that nobody takes expires with a report", async () => {
  await inWorld({}, async (world) => {
    await world.queue.ask("configure", { ...TIMES, expireMs: 120, backoffMs: [20] });
    world.sink.script = (command) => command === "GREETING" ? "421 4.3.2 closed" : undefined;
    await world.submit(["a@far.test"]);
    await world.drained();
    const [report] = await world.inbox("alice@home.test");
    assert.ok(/Action: failed\r\nStatus: 5\.3\.2\r\n/.test(report), report);
    assert.ok(report.includes("421 4.3.2 closed"));
  });
});

Deno.test("null MX, no domain, and a loop are refused at once", async () => {
  await inWorld({ ownEndpoints: [] }, async (world) => {
    world.dns.zone = zoneOf({
      "null.test": { MX: [[0, "."]] },
      "loop.test": { MX: [[5, "mx.home.test"]] },
      "mx.home.test": { A: ["127.0.0.1"] },
    });
    const looping = Array.from({ length: 101 }, () => "Received: from a by b\r\n").join("") + TEXT;
    await world.submit(["a@null.test"]);
    await world.submit(["a@gone.test"]);
    await world.submit(["a@loop.test"]);
    await world.submit(["a@far.test"], {}, looping);
    await world.drained();
    const statuses = (await world.inbox("alice@home.test")).map((report) =>
      /^Status: (.*)\r$/m.exec(report)![1]
    );
    assert.deepEqual(statuses.sort(), ["5.1.10", "5.1.2", "5.4.6", "5.4.6"]);
  });
});

Deno.test("static routes and smarthosts need no name server", async () => {
  const login = { user: "u", password: "p" };
  await inWorld({}, async (world) => {
    world.dns.zone = [];
    world.dispatcher.configure({
      resolver: createResolver({ servers: [world.dns.server], clock: systemClock, random: systemRandom }),
      settings: {
        hostname: "mx.home.test",
        routes: [{ domain: "*.fixed.test", host: "127.0.0.1", port: world.sink.port }],
        smarthost: { host: "::1", port: world.sink.port, ...login },
      },
    });
    await world.submit(["a@deep.fixed.test"]);
    await world.drained();
    assert.deepEqual(world.sink.messages.map((message) => message.login), [null]);
    await world.submit(["a@other.test"]);
    await world.submit(["bob@home.test"]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const left = (await world.queue.ask("list", {})).items;
    assert.deepEqual(left.map((item) => item.recipients[0].address), ["a@other.test"], "no one at ::1 yet");
    assert.equal((await world.inbox("bob@home.test")).length, 1, "our own mail stays here");
    const hub = await startSink({ address: "::1", port: world.sink.port, extensions: ["AUTH PLAIN"] });
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(hub.messages.length, 0);
    assert.ok(!hub.commands.some((command) => command.startsWith("AUTH")), "no password without TLS");
    world.dispatcher.configure({
      resolver: createResolver({ servers: [world.dns.server], clock: systemClock, random: systemRandom }),
      settings: { hostname: "mx.home.test", smarthost: { host: "::1", port: world.sink.port } },
    });
    await world.drained();
    assert.equal(hub.messages.length, 1);
    assert.deepEqual(world.dns.asked, []);
    await hub.close();
  });
});

Deno.test("our own recipients get it in their mailbox, aliases lead on, and a full mailbox is reported", async () => {
  await inWorld({}, async (world) => {
    const directory = world.system.ref<DirectoryContract>("directory:main");
    await directory.ask("createAlias", {
      address: "team@home.test",
      targets: ["bob@home.test", "friend@far.test"],
      internal: true,
    });
    await world.submit(["team@home.test", "bob@home.test"]);
    await world.drained();
    const [delivered, ...more] = await world.inbox("bob@home.test");
    const trace = "Return-Path: <alice@home.test>\r\nDelivered-To: bob@home.test\r\n";
    assert.equal(delivered, `${trace}X-Original-To: team@home.test\r\n${TEXT}`);
    assert.equal(more.length, 0, "one copy of one message");
    assert.deepEqual(world.sink.messages.map((m) => m.recipients), [["friend@far.test"]]);
    await directory.ask("updateAccount", { address: "bob@home.test", quotaBytes: 100 });
    await world.submit(["bob@home.test", "gone@home.test"]);
    await world.drained();
    const [report] = await world.inbox("alice@home.test");
    assert.ok(
      report.includes("Final-Recipient: rfc822; bob@home.test\r\nAction: failed\r\nStatus: 5.2.2\r\n"),
      report,
    );
    assert.ok(
      report.includes("Final-Recipient: rfc822; gone@home.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"),
      report,
    );
  });
});

Deno.test("connections are used again, and no more at once than allowed", async () => {
  let open = 0;
  let most = 0;
  const script = async (command: string) => {
    if (command !== "END") return;
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 5));
    open--;
  };
  await inWorld({ perDomain: 3 }, async (world) => {
    for (let i = 0; i < 30; i++) await world.submit([`a${i}@far.test`]);
    await world.drained();
    assert.equal(world.sink.messages.length, 30);
    assert.ok(world.sink.connections <= 3, `${world.sink.connections} connections`);
    assert.ok(most <= 3, `${most} at once`);
  }, { script: async (command) => (await script(command), undefined) });
});

Deno.test("the queue's restart in the middle of an attempt makes no second copy", async () => {
  await inWorld({}, async (world) => {
    world.sink.script = (command) => {
      if (command === "END") world.system.crash();
      return undefined;
    };
    await world.submit(["a@far.test"]);
    await world.drained();
    assert.equal(world.sink.messages.length, 1);
  });
});

Deno.test("stop() waits for what is under way; what it has to cut is sent by the next run", async () => {
  await inWorld({ graceMs: 50 }, async (world) => {
    let answer = () => {};
    world.sink.script = (command) =>
      command === "END" ? new Promise((resolve) => answer = () => resolve(undefined)) : undefined;
    await world.submit(["a@far.test"]);
    for (let i = 0; i < 100 && !world.sink.commands.includes("DATA"); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = world.dispatcher.stop();
    setTimeout(() => answer(), 20);
    await stopped;
    assert.equal((await world.queue.ask("stats", {})).items, 0, "it was done in time");
    const second = world.dispatch();
    await world.submit(["b@far.test"]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await second.stop();
    const waiting = (await world.queue.ask("list", {})).items;
    assert.deepEqual(waiting.map((item) => item.recipients[0].attempts), [0], "nothing is held against it");
    world.sink.script = null;
    world.dispatch();
    await world.drained();
    assert.deepEqual(world.sink.messages.map((m) => m.recipients[0]), ["a@far.test", "b@far.test"]);
  });
});

Deno.test("a lease that was taken for dead is not carried out twice", async () => {
  await inWorld({}, async (world) => {
    let answer = () => {};
    let ends = 0;
    world.sink.script = (command) =>
      command === "END" && ++ends === 1
        ? new Promise((resolve) => answer = () => resolve(undefined))
        : undefined;
    await world.submit(["a@far.test"]);
    for (let i = 0; i < 100 && !world.sink.commands.includes("DATA"); i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await world.queue.ask("claim", { max: 1, perDomain: 5, leaseMs: 1000, holder: "somebody else" });
    await world.submit(["b@far.test"]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    answer();
    await world.drained();
    assert.deepEqual(world.sink.messages.map((m) => m.recipients[0]).sort(), ["a@far.test", "b@far.test"]);
  });
});
