import { strict as assert } from "node:assert";
import { withImap } from "./harness_test.ts";

Deno.test("EXPUNGE waits during FETCH, STORE and SEARCH by number", () =>
  withImap(async (test) => {
    for (let i = 0; i < 4; i++) await test.append();
    const first = await test.open("INBOX");
    const second = await test.open("INBOX");
    await test.command(second, "STORE 2 +FLAGS.SILENT (\\Deleted)");
    await test.command(first, "NOOP");
    await test.command(second, "EXPUNGE");
    await test.append();
    await test.play(String.raw`
      C: a1 FETCH 3 UID
      S: * 3 FETCH (UID 3)
      S: * 5 EXISTS
      S: …RECENT
      S: a1 OK …
      C: a2 STORE 4 +FLAGS (\Seen)
      S: * 4 FETCH (FLAGS (\Seen \Recent))
      S: a2 OK …
      C: a3 SEARCH ALL
      S: * SEARCH 1 3 4 5
      S: a3 OK …
      C: a4 FETCH 2:3 (UID FLAGS)
      S: * 3 FETCH (UID 3 FLAGS (\Recent))
      S: a4 OK [EXPUNGEISSUED] …
      C: a5 UID SEARCH 3
      S: * SEARCH 3
      S: a5 OK …
      C: a6 UID SEARCH UID 3
      S: * SEARCH 3
      S: * 2 EXPUNGE
      S: a6 OK …
      C: a7 FETCH 2 UID
      S: * 2 FETCH (UID 3)
      S: a7 OK …
    `);
  }));

Deno.test("a removed message has its number and its UID until EXPUNGE is told", () =>
  withImap(async (test) => {
    for (let i = 0; i < 3; i++) await test.append();
    await test.open("INBOX");
    const other = await test.open("INBOX");
    await test.command(other, "STORE 1:2 +FLAGS.SILENT (\\Deleted)");
    await test.command(other, "EXPUNGE");
    await test.play(String.raw`
      C: a1 FETCH 2:3 (UID)
      S: * 2 FETCH (UID 2)
      S: * 3 FETCH (UID 3)
      S: a1 OK FETCH completed
      C: a2 UID FETCH 2:* UID
      S: * 2 FETCH (UID 2)
      S: * 3 FETCH (UID 3)
      S: * 2 EXPUNGE
      S: * 1 EXPUNGE
      S: a2 OK …
      C: a3 FETCH * UID
      S: * 1 FETCH (UID 3)
      S: a3 OK …
    `);
    assert.equal(test.asked.fetch, undefined, "numbers and UIDs are the session's to tell");
  }));

Deno.test("flags changed elsewhere are told, own silent ones are not", () =>
  withImap(async (test) => {
    await test.append();
    await test.append();
    await test.open("INBOX");
    await test.open("INBOX");
    await test.play(String.raw`
      C: a1 STORE 1 +FLAGS.SILENT (\Flagged work)
      S: a1 OK …
      C: a2 NOOP
      S: a2 OK …
      C2: b1 NOOP
      S2: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft work)
      S2: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft work \*)] …
      S2: * 1 FETCH (FLAGS (\Flagged work))
      S2: b1 OK …
      C2: b2 UID STORE 2 FLAGS (\Seen)
      S2: * 2 FETCH (UID 2 FLAGS (\Seen))
      S2: b2 OK …
      C: a3 UID FETCH 1 FLAGS
      S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent))
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft work)
      S: * OK [PERMANENTFLAGS …] …
      S: * 1 FETCH (UID 1 FLAGS (\Flagged \Recent work))
      S: a3 OK …
    `);
  }));

Deno.test("FLAGS tells of a keyword before the first message that has it", () =>
  withImap(async (test) => {
    await test.append("INBOX", undefined, ["old"]);
    await test.append();
    await test.open("INBOX");
    const other = await test.open();
    await test.command(other, "EXAMINE INBOX");
    await test.play(String.raw`
      C: a1 STORE 1:2 +FLAGS (old new)
      S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft old new)
      S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft old new \*)] …
      S: * 1 FETCH (FLAGS (\Recent new old))
      S: * 2 FETCH (FLAGS (\Recent new old))
      S: a1 OK …
      C: a2 STORE 2 -FLAGS (old)
      S: * 2 FETCH (FLAGS (\Recent new))
      S: a2 OK …
      C2: b1 FETCH 2 (RFC822.SIZE)
      S2: * 2 FETCH (RFC822.SIZE 21)
      S2: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft old new)
      S2: * 1 FETCH (FLAGS (new old))
      S2: * 2 FETCH (FLAGS (new))
      S2: b1 OK …
      C2: b2 FETCH 1:2 (FLAGS)
      S2: * 1 FETCH (FLAGS (new old))
      S2: * 2 FETCH (FLAGS (new))
      S2: b2 OK …
    `);
  }));

Deno.test("a client that polls with UID commands sees new messages at once", () =>
  withImap(async (test) => {
    await test.append();
    const connection = await test.open("INBOX");
    await test.command(connection, "NOOP");
    await test.append();
    assert.deepEqual(await test.command(connection, "UID FETCH 2:* UID"), [
      "* 2 EXISTS",
      "* 2 RECENT",
      "* 2 FETCH (UID 2)",
    ]);
  }));

Deno.test("a client that does not read is not read either", () =>
  withImap(async (test) => {
    const connection = await test.open();
    let resume = () => {};
    connection.stalled = new Promise((resolve) => resume = resolve);
    connection.takeOutput();
    const before = connection.bytesOut;
    for (let i = 0; i < 2000; i++) connection.send("a CAPABILITY\r\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(connection.bytesOut - before < 100_000, String(connection.bytesOut - before));
    connection.stalled = null;
    resume();
    await test.command(connection, "NOOP");
  }));

Deno.test("IDLE tells at once, one line a message", () =>
  withImap(async (test) => {
    await test.append();
    await test.append();
    await test.open("INBOX");
    const second = await test.open("INBOX");
    await test.play(`
      C: a IDLE
      S: + idling
    `);
    await test.append();
    await test.play(`S: * 3 EXISTS`);
    await test.command(second, "STORE 1:2 +FLAGS (\\Deleted)");
    await test.play(String.raw`
      S: * 1 FETCH (FLAGS (\Deleted \Recent))
      S: * 2 FETCH (FLAGS (\Deleted \Recent))
    `);
    await test.command(second, "EXPUNGE");
    await test.play(`
      S: * 2 EXPUNGE
      S: * 1 EXPUNGE
      C: done
      S: a OK IDLE completed
      C: b IDLE
      S: + idling
      C: NOOP
      S: b BAD …
    `);
  }));

Deno.test("one event costs the mailbox one question, however many sessions idle", () =>
  withImap(async (test) => {
    const idling = [];
    for (let i = 0; i < 20; i++) {
      const connection = await test.open("INBOX");
      await test.command(connection, "NOOP");
      connection.send("a IDLE\r\n");
      assert.equal(await connection.line(), "+ idling");
      idling.push(connection);
    }
    const before = test.asked.changes ?? 0;
    await test.append();
    for (const connection of idling) assert.equal(await connection.line(), "* 1 EXISTS");
    assert.equal(test.asked.changes - before, 1);
  }));

Deno.test("IDLE asks a busy mailbox again", () =>
  withImap(async (test) => {
    const connection = await test.open("INBOX");
    connection.send("a IDLE\r\n");
    assert.equal(await connection.line(), "+ idling");
    await new Promise((resolve) => setTimeout(resolve, 5));
    test.busy = true;
    await test.append();
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(connection.takeOutput(), "");
    test.busy = false;
    test.clock.advance(1000);
    assert.equal(await connection.line(), "* 1 EXISTS");
  }));

Deno.test("IDLE without a folder waits too", () =>
  withImap(async (test) => {
    await test.open();
    await test.play(`
      C: a IDLE
      S: + idling
      C: DONE
      S: a OK …
    `);
  }));

Deno.test("\\Recent goes to one session", () =>
  withImap(async (test) => {
    const first = await test.open("INBOX");
    const second = await test.open("INBOX");
    await test.append();
    assert.deepEqual(await test.command(first, "NOOP"), ["* 1 EXISTS", "* 1 RECENT"]);
    assert.deepEqual(await test.command(second, "NOOP"), ["* 1 EXISTS"]);
    assert.deepEqual(await test.command(first, "FETCH 1 FLAGS"), ["* 1 FETCH (FLAGS (\\Recent))"]);
    assert.deepEqual(await test.command(second, "FETCH 1 FLAGS"), ["* 1 FETCH (FLAGS ())"]);
    assert.deepEqual(await test.command(first, "SEARCH RECENT"), ["* SEARCH 1"]);
    assert.deepEqual(await test.command(second, "SEARCH NEW"), ["* SEARCH"]);
  }));

Deno.test("RECENT counts a message that was claimed before EXISTS told of it", () =>
  withImap(async (test) => {
    const client = await test.open("INBOX");
    await test.append();
    test.before = { name: "select", run: () => test.append() };
    assert.deepEqual(await test.command(client, "NOOP"), ["* 1 EXISTS", "* 1 RECENT"]);
    assert.deepEqual(await test.command(client, "NOOP"), ["* 2 EXISTS", "* 2 RECENT"]);
    assert.deepEqual(await test.command(client, "FETCH 2 FLAGS"), ["* 2 FETCH (FLAGS (\\Recent))"]);
  }));

Deno.test("an idling session whose folder is deleted says goodbye", () =>
  withImap(async (test) => {
    const connection = await test.open();
    await test.command(connection, "CREATE Box");
    await test.command(connection, "SELECT Box");
    connection.send("a1 IDLE\r\n");
    assert.equal(await connection.line(), "+ idling");
    await test.mailbox.ask("deleteFolder", { name: "Box" });
    assert.equal(await connection.line(), "* BYE Selected folder was deleted");
    assert.equal(await connection.line(), null);
  }));

Deno.test("a session whose folder is deleted says goodbye", () =>
  withImap(async (test) => {
    const first = await test.open();
    await test.command(first, "CREATE Box");
    await test.command(first, "SELECT Box");
    const second = await test.open("Box");
    await test.command(second, "DELETE Box");
    await test.play(`
      C: a NOOP
      S: * BYE Selected folder was deleted
      C2: b FETCH 1 FLAGS
      S2: b BAD …
      C2: c NOOP
      S2: c OK …
    `);
    assert.equal(await first.line(), null);
  }));

Deno.test("a restarted mailbox place leaves sessions alive", () =>
  withImap(async (test) => {
    await test.append();
    const first = await test.open("INBOX");
    await test.command(first, "NOOP");
    test.system.crash();
    await test.append();
    assert.deepEqual(await test.command(first, "NOOP"), ["* 2 EXISTS", "* 2 RECENT"]);
  }));

Deno.test("message numbers never drift under random changes by two sessions", () =>
  withImap(async (test) => {
    for (let i = 0; i < 20; i++) await test.append();
    const clients = [await test.open("INBOX"), await test.open("INBOX")];
    const known = clients.map(() => Array.from({ length: 20 }, (_, i) => i + 1));
    let state = 12345, exists = 20;
    const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
    for (let step = 0; step < 150; step++) {
      const who = next(2), uids = known[who];
      const what = next(6);
      if (what === 0) await test.append();
      const command = [
        "NOOP",
        uids.length ? `STORE ${1 + next(uids.length)} +FLAGS (\\Deleted)` : "NOOP",
        uids.length ? `FETCH 1:* (UID FLAGS)` : "NOOP",
        "EXPUNGE",
        uids.length ? `UID FETCH 1:* FLAGS` : "NOOP",
        uids.length ? `SEARCH ALL` : "NOOP",
      ][what];
      if (what === 0) exists++;
      for (const line of await test.command(clients[who], command)) follow(uids, line, exists);
    }
    for (const [i, client] of clients.entries()) {
      for (const line of await test.command(client, "NOOP")) follow(known[i], line, exists);
      for (const line of await test.command(client, "UID FETCH 1:* FLAGS")) follow(known[i], line, exists);
    }
    assert.deepEqual(known[0], known[1]);
  }));

/** Keeps a client's list of UIDs by what the server says; any number that does not fit fails. */
function follow(uids: number[], line: string, largest: number): void {
  const [, number, word, rest] = /^\* (\d+) (\w+) ?(.*)$/.exec(line) ?? [];
  const seq = Number(number);
  if (word === "EXISTS") {
    assert.ok(seq >= uids.length, line);
    while (uids.length < seq) uids.push(0);
  } else if (word === "EXPUNGE") {
    assert.ok(seq >= 1 && seq <= uids.length, line);
    uids.splice(seq - 1, 1);
  } else if (word === "FETCH") {
    assert.ok(seq >= 1 && seq <= uids.length, line);
    const uid = Number(/UID (\d+)/.exec(rest)?.[1] ?? uids[seq - 1]);
    assert.ok(uid <= largest, line);
    if (uids[seq - 1]) assert.equal(uid, uids[seq - 1], line);
    uids[seq - 1] = uid;
  }
}

Deno.test("a UID that the session has not heard of while the mailbox is away is not passed over with OK", () =>
  withImap(async (test) => {
    await test.append();
    const client = await test.open("INBOX");
    await test.append();
    test.busy = true;
    await assert.rejects(test.command(client, "UID STORE 2 +FLAGS (\\Flagged)"), {
      actual: /^t NO \[UNAVAILABLE\]/,
    });
    test.busy = false;
    const answer = await test.command(client, "UID STORE 2 +FLAGS (\\Flagged)");
    assert.ok(answer.some((line) => line.includes("\\Flagged")), answer.join());
  }));
