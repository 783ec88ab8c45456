import { withImap } from "./harness_test.ts";

Deno.test("folders are made, listed, renamed and removed (RFC 6154)", () =>
  withImap(async (test) => {
    const connection = await test.open();
    for (const { name } of (await test.mailbox.ask("listFolders", {})).folders) {
      if (name !== "INBOX") await test.command(connection, `DELETE "${name}"`);
    }
    await test.play(String.raw`
      C: a1 CREATE Work/Sub/
      S: a1 OK [MAILBOXID (…)] CREATE completed
      C: a2 LIST "" ""
      S: * LIST (\Noselect) "/" ""
      S: a2 OK …
      C: a3 LIST "" %
      S: * LIST (\HasNoChildren) "/" INBOX
      S: * LIST (\HasChildren) "/" Work
      S: a3 OK …
      C: a4 LIST Work/ *
      S: * LIST (\HasNoChildren) "/" Work/Sub
      S: a4 OK …
      C: a5 CREATE Bin (USE (\Trash))
      S: a5 OK …
      C: a6 CREATE Bin2 (USE (\Frob))
      S: a6 NO [USEATTR] …
      C: a7 LIST (SPECIAL-USE) "" * RETURN (SUBSCRIBED STATUS (MESSAGES UIDNEXT))
      S: * LIST (…\HasNoChildren \Trash) "/" Bin
      S: * STATUS Bin (MESSAGES 0 UIDNEXT 1)
      S: a7 OK …
      C: a8 RENAME Work Job
      S: a8 OK …
      C: a9 LIST "" (Job "J*/%")
      S: * LIST (\HasChildren) "/" Job
      S: * LIST (\HasNoChildren) "/" Job/Sub
      S: a9 OK …
      C: b1 SUBSCRIBE Job/Sub
      S: b1 OK …
      C: b2 UNSUBSCRIBE INBOX
      S: b2 OK …
      C: b3 LSUB "" "Jo%"
      S: * LSUB (\Noselect) "/" Job
      S: b3 OK …
      C: b4 LIST (SUBSCRIBED RECURSIVEMATCH) "" "Jo%"
      S: * LIST (\HasChildren) "/" Job ("CHILDINFO" ("SUBSCRIBED"))
      S: b4 OK …
      C: b5 DELETE Job/Sub
      S: b5 OK …
      C: b6 DELETE INBOX
      S: b6 NO …
      C: b7 DELETE Nowhere
      S: b7 NO [NONEXISTENT] …
      C: b8 LIST (RECURSIVEMATCH) "" *
      S: b8 BAD …
    `);
  }));

Deno.test("names travel as modified UTF-7, or as UTF-8 once IMAP4rev2 is on (RFC 9051 §5.1, RFC 7889)", () =>
  withImap(async (test) => {
    await test.open();
    await test.open(undefined, "IMAP4rev2");
    await test.play(`
      C: a1 CREATE Entw&APw-rfe
      S: a1 OK …
      C: a2 LIST "" Entw*
      S: * LIST (\\HasNoChildren) "/" Entw&APw-rfe
      S: a2 OK …
      C: a3 CREATE Entw&rfe
      S: a3 BAD …
      C2: b1 LIST "" Entw*
      S2: * LIST (\\HasNoChildren) "/" "Entw\u00c3\u00bcrfe"
      S2: b1 OK …
      C2: b2 STATUS "Entw\u00c3\u00bcrfe" (MESSAGES SIZE MAILBOXID DELETED DELETED-STORAGE APPENDLIMIT)
      S2: * STATUS "Entw\u00c3\u00bcrfe" (MESSAGES 0 SIZE 0 MAILBOXID (…) DELETED 0 DELETED-STORAGE 0 APPENDLIMIT 1048576)
      S2: b2 OK …
    `);
  }));

Deno.test("STATUS tells of the selected folder, and quotas in units of 1024 octets (RFC 8438, RFC 9208)", () =>
  withImap(async (test) => {
    await test.append("INBOX", "Subject: x\r\n\r\n12345", ["\\Deleted"]);
    await test.open("INBOX");
    await test.play(`
      C: a1 STATUS INBOX (MESSAGES UNSEEN DELETED DELETED-STORAGE SIZE RECENT)
      S: * STATUS INBOX (MESSAGES 1 UNSEEN 1 DELETED 1 DELETED-STORAGE 19 SIZE 19 RECENT 0)
      S: a1 OK …
      C: a2 GETQUOTAROOT INBOX
      S: * QUOTAROOT INBOX ""
      S: * QUOTA "" (STORAGE 1 10240 MESSAGE 1 20000000 MAILBOX 6 10000)
      S: a2 OK …
      C: a3 GETQUOTA "root"
      S: a3 NO [NONEXISTENT] …
      C: a4 SETQUOTA "" (STORAGE 1)
      S: a4 NO [NOPERM] …
    `);
  }));

Deno.test("IMAP4rev2 is told how a name it spelled otherwise is kept", () =>
  withImap(async (test) => {
    await test.open();
    await test.play(String.raw`
      C: a1 CREATE Zu&AwM-
      S: a1 OK …
      C: a2 ENABLE IMAP4rev2
      S: * ENABLED IMAP4rev2
      S: a2 OK …
      C: a3 SELECT inbox
      S: * 0 EXISTS
      S: * FLAGS …
      S: * OK [PERMANENTFLAGS …
      S: * OK [UIDVALIDITY …
      S: * OK [UIDNEXT …
      S: * OK [HIGHESTMODSEQ …
      S: * OK [MAILBOXID …
      S: * LIST () "/" INBOX ("OLDNAME" (inbox))
      S: a3 OK …
      C: a4 CREATE inbox/Sub
      S: * LIST () "/" INBOX/Sub ("OLDNAME" (inbox/Sub))
      S: a4 OK …
      C: a5 RENAME INBOX/Sub Sub
      S: a5 OK …
      C: a6 RENAME Sub inBOX/Sub
      S: * LIST () "/" INBOX/Sub ("OLDNAME" (Sub))
      S: a6 OK …
      C: a7 DELETE Inbox/Sub
      S: * LIST (\NonExistent) "/" INBOX/Sub ("OLDNAME" (Inbox/Sub))
      S: a7 OK …
      C: a8 CREATE Plain/
      S: a8 OK …
    `);
  }));
