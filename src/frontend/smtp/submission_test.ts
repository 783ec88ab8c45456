import { strict as assert } from "node:assert";
import { withWorld } from "../../../tests/support/local_world.ts";
import { ScramClient } from "../../../tests/support/scram.ts";
import { LIMITS } from "../../base/limits.ts";
import { expect, hello, lines, plain } from "./harness_test.ts";
import { serveSmtp } from "./server.ts";

Deno.test("submission: TLS, then AUTH, then mail as oneself", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.account("bob@a.test");
    await world.alias("al@a.test", ["alice@a.test"]);
    const connection = world.connect(serveSmtp, { protocol: "submission", port: 587 });
    const before = await hello(connection);
    assert.ok(
      before.some((line) => line.includes("STARTTLS")) && !before.some((line) => line.includes("AUTH")),
    );
    await expect(connection, "MAIL FROM:<alice@a.test>", /^530 5\.7\.0 must issue a STARTTLS/);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^538 5\.7\.11/);
    await expect(connection, "STARTTLS", /^220/);
    const after = await lines(connection, "EHLO x");
    assert.ok(after.includes("250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1"), after.join());
    await expect(connection, "MAIL FROM:<alice@a.test>", /^530 5\.7\.0 authentication required/);
    await expect(connection, "AUTH CRAM-MD5", /^504 5\.5\.4/);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "wrong")}`, /^535 5\.7\.8/);
    await expect(connection, `AUTH PLAIN ${plain("al@a.test", "secret")}`, /^535 5\.7\.8/);
    await expect(connection, "AUTH PLAIN x", /^501/);
    const others = btoa("bob@a.test\0alice@a.test\0secret");
    await expect(connection, `AUTH PLAIN ${others}`, /^535 5\.7\.8 acting for another/);
    await expect(connection, "AUTH PLAIN", /^334 $/);
    await expect(connection, "*", /^501 5\.7\.0/);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^235 2\.7\.0/);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^503/);
    await expect(connection, "MAIL FROM:<bob@a.test>", /^553 5\.7\.1/);
    await expect(connection, "MAIL FROM:<x@other.test>", /^553 5\.7\.1/);
    await expect(connection, "MAIL FROM:<al+tag@a.test>", /^250/);
    await expect(connection, "RCPT TO:<u@other.test> NOTIFY=FAILURE ORCPT=rfc822;u@other.test", /^250/);
    await expect(connection, "RCPT TO:<bob@a.test>", /^250/);
    await expect(connection, "RCPT TO:<nobody@a.test>", /^550 5\.1\.1/);
    await expect(connection, "RCPT TO:<u@[192.0.2.9]>", /^550/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "From: Al <al@a.test>\r\nBcc: bob@a.test\r\n\r\nhi\r\n.", /^250 2\.0\.0/);
    const [message] = await world.messages("bob@a.test");
    assert.ok(!/^bcc:/im.test(message), message);
    assert.match(message, /\r\nDate: /);
    assert.match(message, /\r\nMessage-ID: <\w+@mx\.a\.test>\r\n/);
    assert.match(message, /with ESMTPSA/);
    const { items } = await world.queue.ask("list", {});
    assert.equal(items.length, 1);
    assert.equal(items[0].source, "submission");
    assert.equal(items[0].envelope.from, "al+tag@a.test");
    assert.deepEqual(items[0].envelope.recipients, [{
      address: "u@other.test",
      dsn: { notify: ["failure"], orcpt: "rfc822;u@other.test" },
    }]);
    const queued = await world.queue.ask("readBody", { id: items[0].id, offset: 0, length: 100_000 });
    const text = new TextDecoder().decode(queued.data);
    assert.match(text, /^Received: from /);
    assert.ok(!/^bcc:/im.test(text));
  }));

Deno.test("submission: a login in clear text, on a server for tests, does not count under TLS", () =>
  withWorld(async (world) => {
    world.allowPlaintext = true;
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { protocol: "submission", port: 587 });
    await hello(connection);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^235/);
    await expect(connection, "STARTTLS", /^220/);
    await lines(connection, "EHLO x");
    await expect(connection, "MAIL FROM:<alice@a.test>", /^530 5\.7\.0 authentication required/);
  }));

Deno.test("submission: AUTH SCRAM (RFC 4954 §4, RFC 7677)", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { protocol: "submission", port: 465, tls: "implicit" });
    await hello(connection);
    const answer = async (text: string) => {
      connection.send(`${text}\r\n`);
      const line = await connection.line() ?? "";
      assert.match(line, /^334 /);
      return line.slice(4);
    };
    const wrong = new ScramClient("SCRAM-SHA-256", "alice@a.test", "wrong");
    const challenge = await answer(`AUTH SCRAM-SHA-256 ${wrong.first()}`);
    await expect(connection, wrong.final(challenge), /^535 5\.7\.8/);
    await expect(connection, "AUTH SCRAM-SHA-256 bm9uc2Vuc2U=", /^501 5\.5\.2/);
    await answer("AUTH SCRAM-SHA-256");
    await expect(connection, "*", /^501 5\.7\.0/);
    const client = new ScramClient("SCRAM-SHA-256", "alice@a.test", "secret");
    await answer("AUTH SCRAM-SHA-256");
    const last = await answer(client.final(await answer(client.first())));
    assert.ok(client.trusts(last));
    await expect(connection, "", /^235 2\.7\.0/);
    await expect(connection, "MAIL FROM:<alice@a.test>", /^250/);
  }));

Deno.test("submission: AUTH LOGIN on implicit TLS, and an end when the account changes", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { protocol: "submission", port: 465, tls: "implicit" });
    const offered = await hello(connection);
    assert.ok(
      offered.includes("250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1") && !offered.includes("250-STARTTLS"),
    );
    await expect(connection, "AUTH LOGIN", /^334 VXNlcm5hbWU6$/);
    await expect(connection, btoa("alice@a.test"), /^334 UGFzc3dvcmQ6$/);
    await expect(connection, btoa("secret"), /^235/);
    await expect(connection, "MAIL FROM:<>", /^250/);
    world.change("alice@a.test", "credentials");
    await expect(connection, null, /^421 4\.7\.0 the account was changed/);
    await world.ended();
  }));

Deno.test("submission: bare line ends of our own users' programs are mended, and still end nothing", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { protocol: "submission", port: 465, tls: "implicit" });
    await hello(connection);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^235/);
    await expect(connection, "MAIL FROM:<alice@a.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: a\n\nb\n.\nMAIL FROM:<evil@y.test>\n\r\n.", /^250 2\.0\.0/);
    const messages = await world.messages("alice@a.test");
    assert.equal(messages.length, 1);
    assert.match(messages[0], /\r\n\r\nb\r\n\.\r\nMAIL FROM:<evil@y\.test>\r\n/);
    assert.doesNotMatch(messages[0], /[^\r]\n/);
  }));

Deno.test("submission: five wrong passwords end the session", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { protocol: "submission", tls: "implicit" });
    await hello(connection);
    for (let i = 0; i < LIMITS.smtpAuthFailures; i++) {
      await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "nope")}`, /^535/);
    }
    await expect(connection, null, /^421 4\.7\.0/);
    assert.equal(world.events("login.failed").length, LIMITS.smtpAuthFailures);
    assert.ok(!JSON.stringify(world.logged).includes("nope"));
  }));

Deno.test("SMTP: AUTH on port 25 only when configured, after TLS, and then mail is a submission", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp, { auth: true });
    assert.ok(!(await hello(connection)).some((line) => line.includes("AUTH")));
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^538/);
    await expect(connection, "STARTTLS", /^220/);
    assert.ok((await lines(connection, "EHLO x")).includes("250-AUTH PLAIN LOGIN SCRAM-SHA-256 SCRAM-SHA-1"));
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RSET", /^250/);
    await expect(connection, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^235/);
    await expect(connection, "MAIL FROM:<x@y.test>", /^553/);
  }));

Deno.test("SMTP: internal addresses take mail from accounts only, whatever MAIL says", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    await world.alias("staff@a.test", ["alice@a.test"], { internal: true });
    const outside = world.connect(serveSmtp);
    await hello(outside);
    await expect(outside, "MAIL FROM:<alice@a.test>", /^250/);
    await expect(outside, "RCPT TO:<staff@a.test>", /^550 5\.7\.1/);
    const inside = world.connect(serveSmtp, { protocol: "submission", tls: "implicit" });
    await hello(inside);
    await expect(inside, `AUTH PLAIN ${plain("alice@a.test", "secret")}`, /^235/);
    await expect(inside, "MAIL FROM:<alice@a.test>", /^250/);
    await expect(inside, "RCPT TO:<staff@a.test>", /^250/);
  }));
