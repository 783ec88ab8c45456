import { begin, SHARED, withSharing } from "./sharing_harness_test.ts";

Deno.test("sort, thread, contexts, searches of many folders and kept flags work in a shared folder", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.imap.command(test.sessions[0], "APPEND Work {1+}\r\nx");
    await test.share("Work", "bob@a.test", "lrsw");
    await test.imap.command(test.sessions[1], "APPEND INBOX {3+}\r\none");
    const searched = String
      .raw`* ESEARCH (TAG "a1" MAILBOX #Shared/alice@a.test/Work UIDVALIDITY …) UID ALL 1`;
    await test.play(String.raw`
      C2: a1 ESEARCH IN (mailboxes ${SHARED}) FLAGGED
      S2: ${searched}
      S2: a1 OK …
      C3: a1 ESEARCH IN (mailboxes ${SHARED} subtree #Shared) ALL
      S3: a1 OK …
    `);
    await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    await test.play(String.raw`
      C2: a1 ESEARCH IN (selected) FLAGGED
      S2: ${searched}
      S2: a1 OK …
      C2: a1 ESEARCH IN (selected mailboxes ("INBOX" ${SHARED})) SMALLER 2 OR FLAGGED ALL
      S2: * ESEARCH (TAG "a1" MAILBOX #Shared/alice@a.test/Work UIDVALIDITY …) UID ALL 2
      S2: a1 OK …
      C2: a2 SORT (SIZE) UTF-8 ALL
      S2: * SORT 2 1
      S2: a2 OK …
      C2: a3 THREAD ORDEREDSUBJECT UTF-8 ALL
      S2: * THREAD …
      S2: a3 OK …
      C2: a4 SEARCH RETURN (UPDATE ALL) SEEN
      S2: * ESEARCH (TAG "a4")
      S2: a4 OK …
      C2: a5 FETCH 1:2 FLAGS
      S2: * 1 FETCH (FLAGS (\Flagged \Recent work))
      S2: * 2 FETCH (FLAGS (\Recent))
      S2: a5 OK …
      C2: a6 STORE 2 +FLAGS (\Seen)
      S2: * 2 FETCH (FLAGS (\Seen \Recent))
      S2: * ESEARCH (TAG "a4") ADDTO (0 2)
      S2: a6 OK …
      C2: a7 FETCH 1:2 FLAGS
      S2: * 1 FETCH (FLAGS (\Flagged \Recent work))
      S2: * 2 FETCH (FLAGS (\Seen \Recent))
      S2: a7 OK …
    `);
  }));

Deno.test("what is kept of a shared folder is not told to who may no longer read", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.share("Work", "bob@a.test", "lr");
    await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    await test.play(String.raw`
      C2: a1 NOTIFY SET (personal (MessageNew MessageExpunge))
      S2: a1 OK …
      C2: a2 FETCH 1 FLAGS
      S2: * 1 FETCH (FLAGS (\Flagged \Recent work))
      S2: a2 OK …
      C2: a3 FETCH 1 BODY.PEEK[]
      S2: * 1 FETCH (BODY[] {3}
      S2: one)
      S2: a3 OK …
    `);
    await test.share("Work", "bob@a.test", "l");
    await test.play(String.raw`
      S2: * BYE You may no longer read the selected folder
      S2: (closed)
    `);
  }));

Deno.test("a message of a shared folder is replaced and put together by rights", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.share("Work", "bob@a.test", "lrswi");
    await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    await test.play(String.raw`
      C2: a1 REPLACE 1 ${SHARED} {3+}
      C2: new
      S2: a1 NO [NOPERM] …
      C2: a2 REPLACE 1 Drafts {3+}
      C2: new
      S2: a2 NO [NOPERM] …
      C2: a3 APPEND Drafts CATENATE (TEXT {3+}
      C2: abc URL "/%23Shared/alice%40a.test/Work/;UID=1")
      S2: a3 OK …
    `);
    await test.share("Work", "bob@a.test", "lrswite");
    await test.play(String.raw`
      C2: b0 NOOP
      S2: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft work \*)] …
      S2: * OK [READ-WRITE] Your rights are lrswite now
      S2: b0 OK …
      C2: b1 REPLACE 1 ${SHARED} {3+}
      C2: new
      S2: * OK [APPENDUID … 2] …
      S2: * 1 EXPUNGE
      S2: * 1 EXISTS
      S2: …
      S2: b1 OK …
      C2: b3 REPLACE 1 Drafts {5+}
      C2: draft
      S2: * OK [APPENDUID … 2] …
      S2: * 1 EXPUNGE
      S2: b3 OK …
      C2: b4 STATUS Drafts (MESSAGES)
      S2: * STATUS Drafts (MESSAGES 2)
      S2: b4 OK …
      C2: b5 APPEND Sent {4+}
      C2: sent
      S2: b5 OK …
      C2: b6 SELECT Sent
      S2: * OK [CLOSED] …
      S2: * 1 EXISTS
      S2: …
      S2: …
      S2: …
      S2: …
      S2: …
      S2: …
      S2: …
      S2: …
      S2: b6 OK …
      C2: b7 REPLACE 1 ${SHARED} (\Flagged) {5+}
      C2: again
      S2: * OK [APPENDUID … 3] …
      S2: * 1 EXPUNGE
      S2: b7 OK …
      C3: b2 APPEND Drafts CATENATE (URL "/%23Shared/alice%40a.test/Work/;UID=2")
      S3: b2 NO [BADURL …
    `);
  }));

Deno.test("annotations of a shared folder: private ones are each reader's own, shared ones go by rights", () =>
  withSharing(async (test) => {
    await begin(test);
    await test.play(String.raw`
      C: a1 SETMETADATA Work (/private/comment "mine" /shared/comment "ours")
      S: a1 OK …
      C: a2 NOTIFY SET (personal (MailboxName SubscriptionChange MailboxMetadataChange))
      S: a2 OK …
    `);
    await test.share("Work", "bob@a.test", "l");
    await test.play(String.raw`
      C2: b1 GETMETADATA ${SHARED} /shared/comment
      S2: b1 NO [NOPERM] …
      C2: b2 SETMETADATA ${SHARED} (/private/comment "no")
      S2: b2 NO [NOPERM] …
      C3: b3 GETMETADATA ${SHARED} /shared/comment
      S3: b3 NO [NONEXISTENT] …
      C2: b4 LIST "" "#Shared/alice@a.test/*" RETURN (MYRIGHTS METADATA (/shared/comment))
      S2: * LIST (\HasNoChildren) "/" #Shared/alice@a.test/Work
      S2: * MYRIGHTS #Shared/alice@a.test/Work l
      S2: b4 OK …
    `);
    await test.share("Work", "bob@a.test", "lr");
    await test.play(String.raw`
      C2: c1 SETMETADATA ${SHARED} (/private/comment "his")
      S2: c1 OK …
      C2: c2 GETMETADATA ${SHARED} (/private/comment /shared/comment)
      S2: * METADATA #Shared/alice@a.test/Work (/private/comment "his" /shared/comment "ours")
      S2: c2 OK …
      C2: c3 SETMETADATA ${SHARED} (/shared/comment "theirs")
      S2: c3 NO [NOPERM] …
      C2: c4 GETMETADATA ${SHARED} (DEPTH infinity) /private
      S2: * METADATA #Shared/alice@a.test/Work (/private/comment "his")
      S2: c4 OK …
      C: c5 GETMETADATA Work (DEPTH infinity) /private
      S: * METADATA Work (/private/comment "mine")
      S: c5 OK …
      C2: c6 SETMETADATA ${SHARED} (/private/comment NIL)
      S2: c6 OK …
    `);
    await test.share("Work", "bob@a.test", "lrswite");
    await test.play(String.raw`
      C2: d1 SETMETADATA ${SHARED} (/shared/comment "theirs")
      S2: d1 OK …
      S: * METADATA Work /shared/comment
      C2: d2 SETMETADATA ${SHARED} (/shared/vendor/mallard/shared-seen "false")
      S2: d2 NO [NOPERM] …
      C: d3 LIST "" Work RETURN (MYRIGHTS METADATA (/shared/comment /private/comment))
      S: * LIST (\HasNoChildren) "/" Work
      S: * MYRIGHTS Work lrswi…
      S: * METADATA Work (/shared/comment "theirs" /private/comment "mine")
      S: d3 OK …
      C2: d4 LIST "" "#Shared/alice@a.test/*" RETURN (METADATA (/shared/comment))
      S2: * LIST (\HasNoChildren) "/" #Shared/alice@a.test/Work
      S2: * METADATA #Shared/alice@a.test/Work (/shared/comment "theirs")
      S2: d4 OK …
    `);
  }));
