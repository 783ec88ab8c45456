import { strict as assert } from "node:assert";
import { begin, SHARED, type SharingTest, withSharing } from "./sharing_harness_test.ts";

const RULE = "/shared/vendor/mallard/shared-seen";

/** Two messages, the first seen by all; bob may mark and carol, too. From here on each has an own \Seen. */
async function beginOwn(test: SharingTest): Promise<void> {
  await begin(test);
  await test.imap.command(test.sessions[0], "APPEND Work {3+}\r\ntwo");
  await test.imap.command(test.sessions[0], "APPEND Work (\\Seen) {5+}\r\nthree");
  // \Recent is the owner's sessions'.
  await test.imap.command(test.sessions[0], "SELECT Work");
  await test.imap.command(test.sessions[0], "UNSELECT");
  await test.share("Work", "bob@a.test", "lrswite");
  await test.share("Work", "carol@a.test", "lrs");
  await test.imap.command(test.sessions[0], `SETMETADATA Work (${RULE} "false")`);
}

async function searchSeen(test: SharingTest, session: number): Promise<string | undefined> {
  const lines = await test.imap.command(test.sessions[session], "UID SEARCH SEEN");
  return lines.find((line) => line.startsWith("* SEARCH"));
}

Deno.test("each reader of a folder has an own \\Seen: FETCH, STATUS, SEARCH and SELECT tell it", () =>
  withSharing(async (test) => {
    await beginOwn(test);
    await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    await test.imap.command(test.sessions[2], `SELECT ${SHARED}`);
    await test.play(String.raw`
      C2: a1 STATUS ${SHARED} (UNSEEN)
      S2: * STATUS #Shared/alice@a.test/Work (UNSEEN 2)
      S2: a1 OK …
      C2: a2 STORE 1 +FLAGS (\Seen \Answered)
      S2: * 1 FETCH (FLAGS (\Seen \Answered \Flagged work))
      S2: a2 OK …
      C2: a3 STORE 3 -FLAGS (\Seen)
      S2: * 3 FETCH (FLAGS ())
      S2: a3 OK …
      C3: a4 NOOP
      S3: * 1 FETCH (FLAGS (\Answered \Flagged work))
      S3: * 3 FETCH (FLAGS (\Seen))
      S3: a4 OK …
      C3: a5 FETCH 2 BODY[]
      S3: * 2 FETCH (BODY[] {3}
      S3: two FLAGS (\Seen))
      S3: a5 OK …
      C3: a6 SEARCH SEEN
      S3: * SEARCH 2 3
      S3: a6 OK …
      C3: a7 SEARCH UNSEEN NOT TEXT absent
      S3: * SEARCH 1
      S3: a7 OK …
      C2: a8 SEARCH UNSEEN
      S2: * SEARCH 2 3
      S2: * 2 FETCH (FLAGS ())
      S2: a8 OK …
      C: b1 STATUS Work (UNSEEN)
      S: * STATUS Work (UNSEEN 2)
      S: b1 OK …
      C3: b2 STATUS ${SHARED} (UNSEEN)
      S3: * STATUS #Shared/alice@a.test/Work (UNSEEN 1)
      S3: b2 OK …
      C3: b3 SORT (ARRIVAL) UTF-8 NOT SEEN
      S3: * SORT 1
      S3: b3 OK …
      C: c1 SELECT Work
      S: * 3 EXISTS
      S: * …
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft work)
      S: * OK [PERMANENTFLAGS …
      S: * OK [UIDVALIDITY …
      S: * OK [UIDNEXT 4] …
      S: * OK [HIGHESTMODSEQ …
      S: * OK [MAILBOXID …
      S: * OK [UNSEEN 1] …
      S: c1 OK …
    `);
  }));

Deno.test("switching the rule loses nothing, and every open session hears of it with a new MODSEQ", () =>
  withSharing(async (test) => {
    await beginOwn(test);
    await test.imap.command(test.sessions[1], `SELECT ${SHARED} (CONDSTORE)`);
    await test.imap.command(test.sessions[1], "STORE 1 +FLAGS.SILENT (\\Seen)");
    const seen = async (session: number) => {
      return await searchSeen(test, session);
    };
    await test.imap.command(test.sessions[2], `SELECT ${SHARED}`);
    assert.equal(await seen(1), "* SEARCH 1 3");
    assert.equal(await seen(2), "* SEARCH 3");
    const modSeq = async () => {
      const [line] = await test.imap.command(test.sessions[1], `STATUS ${SHARED} (HIGHESTMODSEQ)`);
      return Number(/HIGHESTMODSEQ (\d+)/.exec(line)![1]);
    };
    const before = await modSeq();
    await test.imap.command(test.sessions[0], `SETMETADATA Work (${RULE} "true")`);
    assert.ok(await modSeq() > before);
    await test.play(String.raw`
      C2: a1 FETCH 1:3 (FLAGS) (CHANGEDSINCE ${before})
      S2: * 1 FETCH (FLAGS (\Flagged work) MODSEQ (…
      S2: a1 OK …
    `);
    // Common again: what one marks all see.
    await test.imap.command(test.sessions[1], "STORE 2 +FLAGS (\\Seen)");
    assert.equal(await seen(2), "* SEARCH 2 3");
    await test.imap.command(test.sessions[0], `SETMETADATA Work (${RULE} "false")`);
    assert.equal(await seen(1), "* SEARCH 1 2 3");
    assert.equal(await seen(2), "* SEARCH 2 3");
    await test.play(String.raw`
      C: b1 SETMETADATA Work (${RULE} "maybe")
      S: b1 NO [CANNOT] …
      C: b2 GETMETADATA Work ${RULE}
      S: * METADATA Work (${RULE} "false")
      S: b2 OK …
    `);
  }));

Deno.test("a copy is new to all but who made it; what moves between folders of own marks keeps everybody's", () =>
  withSharing(async (test) => {
    await beginOwn(test);
    for (const session of [1, 2]) {
      await test.imap.command(test.sessions[session], `SELECT ${SHARED}`);
      await test.imap.command(test.sessions[session], "STORE 1 +FLAGS (\\Seen)");
    }
    const shared = '"#Shared/alice@a.test/Work/New"';
    const seen = async (session: number, name: string) => {
      await test.imap.command(test.sessions[session], `SELECT ${name}`);
      return await searchSeen(test, session);
    };
    // It begins with the rights and the rule of the folder above.
    await test.imap.command(test.sessions[0], "CREATE Work/New");
    await test.imap.command(test.sessions[0], 'SETACL Work/New bob@a.test "lrswite"');
    await test.imap.command(test.sessions[1], `COPY 1 ${shared}`);
    assert.deepEqual([await seen(1, shared), await seen(2, shared)], ["* SEARCH 1", "* SEARCH"]);
    await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    await test.imap.command(test.sessions[1], `MOVE 1 ${shared}`);
    assert.deepEqual([await seen(1, shared), await seen(2, shared)], ["* SEARCH 1 2", "* SEARCH 2"]);
    await test.imap.command(test.sessions[1], `APPEND ${shared} (\\Seen) {3+}\r\nnew`);
    assert.deepEqual([await seen(1, shared), await seen(2, shared)], ["* SEARCH 1 2 3", "* SEARCH 2"]);
    // Into a folder of one's own: as who moves it sees it.
    await test.imap.command(test.sessions[1], `SELECT ${shared}`);
    await test.imap.command(test.sessions[1], "MOVE 1:3 Archive");
    assert.equal(await seen(1, "Archive"), "* SEARCH 1 2 3");
    await test.imap.command(test.sessions[0], "SELECT Work");
    await test.imap.command(test.sessions[0], "COPY 1 INBOX");
    assert.equal(await seen(0, "INBOX"), "* SEARCH");
    const [line] = await test.imap.command(test.sessions[0], "FETCH 1 FLAGS");
    assert.equal(line, "* 1 FETCH (FLAGS (\\Recent))");
  }));

Deno.test("without the right to it a reader marks nothing, and sees what was common", () =>
  withSharing(async (test) => {
    await beginOwn(test);
    await test.share("Work", "carol@a.test", "lr");
    await test.imap.command(test.sessions[2], `SELECT ${SHARED}`);
    await test.play(String.raw`
      C3: a1 STORE 1 +FLAGS (\Seen)
      S3: a1 NO [READ-ONLY] …
      C3: a2 FETCH 2 BODY[]
      S3: * 2 FETCH (BODY[] {3}
      S3: two)
      S3: a2 OK …
      C3: a3 SEARCH SEEN
      S3: * SEARCH 3
      S3: a3 OK …
    `);
  }));

Deno.test("QRESYNC tells each reader the own \\Seen", () =>
  withSharing(async (test) => {
    await beginOwn(test);
    await test.imap.command(test.sessions[1], "ENABLE QRESYNC");
    const lines = await test.imap.command(test.sessions[1], `SELECT ${SHARED}`);
    const text = lines.join("\n");
    const [validity, modSeq] = [/UIDVALIDITY (\d+)/, /HIGHESTMODSEQ (\d+)/].map((one) => one.exec(text)![1]);
    await test.imap.command(test.sessions[1], "UNSELECT");
    await test.imap.command(test.sessions[2], `SELECT ${SHARED}`);
    await test.imap.command(test.sessions[2], "STORE 1:2 +FLAGS (\\Seen)");
    const told = await test.imap.command(
      test.sessions[1],
      `SELECT ${SHARED} (QRESYNC (${validity} ${modSeq}))`,
    );
    const flags = told.filter((line) => line.includes("FETCH")).map((line) =>
      /FLAGS (\(.*?\))/.exec(line)![1]
    );
    assert.deepEqual(flags, ["(\\Flagged work)", "()"]);
  }));
