import { strict as assert } from "node:assert";
import type { ImapClient } from "../../support/imap_client.ts";
import {
  type Dialogues,
  expectOk,
  expectResult,
  fetched,
  fill,
  mail,
  none,
  only,
} from "../../support/imap_world.ts";

async function uids(client: ImapClient): Promise<string> {
  const lines = await client.ok("FETCH 1:* UID");
  return [...fetched(lines).values()].map((items) => items.get("UID")).join(" ");
}

/** Applies EXPUNGE responses to a client's own list, as every client does. */
function applyExpunges(numbers: number[], lines: readonly string[]): number[] {
  const out = [...numbers];
  for (const line of lines) {
    const match = /^(\d+) EXPUNGE$/.exec(line);
    if (match) assert.equal(out.splice(Number(match[1]) - 1, 1).length, 1, line);
  }
  return out;
}

/** Two clients on one folder: what each may be told, and when (RFC 9051 §5.2, §7.4.1, §7.5.1). */
export const sharedDialogues: Dialogues = {
  "new messages are told with the next command": async (world) => {
    const [one, two] = await world.loginTwice();
    await one.ok("SELECT INBOX");
    expectOk(await two.append("INBOX", mail("m1")));
    expectOk(await two.append("INBOX", mail("m2")));
    only(await one.ok("NOOP"), /^2 EXISTS$/);
    assert.deepEqual(await one.ok("NOOP"), []);
    expectOk(await two.append("INBOX", mail("m3")));
    const lines = await one.ok("FETCH 1 UID");
    only([...lines, ...await one.ok("NOOP")], /^3 EXISTS$/);
  },

  "EXPUNGE is told by NOOP, never during FETCH, STORE or SEARCH": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 5);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 2,4 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    for (
      const command of [
        "FETCH 1:* FLAGS",
        "SEARCH ALL",
        "STORE 1 +FLAGS (\\Seen)",
        "FETCH 5 (UID BODY.PEEK[])",
      ]
    ) {
      none((await one.command(command)).untagged, /EXPUNGE|VANISHED/);
    }
    // Numbers stay as they were until the client is told.
    const items = fetched((await one.command("FETCH 5 UID")).untagged);
    assert.equal(items.get(5)?.get("UID"), "5");
    const left = applyExpunges([1, 2, 3, 4, 5], await one.ok("NOOP"));
    assert.deepEqual(left, [1, 3, 5]);
    assert.equal(await uids(one), "1 3 5");
    expectResult(await one.command("FETCH 4 UID"), "BAD");
  },

  "a message that is gone: FETCH and STORE go on without it": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 3);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 2 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    const result = await one.command("FETCH 1:3 (UID BODY.PEEK[])");
    assert.ok(result.status === "OK" || /^\[EXPUNGEISSUED\]/.test(result.text), result.text);
    const found = [...fetched(result.untagged).entries()].filter(([, items]) => items.has("BODY[]"));
    assert.deepEqual(found.map(([number, items]) => [number, items.get("UID")]), [[1, "1"], [3, "3"]]);
    const stored = await one.command("STORE 2:3 +FLAGS (\\Flagged)");
    none(stored.untagged, /^2 FETCH|EXPUNGE/);
    only(stored.untagged, /^3 FETCH .*\\Flagged/);
    only(await one.ok("NOOP"), /^2 EXPUNGE$/);
  },

  "UID commands may tell of EXPUNGE, numbers agree afterwards": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 4);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    let numbers = [1, 2, 3, 4];
    const lines = await one.ok("UID FETCH 4 (FLAGS)");
    // Whether the EXPUNGEs come with this command or later, the number in FETCH fits what was told before it.
    for (const line of lines) {
      const fetch = /^(\d+) FETCH .*UID (\d+)/.exec(line);
      if (fetch) assert.equal(numbers[Number(fetch[1]) - 1], Number(fetch[2]), line);
      else numbers = applyExpunges(numbers, [line]);
    }
    numbers = applyExpunges(numbers, await one.ok("NOOP"));
    assert.deepEqual(numbers, [2, 4]);
    assert.equal(await uids(one), "2 4");
  },

  "flag changes of others are told, own silent ones are not": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 2);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await one.ok("STORE 1 +FLAGS.SILENT (\\Flagged)");
    none(await one.ok("NOOP"), /FETCH/);
    only(await two.ok("NOOP"), /^1 FETCH \(.*FLAGS \(.*\\Flagged/);
    await two.ok("STORE 2 +FLAGS (\\Answered)");
    const lines = await one.ok("NOOP");
    only(lines, /^2 FETCH \(.*FLAGS \(.*\\Answered/);
    none(lines, /^1 FETCH/);
  },

  "both write the same message: each is told the other's flags": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 1);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 1 +FLAGS.SILENT (\\Flagged)");
    const lines = [...await one.ok("STORE 1 +FLAGS.SILENT (\\Answered)"), ...await one.ok("NOOP")];
    assert.ok(lines.some((line) => /^1 FETCH .*\\Flagged/.test(line)), JSON.stringify(lines));
    assert.ok((await two.ok("NOOP")).some((line) => /^1 FETCH .*\\Answered/.test(line)));
  },

  "\\Recent goes to one session only": async (world) => {
    const [one, two] = await world.loginTwice();
    await fill(two, "INBOX", 2);
    only(await one.ok("EXAMINE INBOX"), /^2 RECENT$/);
    only(await one.ok("SELECT INBOX"), /^2 RECENT$/);
    only(await two.ok("SELECT INBOX"), /^0 RECENT$/);
    assert.match((await one.ok("FETCH 1 FLAGS"))[0], /\\Recent/);
    assert.doesNotMatch((await two.ok("FETCH 1 FLAGS"))[0], /\\Recent/);
  },

  "MOVE by one client is EXPUNGE for the other": async (world) => {
    const [one, two] = await world.loginTwice();
    await two.ok("CREATE to");
    await fill(two, "INBOX", 3);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("MOVE 1:2 to");
    assert.deepEqual(applyExpunges([1, 2, 3], await one.ok("NOOP")), [3]);
  },

  "COPY of a message that another has expunged": async (world) => {
    const [one, two] = await world.loginTwice();
    await two.ok("CREATE to");
    await fill(two, "INBOX", 3);
    await one.ok("SELECT INBOX");
    await two.ok("SELECT INBOX");
    await two.ok("STORE 2 +FLAGS.SILENT (\\Deleted)");
    await two.ok("EXPUNGE");
    const result = await one.command("COPY 1:3 to");
    const [, source] = /COPYUID \d+ (\S+) /.exec(result.text) ?? [];
    if (result.status === "OK") assert.equal(source, "1,3");
    const count = result.status === "OK" ? 2 : 0;
    only(await one.ok("STATUS to (MESSAGES)"), new RegExp(`MESSAGES ${count}\\)`));
  },

  "a folder deleted under a session": async (world) => {
    const [one, two] = await world.loginTwice();
    await two.ok("CREATE gone");
    await fill(two, "gone", 1);
    await one.ok("SELECT gone");
    await two.ok("DELETE gone");
    one.send("x1 NOOP");
    const first = await one.readLine();
    // RFC 2180 §3.3: ending the session is one of the right answers; so is going on with an empty view.
    if (/^\* BYE/.test(first)) assert.equal(await one.socket.readToEnd(), "");
    else assert.match(first, /^(\* |x1 )/);
    const { untagged } = expectOk(await two.command('LIST "" gone'));
    assert.deepEqual(untagged, []);
  },

  "a folder renamed under a session goes on": async (world) => {
    const [one, two] = await world.loginTwice();
    await two.ok("CREATE old");
    await fill(two, "old", 2);
    await one.ok("SELECT old");
    await two.ok("RENAME old new");
    assert.equal(await uids(one), "1 2");
    expectOk(await two.append("new", mail("m3")));
    only(await one.ok("NOOP"), /^3 EXISTS$/);
  },

  "many writers, one reader: numbers never drift": async (world) => {
    const account = await world.newAccount();
    const reader = await world.login(account);
    await fill(reader, "INBOX", 3);
    await reader.ok("SELECT INBOX");
    let known = [1, 2, 3];
    const writers = [await world.login(account), await world.login(account)];
    const busy = writers.map(async (writer, w) => {
      await writer.ok("SELECT INBOX");
      for (let i = 0; i < 12; i++) {
        expectOk(await writer.append("INBOX", mail(`w${w}n${i}`)));
        if (i % 3 !== 2) continue;
        await writer.ok("UID STORE 1:* +FLAGS.SILENT (\\Answered)");
        const first = /\d+/.exec(only(await writer.ok("UID SEARCH ALL"), /^SEARCH(.*)$/)[1])?.[0];
        if (first) await writer.ok(`UID STORE ${first} +FLAGS.SILENT (\\Deleted)`);
        await writer.ok("EXPUNGE");
      }
    });
    const check = async (command: string) => {
      for (const line of await reader.ok(command)) {
        const exists = /^(\d+) EXISTS$/.exec(line);
        const fetch = /^(\d+) FETCH \(.*UID (\d+)/.exec(line);
        if (exists) { while (known.length < Number(exists[1])) known.push(0); }
        if (fetch) {
          const at = Number(fetch[1]) - 1;
          assert.ok(at < known.length, line);
          assert.ok(known[at] === 0 || known[at] === Number(fetch[2]), `${line} after ${known}`);
          known[at] = Number(fetch[2]);
        }
        known = applyExpunges(known, [line]);
      }
    };
    let done = false;
    const all = Promise.all(busy).finally(() => done = true);
    while (!done) {
      for (const command of ["NOOP", "FETCH 1:* (UID FLAGS)", "UID FETCH 1:* (FLAGS)"]) {
        await check(command);
      }
    }
    await all;
    await check("NOOP");
    await check("FETCH 1:* (UID)");
    const { untagged } = expectOk(await reader.command("UID SEARCH ALL"));
    assert.equal(only(untagged, /^SEARCH (.*)$/)[1], known.join(" "));
  },
};
