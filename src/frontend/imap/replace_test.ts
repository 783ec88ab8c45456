import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

Deno.test("APPEND puts a message together from what is here (RFC 4469 §3, RFC 5550)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.append("Drafts", "Subject: one\r\n\r\nfirst text\r\n");
    await test.command(connection, "SELECT Drafts");
    await test.play(String.raw`
      C: a1 APPEND INBOX (\Seen) CATENATE (URL "/Drafts/;UID=1/;SECTION=HEADER" TEXT {7+}
      C: added
      C:  URL ";UID=1/;SECTION=TEXT/;PARTIAL=6.4" URL "/Drafts/;UID=1/;PARTIAL=0.7")
      S: a1 OK [APPENDUID … 1] …
      C: a2 FETCH 1 FLAGS
      S: * 1 FETCH (FLAGS (\Recent))
      S: a2 OK …
      C: a3 EXAMINE INBOX
    `);
    while (!(await connection.line())?.startsWith("a3 ")) continue;
    await test.play(String.raw`
      C: a4 FETCH 1 BODY.PEEK[]
      S: * 1 FETCH (BODY[] {34}
      S: Subject: one
      S:
      S: added
      S: textSubject)
      S: a4 OK …
      C: a5 APPEND INBOX CATENATE (URL "/Drafts/;UID=9")
      S: a5 NO [BADURL /Drafts/;UID=9] …
      C: a6 APPEND INBOX CATENATE (URL "/Drafts;UIDVALIDITY=7/;UID=1")
      S: a6 NO [BADURL …] …
      C: a7 APPEND INBOX CATENATE (URL "imap://other/INBOX/;UID=1")
      S: a7 NO [BADURL …] …
      C: a8 APPEND INBOX CATENATE (URL "/Nowhere/;UID=1")
      S: a8 NO [BADURL …] …
      C: a9 APPEND INBOX CATENATE (URL "/INBOX/;UID=1/;SECTION=7")
      S: a9 NO [BADURL …] …
      C: b1 APPEND INBOX CATENATE ()
      S: b1 BAD …
      C: b2 APPEND Nowhere CATENATE (TEXT {1+}
      C: x)
      S: b2 NO [TRYCREATE] …
      C: b3 APPEND Nowhere CATENATE (URL "/Nowhere/;UID=1")
      S: b3 NO [TRYCREATE] …
    `);
    const many = Array(LIMITS.catenateParts + 1).fill('URL "/INBOX/;UID=1"').join(" ");
    connection.send(`c1 APPEND INBOX CATENATE (${many})\r\n`);
    assert.match(await connection.line() ?? "", /^c1 BAD/);
    // A message that doubles: each names the one before it, so it ends at the largest message.
    let last = "";
    for (let uid = 1; uid < 40 && !last.includes("TOOBIG"); uid++) {
      const half = `URL "/INBOX/;UID=${uid}"`;
      connection.send(`d APPEND INBOX CATENATE (${half} ${half})\r\n`);
      do last = await connection.line() ?? ""; while (!last.startsWith("d "));
    }
    assert.match(last, /^d NO \[TOOBIG\]/);
  }));

Deno.test("REPLACE brings one message and takes another in one step (RFC 8508 §3)", () =>
  withImap(async (test) => {
    for (const text of ["a: 1\r\n\r\none", "a: 2\r\n\r\ntwo", "a: 3\r\n\r\nthree"]) {
      await test.append("Drafts", text);
    }
    await test.open("Drafts");
    await test.play(String.raw`
      C: a1 REPLACE 2 Drafts (\Draft) {5+}
      C: again
      S: * OK [APPENDUID … 4] …
      S: * 2 EXPUNGE
      S: * 3 EXISTS
      S: * … RECENT
      S: a1 OK REPLACE completed
      C: a2 UID REPLACE 4 Sent {4+}
      C: sent
      S: * OK [APPENDUID … 1] …
      S: * 3 EXPUNGE
      S: a2 OK REPLACE completed
      C: a3 UID SEARCH ALL
      S: * SEARCH 1 3
      S: a3 OK …
      C: a4 UID REPLACE 3 Drafts CATENATE (URL "/Drafts/;UID=3" TEXT {1+}
      C: !)
      S: * OK [APPENDUID … 5] …
      S: * 2 EXPUNGE
      S: * 2 EXISTS
      S: * … RECENT
      S: a4 OK REPLACE completed
      C: a5 FETCH 2 BODY.PEEK[TEXT]
      S: * 2 FETCH (BODY[TEXT] {6}
      S: three!)
      S: a5 OK …
      C: a6 UID REPLACE 3 Drafts {1+}
      C: x
      S: a6 NO [NONEXISTENT] …
      C: a7 REPLACE 9 Drafts {1+}
      C: x
      S: a7 BAD …
      C: a8 REPLACE 1 Nowhere {1+}
      C: x
      S: a8 NO [TRYCREATE] …
      C: a9 REPLACE 1:2 Drafts {1+}
      C: x
      S: a9 BAD …
      C: b1 EXAMINE Drafts
    `);
    const [connection] = test.connections;
    while (!(await connection.line())?.startsWith("b1 ")) continue;
    await test.play(`
      C: b2 REPLACE 1 Drafts {1+}
      C: x
      S: b2 NO [READ-ONLY] …
      C: b3 UNSELECT
      S: b3 OK …
      C: b4 REPLACE 1 Drafts {1+}
      C: x
      S: b4 BAD …
    `);
  }));

Deno.test("REPLACE counts only what it takes more, and VANISHED tells what went (RFC 8508 §3.4, §4.5)", () =>
  withImap(async (test) => {
    test.account.limits.quotaBytes = 1000;
    await test.append("INBOX", "x".repeat(900));
    const connection = await test.open("INBOX", "QRESYNC");
    const other = await test.open("INBOX");
    connection.send(`a1 APPEND INBOX {900+}\r\n${"y".repeat(900)}\r\n`);
    assert.match(await connection.line() ?? "", /^a1 NO \[OVERQUOTA\]/);
    connection.send(`a2 UID REPLACE 1 INBOX {950+}\r\n${"y".repeat(950)}\r\n`);
    await test.play(`
      S: * OK [APPENDUID … 2] …
      S: * VANISHED 1
      S: * 1 EXISTS
      S: * … RECENT
      S: a2 OK [HIGHESTMODSEQ …] …
      C2: b1 REPLACE 1 INBOX {1+}
      C2: z
      S2: * 1 EXPUNGE
      S2: * 1 EXISTS
      S2: b1 NO [EXPUNGEISSUED] …
    `);
    assert.deepEqual(await test.command(other, "NOOP"), []);
  }));

Deno.test("UTF8=ACCEPT: names, APPEND and SEARCH (RFC 6855 §3, §4)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    connection.send("a1 APPEND INBOX {21+}\r\nSubject: gr\xc3\xbcn\r\n\r\n\xff\r\n\r\n");
    assert.match(await connection.line() ?? "", /^a1 OK/, "mail that is there already can be moved");
    connection.send("a2 APPEND INBOX {17+}\r\nSubject: x\r\n\r\n\xff\r\n\r\n");
    assert.match(await connection.line() ?? "", /^a2 OK/);
    connection.send("a3 APPEND INBOX UTF8 (~{18+}\r\nSubject: gr\xc3\xbcn\r\n\r\n)\r\n");
    assert.match(await connection.line() ?? "", /^a3 NO \[CANNOT\]/);
    assert.deepEqual(await test.command(connection, "ENABLE UTF8=ACCEPT"), ["* ENABLED UTF8=ACCEPT"]);
    connection.send("a4 APPEND INBOX UTF8 (~{18+}\r\nSubject: gr\xc3\xbcn\r\n\r\n)\r\n");
    assert.match(await connection.line() ?? "", /^a4 OK/);
    connection.send(
      "a5 APPEND INBOX CATENATE (UTF8 (~{18+}\r\nSubject: gr\xc3\xbcn\r\n\r\n) TEXT {1+}\r\nx)\r\n",
    );
    assert.match(await connection.line() ?? "", /^a5 OK/);
    connection.send("a6 APPEND INBOX UTF8 ({1+}\r\nx)\r\n");
    assert.match(await connection.line() ?? "", /^a6 BAD/);
    await test.command(connection, 'CREATE "gr\xc3\xbcn"');
    assert.deepEqual(await test.command(connection, 'LIST "" gr*'), [
      '* LIST (\\HasNoChildren) "/" "gr\xc3\xbcn"',
    ]);
    connection.send('a7 CREATE "gr\xff"\r\n');
    assert.match(await connection.line() ?? "", /^a7 BAD/);
    await test.command(connection, "SELECT INBOX");
    await test.play(`
      C: b1 SEARCH SUBJECT "gr\xc3\xbcn"
      S: * SEARCH 1 3 4
      S: b1 OK …
      C: b2 SEARCH CHARSET UTF-8 SUBJECT x
      S: b2 BAD …
    `);
  }));
