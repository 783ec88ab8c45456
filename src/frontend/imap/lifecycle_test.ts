import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

Deno.test("a stopping server says goodbye to waiting and idling sessions", () =>
  withImap(async (test) => {
    const waiting = await test.open();
    const idling = await test.open("INBOX");
    idling.send("a IDLE\r\n");
    assert.equal(await idling.line(), "+ idling");
    test.stopping.abort();
    for (const connection of [waiting, idling]) {
      assert.equal(await connection.line(), "* BYE Server shutting down");
      assert.equal(await connection.line(), null);
    }
    const late = await test.connect();
    assert.equal(await late.line(), "* BYE Server shutting down");
  }));

Deno.test("sessions end with their account", () =>
  withImap(async (test) => {
    for (const change of ["disabled", "removed", "credentials"] as const) {
      const connection = await test.open("INBOX");
      test.change(change);
      assert.match(await connection.line() ?? "", /^\* BYE /);
      assert.equal(await connection.line(), null);
    }
  }));

Deno.test("a session that idles in a folder is told when the folder is deleted, and ends", () =>
  withImap(async (test) => {
    await test.mailbox.ask("createFolder", { name: "Work" });
    const connection = await test.open("Work");
    connection.send("a IDLE\r\n");
    assert.equal(await connection.line(), "+ idling");
    await test.mailbox.ask("deleteFolder", { name: "Work" });
    assert.equal(await connection.line(), "* BYE Selected folder was deleted");
    assert.equal(await connection.line(), null);
  }));

Deno.test("a session that says nothing is logged out", () =>
  withImap(async (test) => {
    const fresh = await test.connect();
    const idle = await test.open("INBOX");
    idle.send("a IDLE\r\n");
    assert.equal(await idle.line(), "+ idling");
    test.clock.advance(LIMITS.imapUnauthenticatedMs + 1);
    assert.match(await fresh.line() ?? "", /^\* BYE Autologout/);
    test.clock.advance(LIMITS.imapIdleMs);
    assert.match(await idle.line() ?? "", /^\* BYE Autologout/);
  }));

Deno.test("bytes that trickle in do not hold a session before login", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    for (let i = 0; i < 70; i++) {
      connection.send("x");
      await new Promise((resolve) => setTimeout(resolve));
      test.clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve));
    }
    assert.match(await connection.line() ?? "", /^\* BYE Autologout/);
  }));

Deno.test("a literal that trickles in does not hold its share of the budget", () =>
  withImap(async (test) => {
    const connection = await test.open();
    connection.send("a APPEND INBOX {500000}\r\n");
    assert.equal(await connection.line(), "+ OK");
    for (let i = 0; i < 70; i++) {
      connection.send("x");
      await new Promise((resolve) => setTimeout(resolve));
      test.clock.advance(1000);
    }
    assert.match(await connection.line() ?? "", /^\* BYE /);
    await test.ended();
  }));

Deno.test("a client that vanishes inside a literal gives the budget back", () =>
  withImap(async (test) => {
    const connection = await test.open();
    connection.send("a APPEND INBOX {500000}\r\n");
    assert.equal(await connection.line(), "+ OK");
    connection.send("x".repeat(1000));
    connection.end();
    await test.ended();
  }));

Deno.test("the fifth wrong password is answered and ends the session", () =>
  withImap(async (test) => {
    const connection = await test.connect();
    for (let i = 1; i <= LIMITS.imapAuthFailures; i++) {
      connection.send(`a${i} LOGIN alice@a.test wrong${i}\r\n`);
      assert.match(await connection.line() ?? "", new RegExp(`^a${i} NO \\[AUTHENTICATIONFAILED\\]`));
    }
    assert.equal(await connection.line(), "* BYE Too many failed logins");
    assert.equal(await connection.line(), null);
    await test.ended();
  }));

Deno.test("the log tells of failed logins without the password", () =>
  withImap(async (test) => {
    await test.connect();
    await test.play(`
      C: a LOGIN alice@a.test hunter2
      S: a NO [AUTHENTICATIONFAILED] …
    `);
    assert.ok(test.logged.some((line) => line.includes("imap.login_failed")));
    assert.ok(!test.logged.some((line) => line.includes("hunter2")));
  }));
