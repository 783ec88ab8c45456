import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { summarize } from "../../codec/message/summarize.ts";
import { latin1 } from "../../base/bytes.ts";
import { withImap } from "./harness_test.ts";

Deno.test("UIDONLY: message numbers are refused, and UIDFETCH and VANISHED stand for what had them (RFC 9586 §3)", () =>
  withImap(async (test) => {
    for (let n = 0; n < 4; n++) await test.append();
    const [connection] = [await test.open("INBOX")];
    await test.command(connection, "STORE 1 +FLAGS.SILENT (\\Deleted)");
    await test.command(connection, "UID EXPUNGE 1");
    await test.play(String.raw`
      C: a1 UID SEARCH RETURN (UPDATE) UNSEEN
      S: * ESEARCH (TAG "a1") UID
      S: a1 OK …
      C: a2 SEARCH RETURN (UPDATE COUNT) SEEN
      S: * ESEARCH (TAG "a2") COUNT 0
      S: a2 OK …
      C: b1 ENABLE UIDONLY UIDONLY
      S: * NO [NOUPDATE "a2"] …
      S: * ENABLED UIDONLY
      S: b1 OK …
      C: b2 ENABLE UIDONLY
      S: * ENABLED
      S: b2 OK …
    `);
    for (
      const command of [
        "FETCH 1 FLAGS",
        "STORE 1 FLAGS ()",
        "SEARCH ALL",
        "SORT (DATE) UTF-8 ALL",
        "THREAD REFERENCES UTF-8 ALL",
        "COPY 1 INBOX",
        "MOVE 1 INBOX",
        "REPLACE 1 INBOX {1+}\r\nx",
        "UID SEARCH 1",
        "UID SEARCH NOT (UNSEEN 1:*)",
        "UID SORT (DATE) UTF-8 OR SEEN 2",
        "UID THREAD REFERENCES UTF-8 FUZZY 1",
        "SELECT INBOX (QRESYNC (1 1 1:4 (1 1)))",
      ]
    ) {
      if (command.startsWith("SELECT")) await test.command(connection, "ENABLE QRESYNC");
      await test.play(`
        C: c ${command.replace("\r\n", "\n        C: ")}
        S: c BAD [UIDREQUIRED] …
      `);
    }
    await test.play(String.raw`
      C: d1 UID FETCH 1:3 (FLAGS)
      S: * 2 UIDFETCH (FLAGS (\Recent))
      S: * 3 UIDFETCH (FLAGS (\Recent))
      S: d1 OK …
      C: d2 UID FETCH 2 (UID INTERNALDATE)
      S: * 2 UIDFETCH (UID 2 INTERNALDATE "…")
      S: d2 OK …
      C: d3 UID STORE 3 +FLAGS (\Seen)
      S: * 3 UIDFETCH (FLAGS (\Seen \Recent) MODSEQ (…))
      S: * ESEARCH (TAG "a1") UID …
      S: d3 OK …
      C: d4 UID STORE 3 +FLAGS.SILENT (\Flagged)
      S: * 3 UIDFETCH (MODSEQ (…))
      S: d4 OK …
      C: d5 UID SEARCH RETURN (SAVE) UID 3
      S: d5 OK …
      C: d6 UID SEARCH $ FLAGGED
      S: * SEARCH 3
      S: d6 OK …
      C: d7 UID FETCH $ BODY[TEXT]
      S: * 3 UIDFETCH (BODY[TEXT] {6}
      S: body
      S: )
      S: d7 OK …
    `);
  }));

Deno.test("UIDONLY without QRESYNC: others' changes are told by UID, in IDLE too (RFC 9586 §3)", () =>
  withImap(async (test) => {
    for (let n = 0; n < 3; n++) await test.append();
    await test.open("INBOX", "UIDONLY");
    const other = await test.open("INBOX");
    await test.play(`
      C: a1 IDLE
      S: + …
    `);
    await test.command(other, "STORE 2 +FLAGS.SILENT (\\Deleted)");
    await test.play(String.raw`S: * 2 UIDFETCH (FLAGS (\Deleted \Recent))`);
    await test.command(other, "EXPUNGE");
    await test.play(String.raw`
      S: * VANISHED 2
      C: DONE
      S: a1 OK …
      C: a2 UID FETCH 3 FLAGS
      S: * 3 UIDFETCH (FLAGS (\Recent))
      S: a2 OK …
      C: a3 SELECT INBOX
      S: * OK [CLOSED] …
      S: * 2 EXISTS
      S: * 0 RECENT
      S: * FLAGS …
      S: * OK [PERMANENTFLAGS …] …
      S: * OK [UIDVALIDITY …] …
      S: * OK [UIDNEXT 4] …
      S: * OK [HIGHESTMODSEQ …] …
      S: * OK [MAILBOXID …] …
      S: a3 OK …
      C: a4 UNAUTHENTICATE
      S: a4 OK …
      C: a5 LOGIN alice@a.test secret
      S: a5 OK …
      C: a6 SELECT INBOX
      S: * 2 EXISTS
      S: * 0 RECENT
      S: * FLAGS …
      S: * OK [PERMANENTFLAGS …] …
      S: * OK [UIDVALIDITY …] …
      S: * OK [UIDNEXT 4] …
      S: * OK [HIGHESTMODSEQ …] …
      S: * OK [MAILBOXID …] …
      S: * OK [UNSEEN 1] …
      S: a6 OK …
    `);
  }));

Deno.test("UIDBATCHES splits a folder from the newest message down (RFC 10022 §3)", () =>
  withImap(async (test) => {
    const raw = latin1("Subject: x\r\n\r\n");
    const message = { raw, summary: summarize(raw), flags: [], internalDateMs: 0 };
    for (let n = 0; n < 2; n++) {
      const messages = Array.from({ length: 603 }, () => message);
      await test.mailbox.ask("append", { name: "INBOX", messages, limits: test.account.limits });
    }
    const connection = await test.open("INBOX");
    await test.command(connection, "UID STORE 1:5,700,1206 +FLAGS.SILENT (\\Deleted)");
    await test.command(connection, "EXPUNGE");
    assert.equal(LIMITS.uidBatchMessages, 500);
    await test.play(String.raw`
      C: a1 UIDBATCHES 500
      S: * UIDBATCHES (TAG "a1") 1205:706,705:205,204:1
      S: a1 OK …
      C: a2 UIDBATCHES 600 2:2
      S: * UIDBATCHES (TAG "a2") 604:1
      S: a2 OK …
      C: a3 UIDBATCHES 500 4:9
      S: * UIDBATCHES (TAG "a3")
      S: a3 OK …
      C: a4 UIDBATCHES 500 2:1
      S: a4 BAD [CLIENTBUG] …
      C: a5 UIDBATCHES 499
      S: a5 NO [TOOFEW] …
      C: a6 UIDBATCHES 500 1:201
      S: a6 NO [TOOMANY] …
      C: a7 UIDBATCHES 4294967295
      S: * UIDBATCHES (TAG "a7") 1205:1
      S: a7 OK …
      C: a8 UIDBATCHES 500 1
      S: a8 BAD …
      C: a9 UIDBATCHES 0
      S: a9 BAD …
      C: b1 CREATE Empty
      S: b1 OK …
      C: b2 UNSELECT
      S: b2 OK …
      C: b3 UIDBATCHES 500
      S: b3 BAD …
    `);
    await test.command(connection, "SELECT Empty");
    await test.play(`
      C: b4 UIDBATCHES 500
      S: * UIDBATCHES (TAG "b4")
      S: b4 OK …
    `);
  }));
