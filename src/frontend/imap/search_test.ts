import { strict as assert } from "node:assert";
import { uidList, uidSet } from "../../codec/imap/uid_set.ts";
import { formatEsearch, takePartial } from "./esearch.ts";
import { type ImapTest, withImap } from "./harness_test.ts";
import { savedOf } from "./search_return.ts";

async function fill(test: ImapTest): Promise<void> {
  for (const name of ["apple", "pear", "apple pie", "plum"]) {
    await test.append("INBOX", `Subject: ${name}\r\n\r\nabout ${name}\r\n`);
  }
}

Deno.test("SEARCH answers in the form that was asked for (RFC 4731)", () =>
  withImap(async (test) => {
    await fill(test);
    const connection = await test.open("INBOX");
    await test.command(connection, "STORE 1 +FLAGS.SILENT (\\Deleted)");
    await test.command(connection, "EXPUNGE");
    await test.play(String.raw`
      C: a1 SEARCH SUBJECT pie
      S: * SEARCH 2
      S: a1 OK …
      C: a2 UID SEARCH SUBJECT pie
      S: * SEARCH 3
      S: a2 OK …
      C: a3 SEARCH SUBJECT banana
      S: * SEARCH
      S: a3 OK …
      C: a4 SEARCH RETURN (MIN MAX COUNT) ALL
      S: * ESEARCH (TAG "a4") MIN 1 MAX 3 COUNT 3
      S: a4 OK …
      C: a5 UID SEARCH RETURN () NOT SUBJECT pie
      S: * ESEARCH (TAG "a5") UID ALL 2,4
      S: a5 OK …
      C: a6 SEARCH RETURN (MIN COUNT) SUBJECT banana
      S: * ESEARCH (TAG "a6") COUNT 0
      S: a6 OK …
      C: a7 SEARCH CHARSET KLINGON SUBJECT x
      S: a7 NO [BADCHARSET (US-ASCII UTF-8)] …
      C: a8 SEARCH OR 1 UID 4
      S: * SEARCH 1 3
      S: a8 OK …
      C: c1 UID SEARCH RETURN (PARTIAL -1:-2 COUNT) ALL
      S: * ESEARCH (TAG "c1") UID COUNT 3 PARTIAL (-1:-2 3:4)
      S: c1 OK …
      C: c2 SEARCH RETURN (PARTIAL 1:2 ALL) ALL
      S: c2 BAD …
      C: c3 UID FETCH 1:* UID (PARTIAL -1:-2)
      S: * 2 FETCH (UID 3)
      S: * 3 FETCH (UID 4)
      S: c3 OK …
      C: c4 FETCH 1:* UID (PARTIAL 1:2)
      S: c4 BAD …
      C: a9 SEARCH OR 7 2,9
      S: * SEARCH 2
      S: a9 OK …
      C: b1 SEARCH
      S: b1 BAD …
    `);
  }));

Deno.test("$ stands for a saved result and follows expunges (RFC 5182)", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SEARCH RETURN (SAVE) SUBJECT apple
      S: a1 OK …
      C: a2 FETCH $ UID
      S: * 1 FETCH (UID 1)
      S: * 3 FETCH (UID 3)
      S: a2 OK …
      C: a3 UID STORE $ +FLAGS.SILENT (\Flagged)
      S: a3 OK …
      C: a4 SEARCH RETURN (MAX SAVE) $
      S: * ESEARCH (TAG "a4") MAX 3
      S: a4 OK …
      C: a5 SEARCH $
      S: * SEARCH 3
      S: a5 OK …
      C: a6 STORE $ +FLAGS.SILENT (\Deleted)
      S: a6 OK …
      C: a7 EXPUNGE
      S: * 3 EXPUNGE
      S: a7 OK …
      C: a8 FETCH $ UID
      S: a8 OK …
    `);
  }));

Deno.test("a SAVE that fails with NO empties $, with BAD it does not", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SEARCH RETURN (SAVE) 2
      S: a1 OK …
      C: a2 SEARCH RETURN (SAVE) NONSENSE
      S: a2 BAD …
      C: a3 FETCH $ UID
      S: * 2 FETCH (UID 2)
      S: a3 OK …
      C: a4 SEARCH RETURN (SAVE) CHARSET X-NONE ALL
      S: a4 NO [BADCHARSET (US-ASCII UTF-8)] …
      C: a5 FETCH $ UID
      S: a5 OK …
    `);
  }));

Deno.test("message numbers in an empty folder match nothing", () =>
  withImap(async (test) => {
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SEARCH 1:* UNSEEN
      S: * SEARCH
      S: a1 OK …
      C: a2 FETCH 1:* FLAGS
      S: a2 BAD …
    `);
  }));

Deno.test("SEARCH MODSEQ tells the highest and turns CONDSTORE on", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SEARCH MODSEQ 1
      S: * OK [HIGHESTMODSEQ …] …
      S: * SEARCH 1 2 3 4 (MODSEQ …)
      S: a1 OK …
      C: a2 SEARCH RETURN (MIN) MODSEQ 1
      S: * ESEARCH (TAG "a2") MIN 1 MODSEQ …
      S: a2 OK …
    `);
  }));

Deno.test("IMAP4rev2 answers every SEARCH with ESEARCH", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX", "IMAP4rev2");
    await test.play(`
      C: a1 UID SEARCH ALL
      S: * ESEARCH (TAG "a1") UID ALL 1:4
      S: a1 OK …
    `);
  }));

Deno.test("savedOf() keeps what the options name", () => {
  assert.deepEqual(savedOf([3, 9], ["SAVE"]), [3, 9]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "MIN"]), [3, 3]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "MIN", "MAX"]), [3, 3, 9, 9]);
  assert.deepEqual(savedOf([3, 4], ["SAVE", "MIN", "MAX"]), [3, 4]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "MAX", "COUNT"]), [3, 9]);
  assert.deepEqual(savedOf([], ["SAVE", "MIN"]), []);
  // RFC 9394 §3.2, table 1.
  assert.deepEqual(savedOf([3, 9], ["SAVE", "PARTIAL 2:3"]), [4, 5]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "PARTIAL 2:3", "MIN"]), [3, 5]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "PARTIAL 2:3", "MAX"]), [4, 5, 9, 9]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "PARTIAL 2:3", "MIN", "MAX"]), [3, 5, 9, 9]);
  assert.deepEqual(savedOf([3, 9], ["SAVE", "PARTIAL 2:3", "COUNT", "MIN"]), [3, 9]);
});

Deno.test("takePartial() counts from either end", () => {
  const set = uidSet([2, 3, 4, 9, 11, 12]);
  const list = [...uidList(set)];
  for (let low = 1; low < 9; low++) {
    for (let high = low; high < 9; high++) {
      assert.deepEqual([...uidList(takePartial(set, `${low}:${high}`))], list.slice(low - 1, high));
      assert.deepEqual(
        [...uidList(takePartial(set, `-${high}:-${low}`))],
        list.slice(Math.max(0, list.length - high), Math.max(0, list.length - low + 1)),
      );
    }
  }
  assert.equal(
    formatEsearch("a", true, set, ["PARTIAL 9:10"], null),
    '* ESEARCH (TAG "a") UID PARTIAL (9:10 NIL)\r\n',
  );
});
