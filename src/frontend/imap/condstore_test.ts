import { strict as assert } from "node:assert";
import type { FakeConnection } from "../../../tests/support/fake_connection.ts";
import { type ImapTest, withImap } from "./harness_test.ts";

/** UIDVALIDITY and HIGHESTMODSEQ as SELECT told them. */
async function selected(test: ImapTest, connection: FakeConnection, command = "SELECT INBOX") {
  const lines = (await test.command(connection, command)).join("\n");
  return {
    validity: Number(/UIDVALIDITY (\d+)/.exec(lines)![1]),
    modSeq: Number(/HIGHESTMODSEQ (\d+)/.exec(lines)![1]),
    lines,
  };
}

Deno.test("a conditional STORE tells what it did not touch (RFC 7162 §3.1.3)", () =>
  withImap(async (test) => {
    await test.append();
    await test.append();
    const connection = await test.open();
    const { modSeq } = await selected(test, connection, "SELECT INBOX (CONDSTORE)");
    await test.play(String.raw`
      C: a1 UID STORE 1 +FLAGS (\Seen)
      S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent) MODSEQ (${modSeq + 1}))
      S: a1 OK …
      C: a2 STORE 1:2 (UNCHANGEDSINCE ${modSeq}) +FLAGS.SILENT (\Flagged)
      S: * 2 FETCH (UID 2 MODSEQ (${modSeq + 2}))
      S: a2 OK [MODIFIED 1] …
      C: a3 FETCH 1:* (FLAGS) (CHANGEDSINCE ${modSeq + 1})
      S: * 2 FETCH (FLAGS (\Flagged \Recent) MODSEQ (${modSeq + 2}))
      S: a3 OK …
      C: a4 FETCH 1 BODY[TEXT]
      S: * 1 FETCH (BODY[TEXT] {6}
      S: body
      S: )
      S: a4 OK …
      C: a5 FETCH 2 BODY[TEXT]
      S: * 2 FETCH (BODY[TEXT] {6}
      S: body
      S:  FLAGS (\Seen \Flagged \Recent) UID 2 MODSEQ (${modSeq + 3}))
      S: a5 OK …
      C: a6 FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
      S: a6 BAD …
    `);
  }));

Deno.test("the first use of CONDSTORE with a folder open tells HIGHESTMODSEQ", () =>
  withImap(async (test) => {
    await test.append();
    await test.open("INBOX");
    await test.play(`
      C: a1 FETCH 1 MODSEQ
      S: * OK [HIGHESTMODSEQ …] …
      S: * 1 FETCH (MODSEQ (…))
      S: a1 OK …
      C: a2 FETCH 1 MODSEQ
      S: * 1 FETCH (MODSEQ (…))
      S: a2 OK …
    `);
  }));

Deno.test("QRESYNC brings a client up to date in one command (RFC 7162 §3.2.5)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 6; i++) await test.append();
    const first = await test.open("INBOX", "QRESYNC");
    const { validity, modSeq } = await selected(test, first);
    await test.command(first, "UNSELECT");
    const second = await test.open("INBOX");
    await test.command(second, "STORE 2,4:5 +FLAGS.SILENT (\\Deleted)");
    await test.command(second, "EXPUNGE");
    await test.command(second, "STORE 1 +FLAGS.SILENT (\\Seen)");
    const { lines } = await selected(test, first, `SELECT INBOX (QRESYNC (${validity} ${modSeq} 1:6))`);
    assert.match(
      lines,
      /\* VANISHED \(EARLIER\) 2,4:5\n\* 1 FETCH \(UID 1 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$/,
    );
    const narrow = await selected(
      test,
      first,
      `SELECT INBOX (QRESYNC (${validity} ${modSeq} 3:4 (1,3 1,3)))`,
    );
    assert.match(narrow.lines, /\* OK \[CLOSED\]/);
    assert.match(narrow.lines, /\* VANISHED \(EARLIER\) 4$/);
    const other = await selected(test, first, `SELECT INBOX (QRESYNC (${validity + 1} ${modSeq}))`);
    assert.doesNotMatch(other.lines, /VANISHED/);
    await test.play(`
      C: a1 UID FETCH 1:6 (UID FLAGS) (CHANGEDSINCE ${modSeq} VANISHED)
      S: * VANISHED (EARLIER) 2,4:5
      S: * 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (…))
      S: a1 OK …
    `);
  }));

Deno.test("QRESYNC turns EXPUNGE into VANISHED everywhere", () =>
  withImap(async (test) => {
    for (let i = 0; i < 6; i++) await test.append();
    const first = await test.open("INBOX", "QRESYNC");
    const second = await test.open("INBOX", "QRESYNC");
    await test.command(second, "CREATE Box");
    const told: string[] = [];
    for (
      const command of [
        "UID STORE 1:6 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 1:2",
        "MOVE 1 Box",
        "EXPUNGE",
      ]
    ) {
      told.push(...(await test.command(second, command)).filter((line) => line.includes("VANISHED")));
    }
    assert.deepEqual(told, ["* VANISHED 1:2", "* VANISHED 3", "* VANISHED 4:6"]);
    assert.deepEqual(await test.command(first, "NOOP"), ["* VANISHED 1:6"]);
    await test.play(`
      C2: a1 CLOSE
      S2: a1 OK …
    `);
  }));

Deno.test("what is held back is not lost to who drops the connection: HIGHESTMODSEQ stays below it (RFC 7162 §3.2, §3.2.8)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 4; i++) await test.append();
    const first = await test.open("INBOX", "QRESYNC");
    const { validity, modSeq } = await selected(test, first);
    const second = await test.open("INBOX");
    await test.command(second, "STORE 2 +FLAGS.SILENT (\\Deleted)");
    const flagged = Number(
      /HIGHESTMODSEQ (\d+)/.exec((await test.command(second, "STATUS INBOX (HIGHESTMODSEQ)"))[0])![1],
    );
    await test.command(first, "NOOP");
    await test.command(second, "EXPUNGE");
    // STORE by number must not tell of it, and its own MODSEQ is larger.
    const lines = await test.command(first, "STORE 1 +FLAGS.SILENT (\\Seen)");
    assert.match(lines[0], /^\* 1 FETCH \(UID 1 MODSEQ/);
    assert.match(lines.at(-1)!, new RegExp(`^\\* OK \\[HIGHESTMODSEQ ${flagged}\\]`));
    assert.ok(flagged > modSeq);
    const again = await test.open(undefined, "QRESYNC");
    const { lines: resync } = await selected(
      test,
      again,
      `SELECT INBOX (QRESYNC (${validity} ${flagged} 1:4))`,
    );
    assert.match(resync, /\* VANISHED \(EARLIER\) 2$/m);
    assert.deepEqual(await test.command(first, "NOOP"), ["* VANISHED 2"]);
    await test.command(first, "STORE 1 +FLAGS.SILENT (\\Deleted)");
    await test.play(`
      C1: a1 CLOSE
      S1: a1 OK CLOSE completed
    `);
  }));

Deno.test("a MODSEQ from beyond what the client has heard of is not taken for all: HIGHESTMODSEQ says so (RFC 7162 §6)", () =>
  withImap(async (test) => {
    for (let i = 0; i < 3; i++) await test.append();
    for (const enable of ["QRESYNC", "CONDSTORE"]) {
      const first = await test.open("INBOX", enable);
      await test.command(first, "NOOP");
      const { validity, modSeq } = await selected(test, first);
      await test.command(first, "NOOP");
      const second = await test.open("INBOX");
      await test.command(second, `STORE 1 +FLAGS.SILENT (\\Deleted ${enable})`);
      await test.command(second, `STORE 2 +FLAGS.SILENT (${enable})`);
      // The message it asks for has the later change; of the one before it the mailbox cannot tell for the moment.
      test.busy = true;
      const lines = await test.command(first, "FETCH 2 (UID MODSEQ)");
      test.busy = false;
      assert.ok(Number(/MODSEQ \((\d+)\)/.exec(lines[0])![1]) > modSeq + 1, lines.join());
      assert.match(lines[1], new RegExp(`^\\* OK \\[HIGHESTMODSEQ ${modSeq}\\]`));
      const again = await test.open(undefined, "QRESYNC");
      const resync = await selected(test, again, `SELECT INBOX (QRESYNC (${validity} ${modSeq} 1:3))`);
      assert.match(resync.lines, /\* 1 FETCH \(UID 1 FLAGS \(.*\\Deleted/);
      assert.ok((await test.command(first, "NOOP")).some((line) => line.startsWith("* 1 FETCH")));
      assert.deepEqual(await test.command(first, "NOOP"), []);
    }
  }));

Deno.test("IMAP4rev2 leaves RECENT and UNSEEN out and names the folder", () =>
  withImap(async (test) => {
    await test.append();
    const connection = await test.open(undefined, "IMAP4rev2");
    const { lines } = await selected(test, connection);
    assert.doesNotMatch(lines, /RECENT|UNSEEN/);
    assert.match(lines, /\* LIST \(.*\) "\/" INBOX/);
    await test.append();
    assert.deepEqual(await test.command(connection, "NOOP"), ["* 2 EXISTS"]);
    assert.deepEqual(await test.command(connection, "STORE 1 +FLAGS (\\Seen)"), [
      "* 1 FETCH (UID 1 FLAGS (\\Seen))",
    ]);
  }));
