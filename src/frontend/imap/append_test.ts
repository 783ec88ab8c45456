import { strict as assert } from "node:assert";
import { withImap } from "./harness_test.ts";

Deno.test("APPEND takes several messages or none (RFC 3502)", () =>
  withImap(async (test) => {
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 APPEND INBOX (\Seen) {3}
      S: + OK
      C: one (\Draft work) "01-Jan-2026 00:00:00 +0000" {3+}
      C: two
      S: * 2 EXISTS
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft work)
      S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft work \*)] …
      S: * 2 RECENT
      S: a1 OK [APPENDUID … 1:2] …
      C: a2 FETCH 1:2 (FLAGS INTERNALDATE BODY.PEEK[])
      S: * 1 FETCH (FLAGS (\Seen \Recent) INTERNALDATE "…" BODY[] {3}
      S: one)
      S: * 2 FETCH (FLAGS (\Draft \Recent work) INTERNALDATE "01-Jan-2026 00:00:00 +0000" BODY[] {3}
      S: two)
      S: a2 OK …
      C: a3 APPEND INBOX {3+}
      C: xyz {0+}
      C:
      S: a3 NO …
      C: a4 STATUS INBOX (MESSAGES)
      S: * STATUS INBOX (MESSAGES 2)
      S: a4 OK …
      C: a5 APPEND Nowhere {3+}
      C: xyz
      S: a5 NO [TRYCREATE] …
      C: a6 APPEND INBOX "xyz"
      S: a6 BAD …
      C: a7 APPEND INBOX (\Recent) {3+}
      C: xyz
      S: a7 BAD …
      C: a8 APPEND INBOX ~{3+}
      C: xyz
      S: * 3 EXISTS
      S: * 3 RECENT
      S: a8 OK [APPENDUID … 3] …
    `);
  }));

Deno.test("APPEND refuses NUL, and what is too large, without losing its place", () =>
  withImap(async (test) => {
    const connection = await test.open();
    connection.send("a1 APPEND INBOX {3+}\r\na\0b\r\n");
    await test.play("S: a1 BAD …");
    connection.send("a2 APPEND INBOX ~{3+}\r\na\0b\r\n");
    await test.play(`
      S: a2 NO [UNKNOWN-CTE] …
      C: a3 APPEND INBOX {1048577}
      S: a3 NO [TOOBIG] …
    `);
    connection.send(`a4 APPEND INBOX {1048577+}\r\n${"x".repeat(1048577)}\r\n`);
    await test.play(`
      S: a4 NO [TOOBIG] …
      C: a5 NOOP
      S: a5 OK …
    `);
  }));

Deno.test("APPEND over the quota is refused (RFC 9208)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    test.account.limits.quotaBytes = 10;
    connection.send("a1 LOGOUT\r\n");
    await test.open();
    await test.play(`
      C2: a1 APPEND INBOX {20+}
      C2: 12345678901234567890
      S2: a1 NO [OVERQUOTA] …
      C2: a2 GETQUOTAROOT INBOX
      S2: * QUOTAROOT INBOX ""
      S2: * QUOTA "" (STORAGE 0 0 MESSAGE 0 20000000 MAILBOX 6 10000)
      S2: a2 OK …
    `);
  }));

Deno.test("pipelined APPENDs are answered in order, before whatever follows", () =>
  withImap(async (test) => {
    const connection = await test.open("INBOX");
    let text = "";
    for (let i = 1; i <= 50; i++) {
      text += `a${i} APPEND ${i % 10 ? "INBOX" : "Nowhere"} {5+}\r\nm ${100 + i}\r\n`;
    }
    connection.send(`${text}z STATUS INBOX (MESSAGES)\r\n`);
    const tagged: string[] = [];
    for (let line = await connection.line();; line = await connection.line()) {
      assert.ok(line !== null);
      if (line.startsWith("*")) {
        if (line.startsWith("* STATUS")) assert.equal(line, "* STATUS INBOX (MESSAGES 45)");
        continue;
      }
      tagged.push(line.split(" ")[0]);
      const number = Number(line.slice(1).split(" ")[0]);
      assert.match(line, number % 10 || line.startsWith("z") ? / OK / : / NO \[TRYCREATE\] /);
      if (line.startsWith("z")) break;
    }
    assert.deepEqual(tagged, [...Array.from({ length: 50 }, (_, i) => `a${i + 1}`), "z"]);
    const lines = await test.command(connection, "FETCH 1:* BODY.PEEK[]");
    assert.deepEqual(
      lines.filter((_, i) => i % 2).map((line) => Number(line.slice(2, 5)) - 100),
      Array.from({ length: 50 }, (_, i) => i + 1).filter((n) => n % 10),
    );
  }));
