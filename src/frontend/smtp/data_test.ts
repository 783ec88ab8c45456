import { strict as assert } from "node:assert";
import { withWorld } from "../../../tests/support/local_world.ts";
import { LIMITS } from "../../base/limits.ts";
import { expect, hello, scripted } from "./harness_test.ts";
import { serveSmtp } from "./server.ts";

scripted(
  "SMTP: a pipelined message is delivered and answered",
  `S: 220 …
   C: EHLO client.test
   S: 250-mx.a.test greets client.test
   S: 250-PIPELINING
   S: 250-SIZE …
   S: 250-8BITMIME
   S: 250-SMTPUTF8
   S: 250-ENHANCEDSTATUSCODES
   S: 250-CHUNKING
   S: 250-BINARYMIME
   S: 250-DSN
   S: 250-LIMITS …
   S: 250-STARTTLS
   S: 250 HELP
   C: MAIL FROM:<x@y.test> SIZE=100 BODY=8BITMIME
   C: RCPT TO:<alice@a.test> NOTIFY=NEVER
   C: RCPT TO:<nobody@a.test>
   C: RCPT TO:<u@other.test>
   C: DATA
   S: 250 2.1.0 sender ok
   S: 250 2.1.5 recipient ok
   S: 550 5.1.1 …
   S: 550 5.7.1 relay access denied
   S: 354 …
   C: Subject: hi
   C:
   C: ..dot
   C: .
   C: NOOP
   S: 250 2.0.0 accepted as …
   S: 250 2.0.0 ok`,
);

Deno.test("SMTP: smuggled endings neither split a message nor let it pass", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    for (const ending of ["\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r", "\r\r\n.\r\r\n", "\n.\r"]) {
      await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
      await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
      await expect(connection, "DATA", /^354/);
      connection.send(
        `Subject: a\r\n\r\nb${ending}MAIL FROM:<evil@y.test>\r\nRCPT TO:<alice@a.test>\r\nDATA\r\nx\r\n.\r\n`,
      );
      await expect(connection, null, /^554 5\.6\.0 bare CR or LF/);
    }
    await expect(connection, "NOOP", /^250/);
    assert.deepEqual(await world.messages("alice@a.test"), []);
  }));

Deno.test("SMTP: a message over the limit is refused and the connection goes on", () =>
  withWorld(async (world) => {
    world.messageBytes = 1000;
    await world.account("alice@a.test", { messageBytes: 500 });
    const connection = world.connect(serveSmtp);
    await hello(connection);
    for (const [size, want] of [[1100, /^552 5\.3\.4/], [700, /^552 5\.3\.4/], [50, /^250/]] as const) {
      await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
      await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
      await expect(connection, "DATA", /^354/);
      await expect(connection, `A: b\r\n\r\n${("x".repeat(48) + "\r\n").repeat(size / 50)}.`, want);
    }
    await expect(connection, "MAIL FROM:<x@y.test> SIZE=600", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^552 5\.3\.4/);
  }));

Deno.test("SMTP: BDAT in chunks, with binary content", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test> BODY=BINARYMIME", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^503 5\.5\.1 BODY=BINARYMIME needs BDAT/);
    await expect(connection, "BDAT 12\r\nSubject: x", /^250 2\.0\.0 12 octets/);
    await expect(connection, "DATA", /^503/);
    connection.send("BDAT 2\r\n\r\nBDAT 6 LAST\r\na\n\0\rb.NOOP\r\n");
    await expect(connection, null, /^250/);
    await expect(connection, null, /^250 2\.0\.0 accepted/);
    await expect(connection, null, /^250 2\.0\.0 ok/);
    const [message] = await world.messages("alice@a.test");
    assert.ok(message.endsWith("Subject: x\r\n\r\na\n\0\rb."), JSON.stringify(message));
  }));

Deno.test("SMTP: BDAT reads its octets whatever is wrong", () =>
  withWorld(async (world) => {
    world.messageBytes = 100;
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "BDAT 6 LAST\r\nQUIT", /^503/);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "BDAT 6 LAST\r\nQUIT", /^503 5\.5\.1 need RCPT/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    connection.send(`BDAT 120\r\n${"x".repeat(120)}`);
    await expect(connection, null, /^552 5\.3\.4/);
    connection.send("BDAT 6\r\nQUIT\r\n");
    await expect(connection, null, /^503 5\.5\.1 an earlier chunk/);
    connection.send("BDAT 6 LAST\r\nQUIT\r\n");
    await expect(connection, null, /^503 5\.5\.1 an earlier chunk/);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    connection.send("BDAT 8 LAST\r\na: b\n\r\nc");
    await expect(connection, null, /^554 5\.6\.0/);
    await expect(connection, "NOOP", /^250/);
    assert.deepEqual(await world.messages("alice@a.test"), []);
  }));

Deno.test("SMTP: more mail at once than the budget is answered 452", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    world.messageBytes = 20_000_000;
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    await expect(connection, `A: b\r\n\r\n${("x".repeat(98) + "\r\n").repeat(90_000)}.`, /^452 4\.3\.1/);
    await expect(connection, "NOOP", /^250/);
  }));

Deno.test("SMTP: without budget DATA is refused, and taken when there is some again", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    let taken = 0;
    while (world.ingest.take(64 * 1024)) taken += 64 * 1024;
    await expect(connection, "DATA", /^452 4\.3\.1/);
    world.ingest.give(taken);
    await expect(connection, "DATA", /^354/);
    await expect(connection, "Subject: x\r\n\r\ny\r\n.", /^250/);
  }));

Deno.test("SMTP: silence ends the session with 421, slow data too", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const idle = world.connect(serveSmtp);
    await hello(idle);
    const slow = world.connect(serveSmtp);
    await hello(slow);
    await expect(slow, "MAIL FROM:<x@y.test>", /^250/);
    await expect(slow, "RCPT TO:<alice@a.test>", /^250/);
    await expect(slow, "DATA", /^354/);
    for (let second = 0; second < 62; second++) {
      world.clock.advance(1000);
      slow.send("x");
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await expect(slow, null, /^421 4\.4\.2/);
    world.clock.advance(LIMITS.smtpIdleMs);
    await expect(idle, null, /^421 4\.4\.2/);
    await world.ended();
  }));

Deno.test("SMTP: a client that leaves inside a message leaves nothing behind", () =>
  withWorld(async (world) => {
    await world.account("alice@a.test");
    const connection = world.connect(serveSmtp);
    await hello(connection);
    await expect(connection, "MAIL FROM:<x@y.test>", /^250/);
    await expect(connection, "RCPT TO:<alice@a.test>", /^250/);
    await expect(connection, "DATA", /^354/);
    connection.send("Subject: x\r\n\r\ny\r\n");
    connection.end();
    await world.ended();
    assert.deepEqual(await world.messages("alice@a.test"), []);
  }));
