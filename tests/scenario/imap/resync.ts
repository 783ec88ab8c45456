import { strict as assert } from "node:assert";
import type { ImapClient } from "../../support/imap_client.ts";
import {
  type Dialogues,
  expectOk,
  expectResult,
  fetched,
  fetchedOne,
  fill,
  mail,
  none,
  only,
} from "../../support/imap_world.ts";

async function highest(client: ImapClient, folder = "INBOX"): Promise<number> {
  return Number(
    only(await client.ok(`STATUS ${folder} (HIGHESTMODSEQ)`), /^STATUS .*HIGHESTMODSEQ (\d+)/)[1],
  );
}

function modSeq(lines: readonly string[], number: number): number {
  return Number(/^\((\d+)\)$/.exec(fetchedOne(lines, number).get("MODSEQ")!)![1]);
}

/** CONDSTORE and QRESYNC, RFC 7162. */
export const resyncDialogues: Dialogues = {
  "every change raises MODSEQ and HIGHESTMODSEQ": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 2);
    const start = await highest(client);
    await client.ok("SELECT INBOX (CONDSTORE)");
    const before = modSeq(await client.ok("FETCH 1 (MODSEQ)"), 1);
    assert.ok(before > 0 && before <= start);
    const after = modSeq(await client.ok("STORE 1 +FLAGS (\\Seen)"), 1);
    assert.ok(after > start);
    assert.equal(modSeq(await client.ok("STORE 2 +FLAGS.SILENT (\\Seen)"), 2), await highest(client));
    expectOk(await client.append("INBOX", mail("m3")));
    const appended = await highest(client);
    assert.ok(appended > after);
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)");
    const deleted = await highest(client);
    await client.ok("EXPUNGE");
    assert.ok(await highest(client) > deleted && deleted > appended);
  },

  "a STORE that changes nothing does not raise MODSEQ": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 1);
    await client.ok("SELECT INBOX");
    await client.ok("STORE 1 +FLAGS (\\Seen)");
    const before = await highest(client);
    await client.ok("STORE 1 +FLAGS (\\Seen)");
    assert.equal(await highest(client), before);
  },

  "UNCHANGEDSINCE protects what another has changed": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(one, "INBOX", 3);
    await one.ok("SELECT INBOX (CONDSTORE)");
    await two.ok("SELECT INBOX");
    const since = await highest(one);
    await two.ok("STORE 2 +FLAGS (\\Flagged)");
    const result = await one.command(`STORE 1:3 (UNCHANGEDSINCE ${since}) +FLAGS.SILENT (\\Deleted)`);
    expectResult(result, "OK [MODIFIED 2]");
    const flags = fetched(await one.ok("FETCH 1:3 FLAGS"));
    assert.match(flags.get(1)!.get("FLAGS")!, /Deleted/);
    assert.doesNotMatch(flags.get(2)!.get("FLAGS")!, /Deleted/);
    assert.match(flags.get(3)!.get("FLAGS")!, /Deleted/);
    const uid = await one.command("UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS ()");
    assert.match(uid.text, /^\[MODIFIED 1:3\]/);
    expectResult(await one.command("STORE 1 (UNCHANGEDSINCE x) FLAGS ()"), "BAD");
    expectResult(await one.command("STORE 1 (FOO 1) FLAGS ()"), "BAD");
  },

  "FETCH CHANGEDSINCE and SEARCH MODSEQ": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 4);
    await client.ok("SELECT INBOX");
    const since = await highest(client);
    await client.ok("STORE 2,4 +FLAGS.SILENT (\\Flagged)");
    const changed = fetched(await client.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${since})`));
    assert.deepEqual([...changed.keys()], [2, 4]);
    for (const items of changed.values()) assert.ok(items.has("MODSEQ"));
    assert.deepEqual([...fetched(await client.ok(`UID FETCH 1:3 (FLAGS) (CHANGEDSINCE ${since})`)).keys()], [
      2,
    ]);
    const [, found, modseq] = only(
      await client.ok(`SEARCH MODSEQ ${since + 1}`),
      /^SEARCH ([\d ]+) \(MODSEQ (\d+)\)$/,
    );
    assert.equal(found, "2 4");
    assert.equal(Number(modseq), await highest(client));
    only(await client.ok(`SEARCH RETURN (COUNT) MODSEQ ${since + 1}`), /^ESEARCH .*COUNT 2.* MODSEQ \d+/);
    only(await client.ok('SEARCH MODSEQ "/flags/\\\\draft" all 1'), /^SEARCH 1 2 3 4 \(MODSEQ \d+\)$/);
    expectResult(await client.command("FETCH 1 FLAGS (CHANGEDSINCE)"), "BAD");
    expectResult(await client.command("UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)"), "BAD");
  },

  "after CONDSTORE unsolicited FETCHes carry MODSEQ": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(one, "INBOX", 1);
    await one.ok("ENABLE CONDSTORE");
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 1 +FLAGS (\\Seen)");
    only(await one.ok("NOOP"), /^1 FETCH \(.*MODSEQ \(\d+\)/);
  },

  "QRESYNC: SELECT tells what was missed": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(one, "INBOX", 6);
    const before = await one.ok("SELECT INBOX");
    const validity = only(before, /UIDVALIDITY (\d+)/)[1];
    const since = only(before, /HIGHESTMODSEQ (\d+)/)[1];
    await one.ok("UNSELECT");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 2,5 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    await two.ok("UID STORE 3 +FLAGS.SILENT (\\Flagged)");
    expectOk(await two.append("INBOX", mail("m7")));
    expectResult(await one.command(`SELECT INBOX (QRESYNC (${validity} ${since}))`), "BAD");
    await one.ok("ENABLE QRESYNC");
    const lines = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${since} 1:6))`);
    only(lines, /^5 EXISTS$/);
    only(lines, /^VANISHED \(EARLIER\) 2,5$/);
    const changed = fetched(lines);
    const flagged = [...changed.values()].find((items) => items.get("UID") === "3");
    assert.match(flagged!.get("FLAGS")!, /\\Flagged/);
    assert.ok(flagged!.has("MODSEQ"));
    assert.ok(![...changed.values()].some((items) => items.get("UID") === "1"));
    // Without known UIDs everything counts, new messages too.
    const all = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${since}))`);
    only(all, /^VANISHED \(EARLIER\) 2,5$/);
    assert.ok([...fetched(all).values()].some((items) => items.get("UID") === "7"));
    const match = await one.ok(`SELECT INBOX (QRESYNC (${validity} ${since} 1:6 (1,3,5 1,3,5)))`);
    only(match, /^VANISHED \(EARLIER\) (2,)?5$/);
    const other = await one.ok(`SELECT INBOX (QRESYNC (${Number(validity) + 1} ${since} 1:6))`);
    none(other, /VANISHED/);
    expectResult(await one.command("SELECT INBOX (QRESYNC (1))"), "BAD");
  },

  "QRESYNC: VANISHED instead of EXPUNGE": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(one, "INBOX", 5);
    await one.ok("ENABLE QRESYNC");
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 2:3 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    const lines = await one.ok("NOOP");
    none(lines, /EXPUNGE/);
    only(lines, /^VANISHED 2:3$/);
    await one.ok("UID STORE 4 +FLAGS.SILENT (\\Deleted)");
    const result = expectOk(await one.command("EXPUNGE"));
    only(result.untagged, /^VANISHED 4$/);
    assert.match(result.text, /^\[HIGHESTMODSEQ \d+\]/);
    await one.ok("CREATE to");
    const moved = await one.ok("UID MOVE 5 to");
    only(moved, /^VANISHED 5$/);
  },

  "QRESYNC: UID FETCH (CHANGEDSINCE n VANISHED)": async (world) => {
    const client = await world.login();
    await fill(client, "INBOX", 5);
    await client.ok("ENABLE QRESYNC");
    await client.ok("SELECT INBOX");
    const since = await highest(client);
    await client.ok("STORE 2 +FLAGS.SILENT (\\Deleted)");
    await client.ok("EXPUNGE");
    await client.ok("UID STORE 3 +FLAGS.SILENT (\\Seen)");
    const lines = await client.ok(`UID FETCH 1:4 (FLAGS) (CHANGEDSINCE ${since} VANISHED)`);
    only(lines, /^VANISHED \(EARLIER\) 2$/);
    assert.deepEqual([...fetched(lines).values()].map((items) => items.get("UID")), ["3"]);
    assert.match(lines[0], /^VANISHED/);
    expectResult(await client.command(`FETCH 1:3 (FLAGS) (CHANGEDSINCE ${since} VANISHED)`), "BAD");
    expectResult(await client.command("UID FETCH 1:3 (FLAGS) (VANISHED)"), "BAD");
  },

  "UIDVALIDITY and UIDs: a folder made anew is another folder": async (world) => {
    const client = await world.login();
    await client.ok("CREATE x");
    await fill(client, "x", 1);
    const first = Number(only(await client.ok("STATUS x (UIDVALIDITY)"), /UIDVALIDITY (\d+)/)[1]);
    await client.ok("DELETE x");
    await client.ok("CREATE x");
    const second = Number(only(await client.ok("STATUS x (UIDVALIDITY)"), /UIDVALIDITY (\d+)/)[1]);
    assert.ok(second > first);
  },

  "EMAILID, THREADID, MAILBOXID": async (world) => {
    const client = await world.login();
    await client.ok("CREATE to");
    await fill(client, "INBOX", 2);
    await client.ok("SELECT INBOX");
    await client.ok("COPY 1 to");
    const here = fetched(await client.ok("FETCH 1:2 (EMAILID THREADID)"));
    const id = here.get(1)!.get("EMAILID")!;
    assert.match(id, /^\([A-Za-z0-9_-]{1,255}\)$/);
    assert.notEqual(id, here.get(2)!.get("EMAILID"));
    only(await client.ok(`SEARCH EMAILID ${id.slice(1, -1)}`), /^SEARCH 1$/);
    const mailbox = only(await client.ok("SELECT to"), /MAILBOXID (\([A-Za-z0-9_-]+\))/)[1];
    assert.equal(fetchedOne(await client.ok("FETCH 1 EMAILID")).get("EMAILID"), id);
    await client.ok("RENAME to elsewhere");
    assert.equal(only(await client.ok("STATUS elsewhere (MAILBOXID)"), /MAILBOXID (\(.*?\))/)[1], mailbox);
  },
};
