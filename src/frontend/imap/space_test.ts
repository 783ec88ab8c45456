import { withSharing } from "./sharing_harness_test.ts";

Deno.test("a private namespace is an account's alone and is used like its own folders", () =>
  withSharing(async (test) => {
    await test.directory.ask("createSpace", { account: "alice@a.test", name: "Old Mail" });
    await test.directory.ask("createSpace", { account: "bob@a.test", name: "Old Mail" });
    await test.play(String.raw`
      C: a1 NAMESPACE
      S: * NAMESPACE (("" "/")("#Old Mail/" "/")) (("#Shared/" "/")) NIL
      S: a1 OK …
      C3: a2 NAMESPACE
      S3: * NAMESPACE (("" "/")) (("#Shared/" "/")) NIL
      S3: a2 OK …
      C: a3 CREATE "#Old Mail/2019/Trips"
      S: a3 OK …
      C: a4 LIST "" "#*"
      S: * LIST (\HasChildren) "/" "#Old Mail"
      S: * LIST (\HasChildren) "/" "#Old Mail/2019"
      S: * LIST (\HasNoChildren) "/" "#Old Mail/2019/Trips"
      S: a4 OK …
      C: a5 APPEND "#Old Mail/2019" (\Flagged) {3+}
      C: one
      S: a5 OK …
      C: a6 SUBSCRIBE "#Old Mail/2019"
      S: a6 OK …
      C: a7 MYRIGHTS "#Old Mail"
      S: * MYRIGHTS "#Old Mail" lrswipkxteacd
      S: a7 OK …
      C: a8 SELECT "#Old Mail/2019"
      S: * 1 EXISTS
      S: * 1 RECENT
      S: * FLAGS …
      S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] …
      S: * OK [UIDVALIDITY …
      S: * OK [UIDNEXT 2] …
      S: * OK [HIGHESTMODSEQ …
      S: * OK [MAILBOXID …
      S: * OK [UNSEEN 1] …
      S: a8 OK [READ-WRITE] …
      C: a9 MOVE 1 INBOX
      S: * OK [COPYUID … 1 1] Moved
      S: * 1 EXPUNGE
      S: a9 OK …
      C: b1 SETMETADATA "#Old Mail/2019" (/private/comment "mine")
      S: b1 OK …
      C: b2 GETMETADATA "#Old Mail/2019" /private/comment
      S: * METADATA "#Old Mail/2019" (/private/comment "mine")
      S: b2 OK …
      C: b3 DELETE "#Old Mail"
      S: b3 NO [NOPERM] …
      C2: b4 LIST "" "#*"
      S2: * LIST (\HasNoChildren) "/" "#Old Mail"
      S2: b4 OK …
      C2: b5 SELECT "#Old Mail/2019"
      S2: b5 NO [NONEXISTENT] …
      C3: b6 SELECT "#Old Mail"
      S3: b6 NO …
    `);
  }));

Deno.test("NOTIFY counts private namespaces among the personal ones", () =>
  withSharing(async (test) => {
    await test.directory.ask("createSpace", { account: "alice@a.test", name: "Old" });
    const second = await test.imap.open(undefined, undefined, "alice@a.test");
    await test.play(String.raw`
      C: a1 NOTIFY SET (personal (MessageNew MessageExpunge MailboxName))
      S: a1 OK …
    `);
    await test.imap.command(second, "CREATE #Old/Mail");
    await test.play(String.raw`
      S: * LIST (\HasNoChildren) "/" #Old/Mail
    `);
    await test.imap.command(second, "APPEND #Old/Mail {3+}\r\none");
    await test.play(String.raw`
      S: * STATUS #Old/Mail (MESSAGES 1 UIDNEXT 2)
    `);
  }));
