import { strict as assert } from "node:assert";
import { matchFolders } from "../../codec/imap/mailbox_filter.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

async function fill(test: ImapTest): Promise<void> {
  for (const name of ["work", "work/a", "work/a/b", "workshop", "Größe"]) {
    await test.mailbox.ask("createFolder", { name });
  }
  for (const name of ["INBOX", "work", "work/a", "work/a/b", "workshop", "Größe"]) {
    await test.append(name, `Subject: apple\r\n\r\nin ${name}\r\n`);
    await test.append(name, "Subject: pear\r\n\r\nx\r\n");
  }
}

Deno.test("ESEARCH searches the folders that it names (RFC 7377)", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 ESEARCH IN (mailboxes "INBOX" subtree "work") subject "apple"
      S: * ESEARCH (TAG "a1" MAILBOX INBOX UIDVALIDITY …) UID ALL 1
      S: * ESEARCH (TAG "a1" MAILBOX work UIDVALIDITY …) UID ALL 1
      S: * ESEARCH (TAG "a1" MAILBOX work/a UIDVALIDITY …) UID ALL 1
      S: * ESEARCH (TAG "a1" MAILBOX work/a/b UIDVALIDITY …) UID ALL 1
      S: a1 OK …
      C: a2 ESEARCH IN (subtree-one work) RETURN (COUNT MAX) ALL
      S: * ESEARCH (TAG "a2" MAILBOX work UIDVALIDITY …) UID MAX 2 COUNT 2
      S: * ESEARCH (TAG "a2" MAILBOX work/a UIDVALIDITY …) UID MAX 2 COUNT 2
      S: a2 OK …
      C: a3 ESEARCH IN (mailboxes (work nowhere "Gr&APYA3w-e")) RETURN (PARTIAL -1:-1) 1:2
      S: * ESEARCH (TAG "a3" MAILBOX work UIDVALIDITY …) UID PARTIAL (-1:-1 2)
      S: * ESEARCH (TAG "a3" MAILBOX Gr&APYA3w-e UIDVALIDITY …) UID PARTIAL (-1:-1 2)
      S: a3 OK …
      C: a4 ESEARCH RETURN (COUNT) BODY "in INBOX"
      S: * ESEARCH (TAG "a4" MAILBOX INBOX UIDVALIDITY …) UID COUNT 1
      S: a4 OK …
      C: a5 ESEARCH IN (personal) BODY "in workshop"
      S: * ESEARCH (TAG "a5" MAILBOX workshop UIDVALIDITY …) UID ALL 1
      S: a5 OK …
      C: a6 ESEARCH IN (inboxes selected) RETURN (COUNT) SUBJECT nothing
      S: a6 OK …
      C: a7 ESEARCH IN (selected) RETURN (SAVE) SUBJECT pear
      S: a7 OK …
      C: a8 SEARCH $
      S: * SEARCH 2
      S: a8 OK …
      C: a9 ESEARCH IN (mailboxes work) $
      S: a9 OK …
      C: b1 ESEARCH IN (mailboxes work) CHARSET X-NONE ALL
      S: b1 NO [BADCHARSET (US-ASCII UTF-8)] …
      C: b2 ESEARCH IN (mailboxes work) RETURN (SAVE) ALL
      S: b2 BAD …
      C: b3 ESEARCH IN (selected-delayed) ALL
      S: b3 BAD …
      C: b4 ESEARCH IN () ALL
      S: b4 BAD …
      C: b5 ESEARCH IN (mailboxes) ALL
      S: b5 BAD …
      C: b6 ESEARCH IN (mailboxes work) RETURN (UPDATE) SUBJECT apple
      S: * ESEARCH (TAG "b6" MAILBOX work UIDVALIDITY …) UID
      S: b6 OK …
      C: b7 ESEARCH RETURN (UPDATE) FLAGGED
      S: b7 OK …
      C: b8 STORE 1 +FLAGS.SILENT (\Flagged)
      S: * ESEARCH (TAG "b7" MAILBOX INBOX UIDVALIDITY …) UID ADDTO (0 1)
      S: b8 OK …
    `);
  }));

Deno.test("ESEARCH without a selected folder (RFC 7377 §2.2)", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open();
    await test.play(String.raw`
      C: a1 ESEARCH IN (mailboxes workshop) SUBJECT apple
      S: * ESEARCH (TAG "a1" MAILBOX workshop UIDVALIDITY …) UID ALL 1
      S: a1 OK …
      C: a2 ESEARCH SUBJECT apple
      S: a2 BAD …
      C: a3 ESEARCH IN (mailboxes work selected) SUBJECT apple
      S: a3 BAD …
      C: a4 ESEARCH IN (mailboxes work) RETURN (UPDATE) SUBJECT apple
      S: a4 BAD …
    `);
  }));

Deno.test("matchFolders() tells each folder once", () => {
  const folders = ["INBOX", "a", "a/b", "a/b/c", "ab"].map((name) => ({ name }));
  const match = (...filters: Parameters<typeof matchFolders>[0]) =>
    matchFolders(filters, folders, ["a/b", "gone"]).map(({ name }) => name);
  assert.deepEqual(match({ kind: "subtree", names: ["a"] }, { kind: "mailboxes", names: ["a"] }), [
    "a",
    "a/b",
    "a/b/c",
  ]);
  assert.deepEqual(match({ kind: "subtree-one", names: ["a"] }), ["a", "a/b"]);
  assert.deepEqual(match({ kind: "subscribed" }, { kind: "inboxes" }), ["a/b", "INBOX"]);
  assert.equal(match({ kind: "personal" }).length, 5);
});
