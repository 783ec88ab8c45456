import { strict as assert } from "node:assert";
import { withImap } from "./harness_test.ts";

Deno.test("a whole session: login, append, select, fetch, store, expunge, logout", () =>
  withImap(async (test) => {
    await test.connect();
    await test.play(String.raw`
      C: a1 LOGIN alice@a.test secret
      S: a1 OK [CAPABILITY … APPENDLIMIT=1048576] Logged in
      C: a2 APPEND INBOX (\Flagged) " 1-Feb-2026 10:00:00 +0100" {24+}
      C: Subject: one
      C:
      C: body 1
      C:
      S: a2 OK [APPENDUID … 1] APPEND completed
      C: a3 SELECT inbox
      S: * 1 EXISTS
      S: * 1 RECENT
      S: * FLAGS (…)
      S: * OK [PERMANENTFLAGS (…\*)] …
      S: * OK [UIDVALIDITY …
      S: * OK [UIDNEXT 2] …
      S: * OK [HIGHESTMODSEQ …
      S: * OK [MAILBOXID (…)] …
      S: * OK [UNSEEN 1] …
      S: a3 OK [READ-WRITE] Select completed
      C: a4 FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Subject)])
      S: * 1 FETCH (UID 1 FLAGS (\Flagged \Recent) INTERNALDATE "01-Feb-2026 09:00:00 +0000" RFC822.SIZE 24 BODY[HEADER.FIELDS (Subject)] {16}
      S: Subject: one
      S:
      S: )
      S: a4 OK FETCH completed
      C: a5 FETCH 1 BODY[TEXT]
      S: * 1 FETCH (BODY[TEXT] {8}
      S: body 1
      S:  FLAGS (\Seen \Flagged \Recent))
      S: a5 OK FETCH completed
      C: a6 STORE 1 +FLAGS (\Deleted)
      S: * 1 FETCH (FLAGS (\Seen \Flagged \Deleted \Recent))
      S: a6 OK STORE completed
      C: a7 EXPUNGE
      S: * 1 EXPUNGE
      S: a7 OK EXPUNGE completed
      C: a8 LOGOUT
      S: * BYE Logging out
      S: a8 OK Logout completed
    `);
    assert.equal(await test.connections[0].line(), null);
    await test.ended();
    assert.ok(test.logged.some((line) => line.includes('"imap.login"')));
    assert.ok(test.logged.some((line) => line.includes('"imap.logout"')));
  }));
