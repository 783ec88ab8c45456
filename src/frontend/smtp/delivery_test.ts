import { strict as assert } from "node:assert";
import { fromLatin1 } from "../../base/bytes.ts";
import { withWorld } from "../../../tests/support/local_world.ts";
import { expect, hello, lines } from "./harness_test.ts";
import { serveSmtp } from "./server.ts";

Deno.test("SMTP: trace headers, log line and metrics of one message", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<Alice+tag@A.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    const reply = await expect(
      connection,
      "Message-ID: <m1@y.test>\r\nSubject: hi\r\n\r\nbody\r\n.",
      /^250 2.0.0/,
    );
    const id = reply.split(" ").pop()!;
    const [message] = await world.messages("alice@a.test");
    const [head, body] = [
      message.slice(0, message.indexOf("Message-ID")),
      message.slice(message.indexOf("Message-ID")),
    ];
    assert.equal(body, "Message-ID: <m1@y.test>\r\nSubject: hi\r\n\r\nbody\r\n");
    assert.match(
      head,
      /^Return-Path: <x@y\.test>\r\nDelivered-To: alice\+tag@a\.test\r\nReceived: from client\.test /,
    );
    assert.ok(
      head.includes(`id ${id}`) && head.includes("with ESMTP") && head.includes("for <Alice+tag@a.test>"),
      head,
    );
    const [line] = world.events("delivery");
    assert.equal(line.id, id);
    assert.equal(line.messageId, "m1@y.test");
    assert.equal(line.from, "x@y.test");
    assert.equal(line.to, "Alice+tag@a.test");
    assert.equal(line.sizeBytes, message.length);
    assert.equal(line.mailbox, "alice@a.test");
    assert.equal(line.folder, "INBOX");
    assert.equal(line.uid, 1);
    assert.equal(line.verdict, "none");
    const sample = world.metrics.snapshot().find((s) => s.name === "smtp_messages");
    assert.deepEqual([sample?.value, sample?.labels.result], [1, "accepted"]);
  }));

Deno.test("SMTP: aliases of one account make one copy, and recipients do not learn of each other", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.account("bob@a.test");
    await world.alias("one@a.test", ["alice@a.test"]);
    await world.alias("two@a.test", ["alice@a.test", "bob@a.test"]);
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<>", /^250/);
    for (const to of ["alice", "one", "two"]) await expect(connection, `RCPT TO:<${to}@a.test>`, /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
    const alice = await world.messages("alice@a.test"), bob = await world.messages("bob@a.test");
    assert.equal(alice.length, 1);
    assert.equal(bob.length, 1);
    assert.ok(!alice[0].includes("\tfor <"));
    assert.match(bob[0], /^Return-Path: <>\r\nDelivered-To: bob@a\.test\r\n/);
    assert.ok(bob[0].includes("\r\nX-Original-To: two@a.test\r\nReceived:"), bob[0]);
    assert.ok(!alice[0].includes("X-Original-To"), "the first recipient names the mailbox itself");
  }));

Deno.test("SMTP: text without any header stays text behind the trace fields", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "hello: see\r\n.", /^250/);
    await expect(connection, "MAIL FROM:<>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "just hello\r\n.", /^250/);
    const [field, text] = await world.messages("alice@a.test");
    assert.match(field, /\+0000\r\nhello: see\r\n$/);
    assert.match(text, /\+0000\r\n\r\njust hello\r\n$/);
    const { rows } = await world.mailbox("alice@a.test").ask("fetch", {
      folder:
        (await world.mailbox("alice@a.test").ask("select", { name: "INBOX", claimRecent: false })).status.id,
      uids: [2, 2],
      items: { sections: [{ part: [], kind: "text" }] },
    });
    assert.equal(fromLatin1(rows[0].sections![0] as Uint8Array), "just hello\r\n");
  }));

Deno.test("SMTP: mail for a catch-all keeps the address that it was sent to", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.directory.ask("updateDomain", { name: "a.test", catchAll: "alice@a.test" });
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<>", /^250/);
    await expect(connection, "RCPT TO:<Any.Body@a.test>", /^250/);
    await expect(connection, "RCPT TO:<ALICE@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
    const [message] = await world.messages("alice@a.test");
    assert.match(message, /\r\nDelivered-To: alice@a\.test\r\nX-Original-To: Any\.Body@a\.test\r\n/);
  }));

Deno.test("SMTP: the stored structure fits the message with its trace headers", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    const text =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--b\r\n" +
      "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner body\r\n--b--\r\n";
    await expect(connection, `${text}.`, /^250/);
    const mailbox = world.mailbox("alice@a.test");
    const { status, uids } = await mailbox.ask("select", { name: "INBOX", claimRecent: false });
    const { rows } = await mailbox.ask("fetch", {
      folder: status.id,
      uids,
      items: {
        sections: [{ part: [1], kind: "all" }, { part: [2], kind: "header" }, { part: [], kind: "text" }],
      },
    });
    const texts = rows[0].sections!.map((s) => new TextDecoder().decode(s as Uint8Array));
    assert.deepEqual(texts, ["first", "Subject: inner\r\n\r\n", text.slice(text.indexOf("\r\n\r\n") + 4)]);
  }));

Deno.test("SMTP: a full mailbox is refused at RCPT, the postmaster never", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test", { quotaBytes: 100 });
    await world.directory.ask("updateDomain", { name: "a.test", postmaster: "alice@a.test" });
    await world.append("alice@a.test", "Subject: x\r\n\r\n" + "y".repeat(70));
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test> SIZE=90", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^552 5\.2\.2/);
    await expect(connection, "RCPT TO:<postmaster@a.test>", /^250/);
    await expect(connection, "RCPT TO:<Postmaster>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\n" + "z".repeat(70) + "\r\n.", /^250/);
    assert.equal((await world.messages("alice@a.test")).length, 2);
  }));

Deno.test("SMTP: a forward leaves by the queue beside the local copy", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.alias("both@a.test", ["alice@a.test", "u@other.test"]);
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<both@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
    assert.equal((await world.messages("alice@a.test")).length, 1);
    const { items } = await world.queue.ask("list", {});
    assert.deepEqual([items[0].source, items[0].envelope.recipients[0].address], ["forward", "u@other.test"]);
  }));

/** What happens when deliveries to alice and bob fail in this way. */
const FAILURES: {
  name: string;
  alice?: "unavailable" | "over_quota";
  bob?: "unavailable" | "over_quota";
  queue?: "unavailable";
  want: RegExp;
  queued: string[];
}[] = [
  { name: "both temporarily", alice: "unavailable", bob: "unavailable", want: /^451 /, queued: [] },
  { name: "both for good", alice: "over_quota", bob: "over_quota", want: /^552 5\.2\.2/, queued: [] },
  { name: "one of each", alice: "over_quota", bob: "unavailable", want: /^451 /, queued: [] },
  { name: "one temporarily", alice: "unavailable", want: /^250 /, queued: ["alice@a.test"] },
  { name: "one for good", bob: "over_quota", want: /^250 /, queued: ["bob@a.test"] },
  { name: "one, and the queue", bob: "unavailable", queue: "unavailable", want: /^451 /, queued: [] },
];

for (const { name, alice, bob, queue, want, queued } of FAILURES) {
  Deno.test(`SMTP: two recipients, delivery fails for ${name}`, () =>
    withWorld(async (world) => {
      await world.account("alice@a.test");
      await world.account("bob@a.test");
      if (alice) world.failDelivery("alice@a.test", alice);
      if (bob) world.failDelivery("bob@a.test", bob);
      if (queue) world.failures.set("queue:main submit", queue);
      const connection = world.connect(serveSmtp);
      await hello(connection);
      await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
      await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
      await expect(connection, "RCPT TO:<bob@a.test>", /^250/);
      await expect(connection, "DATA", /^354/);
      await expect(connection, "Subject: x\r\n\r\ny\r\n.", want);
      const { items } = await world.queue.ask("list", {});
      assert.deepEqual(items.flatMap((item) => item.envelope.recipients.map((r) => r.address)), queued);
    }));
}

Deno.test("LMTP: one reply for each recipient", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.account("bob@a.test");
    world.failDelivery("bob@a.test", "over_quota");
    const connection = world.connect(serveSmtp, { protocol: "lmtp", port: 24, tls: "none" });
    assert.match(await connection.line() ?? "", /^220 mx\.a\.test LMTP$/);
    await expect(connection, "EHLO x", /^500/);
    const offered = await lines(connection, "LHLO x");
    assert.ok(!offered.some((line) => /STARTTLS|AUTH/.test(line)));
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "DATA", /^503/);
    for (const to of ["alice", "bob"]) await expect(connection, `RCPT TO:<${to}@a.test>`, /^250/);
    await expect(connection, "RCPT TO:<u@other.test>", /^550/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
    await expect(connection, null, /^552 5\.2\.2/);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    for (const to of ["alice", "bob"]) await expect(connection, `RCPT TO:<${to}@a.test>`, /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "a\nb\r\n.", /^554/);
    await expect(connection, null, /^554/);
    await expect(connection, "NOOP", /^250/);
    assert.match((await world.messages("alice@a.test"))[0], /with LMTP/);
  }));

Deno.test("SMTP: disabled accounts answer as they are set", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.account("bob@a.test");
    await world.directory.ask("updateAccount", {
      address: "alice@a.test",
      enabled: false,
      disabledDelivery: "refuse-temporary",
    });
    await world.directory.ask("updateAccount", {
      address: "bob@a.test",
      enabled: false,
      disabledDelivery: "refuse",
    });
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^450 4\.2\.1/);
    await expect(connection, "RCPT TO:<bob@a.test>", /^550 5\.2\.1/);
  }));

Deno.test("SMTP: the directory or a mailbox being away is temporary", () =>
  withWorld(async (world) => {
    const { id } = await world.account("alice@a.test", { quotaBytes: 1_000_000 });
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    world.failures.set(`mailbox:${id} usage`, "busy");
    await expect(connection, "RCPT TO:<alice@a.test>", /^451 4\.3\.2/);
    world.failures.set("directory:main resolve", "unavailable");
    await expect(connection, "RCPT TO:<bob@a.test>", /^451 4\.3\.0/);
  }));

Deno.test("SMTP: who asks for a report of success is served by the queue, which writes it", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.account("bob@a.test");
    await world.alias("al@a.test", ["alice@a.test"]);
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test> RET=HDRS ENVID=abc", /^250/);
    await expect(connection, "RCPT TO:<al@a.test> NOTIFY=SUCCESS", /^250/);
    await expect(connection, "RCPT TO:<bob@a.test> NOTIFY=FAILURE", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
    assert.equal((await world.messages("bob@a.test")).length, 1);
    const { items } = await world.queue.ask("list", {});
    assert.equal(items.length, 1);
    assert.deepEqual([items[0].envelope.ret, items[0].envelope.envid], ["hdrs", "abc"]);
    assert.deepEqual(items[0].envelope.recipients, [{
      address: "alice@a.test",
      dsn: { notify: ["success"], orcpt: "rfc822;al@a.test" },
    }]);
  }));
