import { strict as assert } from "node:assert";
import { withWorld } from "../../../tests/support/local_world.ts";
import { LIMITS } from "../../base/limits.ts";
import { expect, hello, lines, scripted } from "./harness_test.ts";
import { serveSmtp } from "./server.ts";

scripted(
  "SMTP: greeting, EHLO, QUIT",
  `S: 220 mx.a.test ESMTP
   C: EHLO client.test
   S: 250-mx.a.test greets client.test
   S: 250-PIPELINING
   S: 250-SIZE 1048576
   S: 250-8BITMIME
   S: 250-SMTPUTF8
   S: 250-ENHANCEDSTATUSCODES
   S: 250-CHUNKING
   S: 250-BINARYMIME
   S: 250-DSN
   S: 250-LIMITS RCPTMAX=1000 MAILMAX=10000
   S: 250-STARTTLS
   S: 250 HELP
   C: HELO client.test
   S: 250 mx.a.test
   C: NOOP
   S: 250 2.0.0 ok
   C: VRFY alice
   S: 252 2.5.2 …
   C: EXPN list
   S: 502 5.5.1 …
   C: ETRN a.test
   S: 502 5.5.1 …
   C: HELP
   S: 214-2.0.0 …
   S: 214-2.0.0 …
   S: 214 2.0.0 …
   C: QUIT
   S: 221 2.0.0 mx.a.test closing connection
   S: (closed)`,
);

scripted(
  "SMTP: commands out of order",
  `S: 220 mx.a.test ESMTP
   C: MAIL FROM:<x@y.test>
   S: 503 5.5.1 say hello first
   C: LHLO x
   S: 500 5.5.1 …
   C: EHLO
   S: 501 5.5.4 …
   C: HELO x
   S: 250 mx.a.test
   C: RCPT TO:<alice@a.test>
   S: 503 5.5.1 need MAIL command
   C: DATA
   S: 503 5.5.1 need MAIL command
   C: MAIL FROM:<x@y.test>
   S: 250 2.1.0 sender ok
   C: MAIL FROM:<x@y.test>
   S: 503 5.5.1 a transaction is open
   C: DATA
   S: 503 5.5.1 need RCPT command
   C: STARTTLS
   S: 503 5.5.1 a transaction is open
   C: RSET
   S: 250 2.0.0 forgotten
   C: RCPT TO:<alice@a.test>
   S: 503 5.5.1 need MAIL command
   C: AUTH PLAIN
   S: 503 5.5.1 authentication is not offered here
   C: FOO
   S: 500 5.5.1 command not recognized
   C: MAIL FROM:<x@y.test> FOO=1
   S: 555 5.5.4 …
   C: MAIL FROM:<x@y.test> SIZE=1048577
   S: 552 5.3.4 …
   C: MAIL FROM:<jürgen@y.test> SMTPUTF8
   S: 500 5.5.2 …
   C: QUIT
   S: 221 …`,
);

const RELAY = [
  "<user@other.test>",
  "<user%other.test@a.test>",
  "<@a.test:user@other.test>",
  "<@a.test,@b.test:user@other.test>",
  '<"user@other.test"@a.test>',
  '<"user%other.test"@a.test>',
  "<other.test!user@a.test>",
  "<other.test!user>",
  "<user@other.test@a.test>",
  "<user@[192.0.2.7]>",
  "<user@[192.0.2.2]>",
  "<user@[IPv6:2001:db8::1]>",
  '<"user@other.test">',
  "<user%other.test@[192.0.2.2]>",
  "<user@mx.a.test>",
  "<user@localhost>",
];

Deno.test("SMTP: relaying is refused however the address is dressed up", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    connection.send("EHLO x\r\n");
    for (let i = 0; i < 13; i++) await connection.line();
    for (const from of ["<>", "<alice@a.test>", "<x@other.test>"]) {
      for (const to of RELAY) {
        connection.send(`RSET\r\nMAIL FROM:${from}\r\nRCPT TO:${to}\r\n`);
        assert.match(await connection.line() ?? "", /^250 /);
        assert.match(await connection.line() ?? "", /^250 /);
        assert.match(await connection.line() ?? "", /^5(50|54|01) /, `${from} ${to}`);
      }
    }
  }));

Deno.test("SMTP: too many recipients, too many hops, too long lines, too many errors", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    for (let i = 0; i < LIMITS.smtpRecipients; i++) connection.send("RCPT TO:<alice@a.test>\r\n");
    for (let i = 0; i < LIMITS.smtpRecipients; i++) await expect(connection, null, /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^452 4\.5\.3/);
    await expect(connection, "DATA", /^354/);
    await expect(
      connection,
      "Received: x\r\n".repeat(LIMITS.receivedHeaders + 1) + "\r\nb\r\n.",
      /^554 5\.4\.6/,
    );
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(
      connection,
      "A: b\r\n\r\n" + "x".repeat(LIMITS.smtpTextLineBytes + 1) + "\r\n.",
      /^554 5\.6\.0/,
    );
    await expect(connection, "NOOP " + "x".repeat(LIMITS.smtpCommandBytes), /^500 5\.5\.2 line too long/);
    for (let i = 2; i < LIMITS.smtpErrors; i++) await expect(connection, "FOO", /^500/);
    await expect(connection, "FOO", /^500/);
    await expect(connection, null, /^421 4\.7\.0 too many errors/);
    await world.ended();
  }));

Deno.test("SMTP: STARTTLS forgets everything, also what was pipelined", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    connection.send("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<x@y.test>\r\n");
    await expect(connection, null, /^220 2\.0\.0/);
    await expect(connection, "MAIL FROM:<x@y.test>", /^503 5\.5\.1 say hello first/);
    const offered = await lines(connection, "EHLO good.test");
    assert.ok(!offered.some((line) => line.includes("STARTTLS")));
    await expect(connection, "STARTTLS", /^503 5\.5\.1 TLS is already on/);
  }));

scripted(
  "SMTP: a listener that asks for TLS",
  `S: 220 …
   C: HELO x
   S: 250 mx.a.test
   C: MAIL FROM:<x@y.test>
   S: 530 5.7.0 must issue a STARTTLS command first
   C: VRFY alice
   S: 530 5.7.0 …
   C: NOOP
   S: 250 …
   C: STARTTLS
   S: 220 …
   C: HELO x
   S: 250 mx.a.test
   C: MAIL FROM:<x@y.test>
   S: 250 …`,
  { listener: { tlsRequired: true } },
);

Deno.test("SMTP: a stopping server says 421 at the next command", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const idle = world.connect(serveSmtp), busy = world.connect(serveSmtp);
    await hello(idle);
    await hello(busy);
    await expect(busy, "MAIL FROM:<x@y.test>", /^250/);
    await expect(busy, "RCPT TO:<alice@a.test>", /^250/);
    await expect(busy, "DATA", /^354/);
    world.stopping.abort();
    await expect(idle, null, /^421 4\.3\.2 the server is stopping/);
    await expect(busy, "Subject: x\r\n\r\ny\r\n.", /^250/);
    await expect(busy, null, /^421 4\.3\.2/);
    assert.match((await lines(world.connect(serveSmtp), null))[0], /^421 4\.3\.2/);
    await world.ended();
  }));

Deno.test("SMTP: TLS and HTTP on a clear-text port are told apart", () =>
  withWorld(async (world) => {
    const tls = world.connect(serveSmtp);
    await lines(tls, null);
    tls.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    assert.deepEqual(await lines(tls, null), []);
    assert.equal(world.events("tls.unexpected").length, 1);
    const http = world.connect(serveSmtp);
    await lines(http, null);
    http.send("POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<x@y.test>\r\n");
    await expect(http, null, /^421 4\.7\.0/);
    assert.deepEqual(await lines(http, null), []);
    await world.ended();
  }));

Deno.test("SMTP: a command that comes a byte a minute is cut off", () =>
  withWorld(async (world) => {
    const connection = world.connect(serveSmtp);
    await hello(connection);
    for (let minute = 0; minute < 11 && !connection.closed.aborted; minute++) {
      connection.send("N");
      await new Promise((resolve) => setTimeout(resolve, 0));
      world.clock.advance(60_000);
    }
    await expect(connection, null, /^421 4\.4\.2 timeout/);
    await world.ended();
  }));
