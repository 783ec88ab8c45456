import { strict as assert } from "node:assert";
import { type ImapTest, withImap } from "./harness_test.ts";
import { formatEsort, formatSorted, savedOfSorted } from "./search_return.ts";

const MESSAGES = [
  ["Carl <b@x.test>", "ann@x.test", "", "Zebra", "3 Jan 2026 01:00:00 +0000", 10],
  ["Ann <c@x.test>", "Bob <zed@x.test>", "q@x.test", "Re: apple", "1 Jan 2026 10:00:00 +0000", 30],
  ["a@x.test", "", "p@x.test", "apple", "2 Jan 2026 23:00:00 -0500", 20],
  ["=?utf-8?q?=C3=89mile?= <d@x.test>", "x@x.test", "", "[list] Fwd: =?utf-8?q?=C3=A9clair?=", "", 5],
  ["d@x.test", "x@x.test", "", "Apple", "1 Jan 2026 11:00:00 +0100", 5],
] as const;

async function fill(test: ImapTest): Promise<void> {
  for (const [from, to, cc, subject, date, size] of MESSAGES) {
    test.clock.advance(1000);
    const fields = { From: from, To: to, Cc: cc, Subject: subject, Date: date };
    const header = Object.entries(fields).filter(([, value]) => value).map(([name, value]) =>
      `${name}: ${value}\r\n`
    );
    await test.append("INBOX", `${header.join("")}\r\n${"x".repeat(size)}\r\n`);
  }
}

/** Before and after the keys are stored. */
async function twice(test: ImapTest, play: () => Promise<void>): Promise<void> {
  await play();
  while ((await test.mailbox.ask("index", {})).more);
  await play();
}

Deno.test("SORT by each key (RFC 5256 §3, RFC 5957 §4)", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await twice(test, () =>
      test.play(String.raw`
      C: a1 SORT (SUBJECT) UTF-8 ALL
      S: * SORT 2 3 5 4 1
      S: a1 OK …
      C: a2 SORT (REVERSE SUBJECT) US-ASCII ALL
      S: * SORT 1 4 2 3 5
      S: a2 OK …
      C: a3 UID SORT (SUBJECT REVERSE DATE) UTF-8 ALL
      S: * SORT 3 2 5 4 1
      S: a3 OK …
      C: a4 SORT (DATE) UTF-8 ALL
      S: * SORT 4 2 5 1 3
      S: a4 OK …
      C: a5 SORT (FROM) UTF-8 ALL
      S: * SORT 3 1 2 4 5
      S: a5 OK …
      C: a6 SORT (TO) UTF-8 ALL
      S: * SORT 3 1 4 5 2
      S: a6 OK …
      C: a7 SORT (CC) UTF-8 ALL
      S: * SORT 1 4 5 3 2
      S: a7 OK …
      C: a8 SORT (SIZE ARRIVAL) UTF-8 NOT 3
      S: * SORT …
      S: a8 OK …
      C: a9 SORT (REVERSE ARRIVAL) UTF-8 ALL
      S: * SORT 5 4 3 2 1
      S: a9 OK …
      C: b1 SORT (DISPLAYFROM) UTF-8 ALL
      S: * SORT 3 2 1 5 4
      S: b1 OK …
      C: b2 SORT (DISPLAYTO) UTF-8 ALL
      S: * SORT 3 1 2 4 5
      S: b2 OK …
      C: b2a SORT (DISPLAYFROM) UTF-8 FROM d@x.test
      S: * SORT 5 4
      S: b2a OK …
      C: b3 SORT (SUBJECT) UTF-8 SUBJECT nothing
      S: * SORT
      S: b3 OK …
      C: b4 SORT (SUBJECT) "UTF-8" SUBJECT APPLE
      S: * SORT 2 3 5
      S: b4 OK …
    `));
  }));

Deno.test("SORT refuses what it does not know", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SORT () UTF-8 ALL
      S: a1 BAD …
      C: a2 SORT (REVERSE) UTF-8 ALL
      S: a2 BAD …
      C: a3 SORT (COLOUR) UTF-8 ALL
      S: a3 BAD …
      C: a4 SORT (SUBJECT) ALL
      S: a4 BAD …
      C: a5 SORT (SUBJECT) X-NONE ALL
      S: a5 NO [BADCHARSET (US-ASCII UTF-8)] …
      C: a6 SORT SUBJECT UTF-8 ALL
      S: a6 BAD …
      C: a7 THREAD X UTF-8 ALL
      S: a7 BAD …
      C: a8 THREAD REFERENCES X-NONE ALL
      S: a8 NO [BADCHARSET (US-ASCII UTF-8)] …
      C: a9 UNSELECT
      S: a9 OK …
      C: b1 SORT (SUBJECT) UTF-8 ALL
      S: b1 BAD …
    `);
  }));

Deno.test("SORT RETURN answers as ESEARCH in its order (RFC 5267 §3)", () =>
  withImap(async (test) => {
    await fill(test);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 SORT RETURN () (SUBJECT) UTF-8 ALL
      S: * ESEARCH (TAG "a1") ALL 2:3,5,4,1
      S: a1 OK …
      C: a2 UID SORT RETURN (MIN MAX COUNT) (REVERSE DATE) UTF-8 ALL
      S: * ESEARCH (TAG "a2") UID MIN 3 MAX 4 COUNT 5
      S: a2 OK …
      C: a3 SORT RETURN (PARTIAL 2:3 COUNT) (SUBJECT) UTF-8 ALL
      S: * ESEARCH (TAG "a3") COUNT 5 PARTIAL (2:3 3,5)
      S: a3 OK …
      C: a4 SORT RETURN (PARTIAL 8:9) (SUBJECT) UTF-8 ALL
      S: * ESEARCH (TAG "a4") PARTIAL (8:9 NIL)
      S: a4 OK …
      C: a5 SORT RETURN (PARTIAL -1:-2 SAVE) (SUBJECT) UTF-8 ALL
      S: * ESEARCH (TAG "a5") PARTIAL (-1:-2 4,1)
      S: a5 OK …
      C: a6 SEARCH $
      S: * SEARCH 1 4
      S: a6 OK …
      C: a7 SORT RETURN (ALL) (DATE) UTF-8 MODSEQ 1
      S: * OK [HIGHESTMODSEQ …] …
      S: * ESEARCH (TAG "a7") ALL 4,2,5,1,3 MODSEQ 6
      S: a7 OK …
      C: a8 SORT (DATE) UTF-8 MODSEQ 1
      S: * SORT 4 2 5 1 3 (MODSEQ 6)
      S: a8 OK …
      C: a9 SORT RETURN (ALL PARTIAL 1:2) (DATE) UTF-8 ALL
      S: a9 BAD …
      C: b1 SORT RETURN (COUNT) (DATE) UTF-8 SUBJECT nothing
      S: * ESEARCH (TAG "b1") COUNT 0
      S: b1 OK …
    `);
  }));

Deno.test("THREAD (RFC 5256 §3)", () =>
  withImap(async (test) => {
    const letters: [id: string, headers: string][] = [
      ["a", "Subject: plans\r\n"],
      ["b", "Subject: Re: plans\r\nIn-Reply-To: <a@x.test> (on Monday) <other@x.test>\r\n"],
      ["c", 'Subject: Re: plans\r\nReferences: <"a"@x.test>\r\n\t<b@x.test>\r\n'],
      ["d", "Subject: else\r\nReferences: <gone@x.test>\r\n"],
      ["e", "Subject: else\r\nReferences: <gone@x.test>\r\n"],
      ["f", "Subject: Re: plans\r\n"],
    ];
    for (const [id, headers] of letters) {
      test.clock.advance(1000);
      await test.append("INBOX", `Message-ID: <${id}@x.test>\r\n${headers}\r\nx\r\n`);
    }
    const client = await test.open("INBOX");
    await twice(test, () =>
      test.play(String.raw`
      C: a1 THREAD REFERENCES UTF-8 ALL
      S: * THREAD (1 (2 3)(6))((4)(5))
      S: a1 OK …
      C: a2 UID THREAD ORDEREDSUBJECT UTF-8 ALL
      S: * THREAD (1 (2)(3)(6))(4 5)
      S: a2 OK …
      C: a3 THREAD REFERENCES US-ASCII NOT 1
      S: * THREAD ((2 3)(6))((4)(5))
      S: a3 OK …
      C: a4 THREAD REFERENCES UTF-8 SUBJECT nothing
      S: * THREAD
      S: a4 OK …
    `));
    await test.command(client, "STORE 1 +FLAGS.SILENT (\\Deleted)");
    await test.command(client, "EXPUNGE");
    assert.deepEqual(await test.command(client, "THREAD REFERENCES UTF-8 ALL"), [
      "* THREAD ((1 2)(5))((3)(4))",
    ]);
    assert.deepEqual(await test.command(client, "UID THREAD REFERENCES UTF-8 ALL"), [
      "* THREAD ((2 3)(6))((4)(5))",
    ]);
    // Asked again, and after another message came.
    for (const want of ["* THREAD ((1 2)(5))((3)(4))", "* THREAD ((1 2)(5))((3)(4))"]) {
      assert.deepEqual(await test.command(client, "THREAD REFERENCES UTF-8 ALL"), [want]);
    }
    await test.append("INBOX", "Message-ID: <g@x.test>\r\nReferences: <f@x.test>\r\n\r\nx\r\n");
    await test.command(client, "NOOP");
    assert.deepEqual(await test.command(client, "THREAD REFERENCES UTF-8 ALL"), [
      "* THREAD ((1 2)(5 6))((3)(4))",
    ]);
  }));

Deno.test("formatSorted() joins only what ascends (RFC 5267 §3.2)", () => {
  assert.equal(formatSorted(Uint32Array.of(3, 2, 1, 2, 3, 9, 11)), "3,2,1:3,9,11");
  assert.equal(formatSorted(Uint32Array.of()), "");
  assert.equal(formatEsort("a", false, Uint32Array.of(), ["ALL", "MIN"], null), '* ESEARCH (TAG "a")\r\n');
  assert.deepEqual(savedOfSorted(Uint32Array.of(9, 2, 5), ["SAVE", "MIN"]), [9, 9]);
  assert.deepEqual(savedOfSorted(Uint32Array.of(9, 2, 5), ["SAVE", "MIN", "MAX"]), [5, 5, 9, 9]);
  assert.deepEqual(savedOfSorted(Uint32Array.of(9, 2, 5), ["SAVE"]), [2, 2, 5, 5, 9, 9]);
});
