import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";

Deno.test("annotations of folders and of the server are set, told and taken away (RFC 5464 §4.2, §4.3)", () =>
  withImap(async (test) => {
    await test.open();
    await test.play(String.raw`
      C: a1 GETMETADATA "" /shared/comment
      S: * METADATA "" (/shared/comment NIL)
      S: a1 OK …
      C: a2 SETMETADATA INBOX (/private/comment {11+}
      C: two
      C: lines. /Shared/Comment "say \"hi\"")
      S: a2 OK …
      C: a3 GETMETADATA "INBOX" (/shared/comment /private/comment)
      S: * METADATA INBOX (/shared/comment "say \"hi\"" /private/comment {11}
      S: two
      S: lines.)
      S: a3 OK …
      C: a4 GETMETADATA INBOX /shared/comment
      S: * METADATA INBOX (/shared/comment "say \"hi\"")
      S: a4 OK …
      C: a5 SETMETADATA INBOX (/private/comment NIL)
      S: a5 OK …
      C: a6 GETMETADATA INBOX /private/comment
      S: * METADATA INBOX (/private/comment NIL)
      S: a6 OK …
      C: a7 SETMETADATA "" (/private/vendor/x/y/z ~{3+}
    `.trimEnd());
    test.connections[0].send('a\0b)\r\na8 GETMETADATA "" /private/vendor/x/y/z\r\n');
    await test.play(String.raw`
      S: a7 OK …
      S: * METADATA "" (/private/vendor/x/y/z ~{3}
    `);
    assert.equal(await test.connections[0].line(), "a\0b)");
    assert.match(await test.connections[0].line() ?? "", /^a8 OK/);
  }));

Deno.test("DEPTH and MAXSIZE say which entries are told (RFC 5464 §4.2.1, §4.2.2)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.command(
      connection,
      'SETMETADATA INBOX (/private/a "1" /private/a/b "22" /private/a/b/c "333" /private/a0 "4" /private/ab "5")',
    );
    await test.play(String.raw`
      C: a1 GETMETADATA (DEPTH 1) INBOX /private/a
      S: * METADATA INBOX (/private/a "1" /private/a/b "22")
      S: a1 OK …
      C: a2 GETMETADATA INBOX (DEPTH infinity) (/private/a)
      S: * METADATA INBOX (/private/a "1" /private/a/b "22" /private/a/b/c "333")
      S: a2 OK …
      C: a3 GETMETADATA "INBOX" (MAXSIZE 2 DEPTH infinity) /private/a
      S: * METADATA INBOX (/private/a "1" /private/a/b "22")
      S: a3 OK [METADATA LONGENTRIES 3] …
      C: a4 GETMETADATA (MAXSIZE 0) INBOX /private/a
      S: a4 OK [METADATA LONGENTRIES 1] …
      C: a5 GETMETADATA (DEPTH infinity) INBOX (/private /shared)
      S: * METADATA INBOX (/private/a "1" /private/a/b "22" /private/a/b/c "333" /private/a0 "4" /private/ab "5")
      S: a5 OK …
      C: a6 GETMETADATA (DEPTH 2) INBOX /private/a
      S: a6 BAD …
      C: a7 GETMETADATA Nowhere /private/a
      S: a7 NO [NONEXISTENT] …
      C: a8 SETMETADATA Nowhere (/private/a "x")
      S: a8 NO [NONEXISTENT] …
    `);
  }));

Deno.test("bad names and values that are too much are refused, all or none (RFC 5464 §3.2, §4.3)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    const names = [
      "comment",
      "/other/comment",
      "/private",
      "/private//a",
      "/private/a/",
      '"/private/a*"',
      '"/private/%"',
      "/private/vendor/x",
      `/private/${"x".repeat(LIMITS.annotationNameChars)}`,
      '"/private/\u00e9"',
    ];
    for (const name of names) {
      connection.send(`a SETMETADATA INBOX (${name} "v")\r\n`);
      assert.match(await connection.line() ?? "", /^a BAD/, name);
    }
    await test.play(String.raw`
      C: b1 SETMETADATA "" (/shared/admin "mailto:me@a.test")
      S: b1 NO [NOPERM] …
      C: b2 SETMETADATA "" (/private/comment "fine" /shared/comment "for all")
      S: b2 NO [NOPERM] …
      C: b3 GETMETADATA "" /private/comment
      S: * METADATA "" (/private/comment NIL)
      S: b3 OK …
      C: b4 SETMETADATA INBOX (/private/big {${LIMITS.annotationBytes + 1}+}
      C: ${"x".repeat(LIMITS.annotationBytes + 1)} /private/small "x")
      S: b4 NO [METADATA MAXSIZE ${LIMITS.annotationBytes}] …
      C: b5 GETMETADATA INBOX (/private/big /private/small)
      S: * METADATA INBOX (/private/big NIL /private/small NIL)
      S: b5 OK …
      C: b6 SETMETADATA INBOX ()
      S: b6 BAD …
    `);
    for (let i = 0; i < LIMITS.annotations; i++) {
      await test.command(connection, `SETMETADATA INBOX (/private/n${i} "x")`);
    }
    await test.play(`
      C: b7 SETMETADATA INBOX (/private/more "x")
      S: b7 NO [METADATA TOOMANY] …
      C: b8 SETMETADATA INBOX (/private/n1 "y")
      S: b8 OK …
    `);
  }));

Deno.test("annotations follow a folder that is renamed and go with one that is deleted (RFC 5464 §4.1)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.command(connection, "CREATE Box");
    await test.command(connection, 'SETMETADATA Box (/private/comment "b")');
    await test.command(connection, "RENAME Box Case");
    await test.command(connection, 'SETMETADATA INBOX (/private/comment "i")');
    await test.command(connection, "RENAME INBOX Old");
    await test.play(String.raw`
      C: a1 GETMETADATA Case /private/comment
      S: * METADATA Case (/private/comment "b")
      S: a1 OK …
      C: a2 GETMETADATA Old /private/comment
      S: * METADATA Old (/private/comment "i")
      S: a2 OK …
      C: a3 GETMETADATA INBOX /private/comment
      S: * METADATA INBOX (/private/comment "i")
      S: a3 OK …
      C: a4 DELETE Case
      S: a4 OK …
      C: a5 CREATE Case
      S: a5 OK …
      C: a6 GETMETADATA Case /private/comment
      S: * METADATA Case (/private/comment NIL)
      S: a6 OK …
    `);
  }));

Deno.test("LIST tells annotations of each folder (RFC 9590 §3)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.command(connection, "CREATE Box/Sub");
    await test.command(connection, 'SETMETADATA INBOX (/shared/vendor/v/color "#b71c1c")');
    await test.play(String.raw`
      C: a1 LIST "" (INBOX Box Box/%) RETURN (METADATA ("/shared/vendor/v/color") STATUS (MESSAGES))
      S: * LIST (\HasNoChildren) "/" INBOX
      S: * STATUS INBOX (MESSAGES 0)
      S: * METADATA INBOX (/shared/vendor/v/color "#b71c1c")
      S: * LIST (\HasChildren) "/" Box
      S: * STATUS Box (MESSAGES 0)
      S: * METADATA Box (/shared/vendor/v/color NIL)
      S: * LIST (\HasNoChildren) "/" Box/Sub
      S: * STATUS Box/Sub (MESSAGES 0)
      S: * METADATA Box/Sub (/shared/vendor/v/color NIL)
      S: a1 OK …
      C: a2 LIST "" INBOX RETURN (METADATA (DEPTH infinity) (/shared))
      S: * LIST (\HasNoChildren) "/" INBOX
      S: * METADATA INBOX (/shared/vendor/v/color "#b71c1c")
      S: a2 OK …
      C: a3 LIST "" INBOX RETURN (METADATA ())
      S: a3 BAD …
    `);
  }));

Deno.test("a stored filter stands for its criterion in SEARCH (RFC 5466 §3.1)", () =>
  withImap(async (test) => {
    await test.append("INBOX", "From: boss@a.test\r\nSubject: one\r\n\r\nx\r\n");
    await test.append("INBOX", `From: ann@a.test\r\nSubject: two\r\n\r\n${"x".repeat(6000)}\r\n`);
    await test.append("INBOX", "From: ann@a.test\r\nSubject: gr\u00c3\u00bcn\r\n\r\nx\r\n");
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SETMETADATA "" (/private/filters/values/on-the-road "OR SMALLER 200 FROM \"boss@a.test\"")
      S: a1 OK …
      C: a2 SEARCH FILTER On-The-Road
      S: * SEARCH 1 3
      S: a2 OK …
      C: a3 SEARCH NOT FILTER on-the-road
      S: * SEARCH 2
      S: a3 OK …
      C: a4 SETMETADATA "" (/private/filters/values/two "FILTER on-the-road FROM ann")
      S: a4 OK …
      C: a5 UID SEARCH RETURN (COUNT) FILTER two
      S: * ESEARCH (TAG "a5") UID COUNT 1
      S: a5 OK …
      C: a6 SEARCH FILTER nothing
      S: a6 NO [UNDEFINED-FILTER nothing] …
      C: a7 SEARCH CHARSET KOI8-R FILTER two
      S: a7 BAD [BADCHARSET (US-ASCII UTF-8)] …
      C: a8 SETMETADATA "" (/private/filters/values/bad "OR SMALLER 2")
      S: a8 NO [CANNOT] …
      C: a9 SETMETADATA "" (/private/filters/values/a "FILTER b FILTER b" /private/filters/values/b "FILTER a FILTER a")
      S: a9 OK …
      C: b1 SEARCH FILTER a
      S: b1 NO [UNDEFINED-FILTER …] …
      C: b2 SEARCH FILTER a/b
      S: b2 BAD …
      C: b3 SETMETADATA "" (/private/filters/values/c "SUBJECT {1}")
      S: b3 NO [CANNOT] …
    `);
  }));
