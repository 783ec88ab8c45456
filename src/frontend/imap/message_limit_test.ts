import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { withImap } from "./harness_test.ts";
import { boundMessages, overSaveLimit } from "./message_limit.ts";

/** Runs with a limit that a test can reach. */
async function withLimit(most: number, run: () => Promise<void>): Promise<void> {
  const limits: { commandMessages: number } = LIMITS as unknown as { commandMessages: number };
  const before = limits.commandMessages;
  limits.commandMessages = most;
  try {
    await run();
  } finally {
    limits.commandMessages = before;
  }
}

Deno.test("more messages than one COPY takes, and from where on they would be few enough (RFC 9738 §3.1)", () => {
  const most = LIMITS.saveMessages;
  assert.equal(overSaveLimit([]), null);
  assert.equal(overSaveLimit([5, most + 4]), null);
  assert.equal(overSaveLimit([5, most + 5]), `MESSAGELIMIT ${most} 6`);
  assert.equal(overSaveLimit([1, most, 2 * most, 2 * most + 9]), `MESSAGELIMIT ${most} 11`);
  assert.equal(overSaveLimit([1, 5, 9, most + 8, 2 * most, 2 * most]), `MESSAGELIMIT ${most} 10`);
});

Deno.test("boundMessages() takes the last ones", () =>
  withLimit(3, () => {
    assert.deepEqual(boundMessages([1, 1, 5, 6]), { uids: [1, 1, 5, 6], code: null });
    assert.deepEqual(boundMessages([1, 2, 5, 6]), { uids: [2, 2, 5, 6], code: "MESSAGELIMIT 3 2" });
    assert.deepEqual(boundMessages([1, 9]), { uids: [7, 9], code: "MESSAGELIMIT 3 7" });
    return Promise.resolve();
  }));

Deno.test("each command works on the last messages and says so (RFC 9738 §3.1, §3.4)", () =>
  withLimit(3, () =>
    withImap(async (test) => {
      for (let n = 0; n < 6; n++) await test.append();
      const connection = await test.open("INBOX");
      await test.command(connection, "UNSELECT");
      await test.command(connection, "SELECT INBOX");
      await test.play(String.raw`
        C: a1 FETCH 1:5 UID
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: a1 OK [MESSAGELIMIT 3 3] …
        C: a2 UID FETCH 1:* (UID) (PARTIAL -1:-4)
        S: a2 NO [MESSAGELIMIT 3] …
        C: a3 UID FETCH 1:* (UID) (PARTIAL -1:-2)
        S: * 5 FETCH (UID 5)
        S: * 6 FETCH (UID 6)
        S: a3 OK …
        C: a4 SEARCH UNDELETED
        S: * SEARCH 4 5 6
        S: a4 OK [MESSAGELIMIT 3 4] …
        C: a5 UID SEARCH RETURN (COUNT SAVE) UID 1:5 UNDELETED
        S: * ESEARCH (TAG "a5") UID COUNT 3
        S: a5 OK [MESSAGELIMIT 3 3] …
        C: a6 UID FETCH $ UID
        S: * 3 FETCH (UID 3)
        S: * 4 FETCH (UID 4)
        S: * 5 FETCH (UID 5)
        S: a6 OK …
        C: a7 UID SEARCH UID 1:3
        S: * SEARCH 1 2 3
        S: a7 OK SEARCH completed
        C: a8 UID STORE 1:6 FLAGS.SILENT (\Deleted)
        S: a8 OK [MESSAGELIMIT 3 4] …
        C: a9 UID STORE 1:6 (UNCHANGEDSINCE 3) FLAGS.SILENT (\Seen)
        S: * OK [HIGHESTMODSEQ …] …
        S: * NO [MESSAGELIMIT 3 4] …
        S: a9 OK [MODIFIED 4:6] …
      `);
      await test.command(connection, "NOOP");
      await test.command(connection, "UID STORE 1:3 +FLAGS.SILENT (\\Deleted)");
      await test.play(String.raw`
        C: b1 UID EXPUNGE 1:5
        S: * 5 EXPUNGE
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: b1 OK [MESSAGELIMIT 3 3] …
        C: b2 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: * 1 EXPUNGE
        S: b2 OK EXPUNGE completed
      `);
      for (let n = 0; n < 4; n++) await test.append();
      await test.command(connection, "NOOP");
      await test.play(String.raw`
        C: c1 CREATE x
        S: c1 OK …
        C: c2 MOVE 1:4 x
        S: * OK [COPYUID … 8:10 1:3] Moved
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: c2 OK [MESSAGELIMIT 3 8] …
        C: c3 COPY 1 x
        S: c3 OK [COPYUID … 7 4] …
      `);
    })));

Deno.test("SORT and THREAD of too many messages do nothing, ESEARCH of folders searches so many of all (RFC 9738 §3.1, §3.3)", () =>
  withLimit(3, () =>
    withImap(async (test) => {
      for (let n = 0; n < 4; n++) await test.append();
      const connection = await test.open("INBOX");
      await test.command(connection, "CREATE b");
      await test.command(connection, "CREATE c");
      for (let n = 0; n < 2; n++) await test.append("b");
      for (let n = 0; n < 2; n++) await test.append("c");
      await test.command(connection, "NOOP");
      await test.play(String.raw`
        C: a1 UID SEARCH RETURN (SAVE) UID 1
        S: a1 OK …
        C: a2 SORT RETURN (SAVE COUNT) (ARRIVAL) UTF-8 ALL
        S: a2 NO [MESSAGELIMIT 3 2] …
        C: a3 UID FETCH $ UID
        S: a3 OK …
        C: a4 UID SORT (ARRIVAL) UTF-8 UID 1:3 UNSEEN
        S: * SORT 1 2 3
        S: a4 OK SORT completed
        C: a5 UID THREAD REFERENCES UTF-8 ALL
        S: a5 NO [MESSAGELIMIT 3 2] …
        C: a6 UID THREAD ORDEREDSUBJECT UTF-8 UID 2:4
        S: * THREAD (2 (3)(4))
        S: a6 OK THREAD completed
        C: b1 ESEARCH IN (mailboxes INBOX) RETURN (ALL) UNSEEN
        S: * ESEARCH (TAG "b1" MAILBOX INBOX UIDVALIDITY …) UID ALL 2:4
        S: b1 OK [MESSAGELIMIT 3 2] …
        C: b2 ESEARCH IN (mailboxes (b c)) RETURN (ALL) UNSEEN
        S: * ESEARCH (TAG "b2" MAILBOX b UIDVALIDITY …) UID ALL 1:2
        S: * ESEARCH (TAG "b2" MAILBOX c UIDVALIDITY …) UID ALL 2
        S: b2 OK [MESSAGELIMIT 3] …
        C: b3 ESEARCH IN (mailboxes b) RETURN (ALL) UNSEEN
        S: * ESEARCH (TAG "b3" MAILBOX b UIDVALIDITY …) UID ALL 1:2
        S: b3 OK ESEARCH completed
      `);
    })));

Deno.test("UIDAFTER and UIDBEFORE (RFC 9738 §3.2)", () =>
  withImap(async (test) => {
    for (let n = 0; n < 4; n++) await test.append();
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 UID SEARCH UIDAFTER 2
      S: * SEARCH 3 4
      S: a1 OK …
      C: a2 UID SEARCH UIDAFTER 4
      S: * SEARCH
      S: a2 OK …
      C: a3 UID SEARCH UIDBEFORE 1
      S: * SEARCH
      S: a3 OK …
      C: a4 SEARCH UIDBEFORE 4 UIDAFTER 1
      S: * SEARCH 2 3
      S: a4 OK …
      C: a5 SEARCH NOT UIDAFTER 4294967295
      S: * SEARCH 1 2 3 4
      S: a5 OK …
      C: a6 SEARCH UIDAFTER 0
      S: a6 BAD …
      C: a7 SEARCH UIDAFTER 1:2
      S: a7 BAD …
      C: a8 SEARCH UIDBEFORE *
      S: a8 BAD …
    `);
  }));
