import { strict as assert } from "node:assert";
import { LIMITS } from "../../base/limits.ts";
import { addedTo, removedFrom } from "./context_changes.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

async function fill(test: ImapTest, subjects: string[]): Promise<void> {
  for (const subject of subjects) await test.append("INBOX", `Subject: ${subject}\r\n\r\nx\r\n`);
}

Deno.test("RETURN (UPDATE) follows a search (RFC 5267 §4.3)", () =>
  withImap(async (test) => {
    await fill(test, ["a", "b", "c"]);
    await test.open("INBOX");
    const other = await test.open("INBOX");
    await test.play(String.raw`
      C: a1 UID SEARCH RETURN (UPDATE COUNT) FLAGGED
      S: * ESEARCH (TAG "a1") UID COUNT 0
      S: a1 OK …
      C: a2 SEARCH RETURN (UPDATE ALL CONTEXT) SUBJECT b
      S: * ESEARCH (TAG "a2") ALL 2
      S: a2 OK …
      C: a1 SEARCH RETURN (UPDATE) ALL
      S: a1 BAD …
      C: a3 SEARCH RETURN (UPDATE) UNFLAGGED
      S: * ESEARCH (TAG "a3")
      S: a3 OK …
      C: a4 STORE 1 +FLAGS (\Flagged)
      S: * 1 FETCH (FLAGS (\Flagged \Recent))
      S: * ESEARCH (TAG "a1") UID ADDTO (0 1)
      S: * ESEARCH (TAG "a3") REMOVEFROM (0 1)
      S: a4 OK …
      C: a5 STORE 1 -FLAGS.SILENT (\Flagged)
      S: * ESEARCH (TAG "a1") UID REMOVEFROM (0 1)
      S: * ESEARCH (TAG "a3") ADDTO (0 1)
      S: a5 OK …
    `);
    await test.command(other, "STORE 2 +FLAGS (\\Flagged)");
    await fill(test, ["bb"]);
    await test.play(String.raw`
      C: a6 NOOP
      S: * 4 EXISTS
      S: * 2 FETCH (FLAGS (\Flagged \Recent))
      S: * ESEARCH (TAG "a1") UID ADDTO (0 2)
      S: * ESEARCH (TAG "a2") ADDTO (0 4)
      S: * ESEARCH (TAG "a3") REMOVEFROM (0 2) ADDTO (0 4)
      S: …RECENT
      S: a6 OK …
      C: a7 CANCELUPDATE "a1" "a3"
      S: a7 OK …
      C: a8 CANCELUPDATE "a1"
      S: a8 BAD …
      C: a9 CANCELUPDATE
      S: a9 BAD …
    `);
    await test.command(other, "UID STORE 2,4 +FLAGS.SILENT (\\Deleted)");
    await test.command(other, "EXPUNGE");
    await test.play(String.raw`
      C: b1 FETCH 1 UID
      S: * 1 FETCH (UID 1)
      S: * ESEARCH (TAG "a2") REMOVEFROM (0 2,4)
      S: b1 OK …
      C: b2 NOOP
      S: * 4 EXPUNGE
      S: * 2 EXPUNGE
      S: b2 OK …
    `);
  }));

Deno.test("RETURN (UPDATE) follows a sort by its places (RFC 5267 §4.3.3, §4.3.4)", () =>
  withImap(async (test) => {
    await fill(test, ["d", "b", "f"]);
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNDELETED
      S: * ESEARCH (TAG "a1") UID ALL 2,1,3
      S: a1 OK …
    `);
    await fill(test, ["a", "e", "g"]);
    await test.play(String.raw`
      C: a2 NOOP
      S: * 6 EXISTS
      S: * ESEARCH (TAG "a1") UID ADDTO (1 4 4 5 6 6)
      S: …RECENT
      S: a2 OK …
      C: a3 UID STORE 2,3,4 +FLAGS.SILENT (\Deleted)
      S: * ESEARCH (TAG "a1") UID REMOVEFROM (5 3 1 4,2)
      S: a3 OK …
      C: a4 UID STORE 3 -FLAGS.SILENT (\Deleted)
      S: * ESEARCH (TAG "a1") UID ADDTO (3 3)
      S: a4 OK …
      C: a5 UID STORE 1 +FLAGS.SILENT (\Deleted)
      S: * ESEARCH (TAG "a1") UID REMOVEFROM (1 1)
      S: a5 OK …
      C: a6 CLOSE
      S: a6 OK …
      C: a7 SELECT INBOX
    `);
    assert.match(await test.connections[0].line() ?? "", /EXISTS/);
  }));

Deno.test("results are followed during IDLE, and so many only", () =>
  withImap(async (test) => {
    await fill(test, ["a"]);
    const client = await test.open("INBOX");
    await test.command(client, "NOOP");
    for (let i = 0; i < LIMITS.imapContexts; i++) {
      client.send(`x${i} SEARCH RETURN (UPDATE) SUBJECT ${i ? "none" : "b"}\r\n`);
      assert.equal(await client.line(), `* ESEARCH (TAG "x${i}")`);
      assert.match(await client.line() ?? "", /^x\d OK/);
    }
    await test.play(String.raw`
      C: a1 SEARCH RETURN (UPDATE COUNT) ALL
      S: * ESEARCH (TAG "a1") COUNT 1
      S: * NO [NOUPDATE "a1"] …
      S: a1 OK …
      C: a2 IDLE
      S: + idling
    `);
    await fill(test, ["b"]);
    await test.play(String.raw`
      S: * 2 EXISTS
      S: * ESEARCH (TAG "x0") ADDTO (0 2)
      C: DONE
      S: * 2 RECENT
      S: a2 OK …
    `);
  }));

Deno.test("places of random changes lead a client from one order to the next", () => {
  let state = 3;
  const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
  for (let round = 0; round < 500; round++) {
    const all = Array.from({ length: 12 }, (_, i) => i + 1).sort(() => next(3) - 1);
    const before = all.filter(() => next(2)), after = all.filter(() => next(2));
    const list = [...before];
    const removed = removedFrom(Uint32Array.from(before), (uid) => after.includes(uid), (uid) => uid);
    for (const [at, uids] of pairs(removed)) assert.deepEqual(list.splice(at - 1, uids.length), uids);
    const added = addedTo(Uint32Array.from(after), (uid) => before.includes(uid), (uid) => uid);
    for (const [at, uids] of pairs(added)) list.splice(at - 1, 0, ...uids);
    assert.deepEqual(list, after);
  }
});

function pairs(text: string): [number, number[]][] {
  return [...text.matchAll(/(\d+) (\S+)/g)].map(([, at, set]) => [
    Number(at),
    set.split(",").flatMap((range) => {
      const [first, last = first] = range.split(":").map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
  ]);
}
