import { strict as assert } from "node:assert";
import { LIMITS } from "../../src/base/limits.ts";
import { faults, letter, MAILBOX_NAME, NO_LIMITS, withMailbox } from "./fixture_test.ts";

Deno.test("STORE adds, removes and replaces; only rows that change get the new modseq", async () => {
  await withMailbox(async ({ ask, add, rows, status }) => {
    const { id } = await status();
    await add(letter(1), ["\\Seen"]);
    await add(letter(2), ["$a"]);
    await add(letter(3), ["\\Seen", "$a", "b"]);
    const flags = async () => (await rows()).map((r) => `${r.modSeq}:${r.flags}:${r.keywords}`);
    const added = await ask("store", { folder: id, uids: [1, 9], mode: "add", flags: ["\\seen", "$A"] });
    assert.deepEqual(added.changed, [1, 2]);
    assert.deepEqual(added.stamp, { folder: id, previousModSeq: 4, modSeq: 5 });
    assert.deepEqual(added.rows.map((r) => [r.uid, r.modSeq, r.flags, r.keywords]), [
      [1, 5, 1, "$a"],
      [2, 5, 1, "$a"],
      [3, 4, 1, "$a b"],
    ]);
    assert.deepEqual(await flags(), ["5:1:$a", "5:1:$a", "4:1:$a b"]);
    const removed = await ask("store", {
      folder: id,
      uids: [2, 3],
      mode: "remove",
      flags: ["$a", "\\Seen", "unknown"],
      silent: true,
    });
    assert.deepEqual([removed.changed, removed.rows], [[2, 3], []]);
    assert.deepEqual(await flags(), ["5:1:$a", "6:0:", "6:0:b"]);
    await ask("store", { folder: id, uids: [1, 3], mode: "replace", flags: ["\\Deleted", "B", "c"] });
    assert.deepEqual(await flags(), ["7:8:b c", "7:8:b c", "7:8:b c"]);
    const same = await ask("store", { folder: id, uids: [1, 3], mode: "add", flags: ["\\Deleted"] });
    assert.deepEqual([same.changed, same.stamp.modSeq, same.rows.length], [[], 7, 3]);
    const { unseen, deleted } = await status();
    assert.deepEqual([unseen, deleted], [3, 3]);
    await faults(ask("store", { folder: id, uids: [1, 1], mode: "add", flags: ["\\Recent"] }), "invalid");
    await faults(ask("store", { folder: "none", uids: [1, 1], mode: "add", flags: [] }), "not_found");
  });
});

Deno.test("STORE with UNCHANGEDSINCE protects what changed later", async () => {
  await withMailbox(async ({ ask, add, rows, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 4; n++) await add(letter(n));
    await ask("store", { folder: id, uids: [2, 2], mode: "add", flags: ["\\Flagged"] });
    const reply = await ask("store", {
      folder: id,
      uids: [1, 4],
      mode: "add",
      flags: ["\\Seen"],
      unchangedSince: 4,
    });
    assert.deepEqual([reply.changed, reply.failed], [[1, 1, 3, 3], [2, 2, 4, 4]]);
    assert.deepEqual(reply.rows.map((r) => r.uid), [1, 3]);
    assert.deepEqual((await rows()).map((r) => r.flags), [1, 4, 1, 0]);
    const none = await ask("store", {
      folder: id,
      uids: [1, 4],
      mode: "add",
      flags: ["\\Draft"],
      unchangedSince: 0,
    });
    assert.deepEqual([none.changed, none.failed], [[], [1, 4]]);
  });
});

Deno.test("STORE over flags that alternate and UIDs that do", async () => {
  await withMailbox(async ({ ask, add, rows, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 20; n++) await add(letter(n), n % 2 ? ["\\Seen"] : ["x"]);
    await ask("store", { folder: id, uids: [1, 20], mode: "add", flags: ["\\Flagged"] });
    assert.deepEqual((await rows()).map((r) => r.flags), Array.from({ length: 20 }, (_, i) => i % 2 ? 4 : 5));
    const odd = Array.from({ length: 10 }, (_, i) => [2 * i + 1, 2 * i + 1]).flat();
    const reply = await ask("store", { folder: id, uids: odd, mode: "replace", flags: [] });
    assert.deepEqual(reply.changed, odd);
    assert.deepEqual((await rows()).map((r) => r.flags), Array.from({ length: 20 }, (_, i) => i % 2 ? 4 : 0));
  });
});

Deno.test("keywords are bounded, and unused ones make room", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    await add(letter(1));
    const names = Array.from({ length: LIMITS.keywords }, (_, i) => `k${i}`);
    const store = (flags: string[]) => ask("store", { folder: id, uids: [1, 1], mode: "replace", flags });
    await store(names);
    await faults(store([...names, "more"]), "limit");
    await faults(store(["x".repeat(LIMITS.keywordBytes + 1)]), "invalid");
    for (const bad of ["a b", "a(b", "caf\u00e9", "", 'a"b', "a]b", "a\\b", "a{"]) {
      await faults(store([bad]), "invalid");
    }
    await store(["K1"]);
    await store(["more"]);
    const { keywords } = await ask("select", { name: "INBOX", claimRecent: false });
    assert.ok(keywords.includes("more") && keywords.includes("k1"));
    assert.ok(keywords.length < LIMITS.keywords);
  });
});

Deno.test("making room for a keyword spares those stored with it", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    await add(letter(1));
    const fresh = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`);
    const store = (flags: string[]) => ask("store", { folder: id, uids: [1, 1], mode: "replace", flags });
    await faults(store(fresh(LIMITS.keywords + 1)), "limit");
    await store(fresh(LIMITS.keywords));
    await store([]);
    await store(["f3", "other"]);
    assert.deepEqual((await ask("select", { name: "INBOX", claimRecent: false })).keywords, ["f3", "other"]);
  });
});

Deno.test("EXPUNGE removes \\Deleted messages, UID EXPUNGE those of a set", async () => {
  await withMailbox(async ({ ask, add, status, uids }) => {
    const { id } = await status();
    for (let n = 1; n <= 8; n++) await add(letter(n), n % 2 ? [] : ["\\Deleted"]);
    const some = await ask("expunge", { folder: id, uids: [1, 4, 100, 200] });
    assert.deepEqual(some.expunged, [2, 2, 4, 4]);
    assert.deepEqual(await uids(), [1, 3, 5, 6, 7, 8]);
    const rest = await ask("expunge", { folder: id });
    assert.deepEqual(rest.expunged, [6, 6, 8, 8]);
    const nothing = await ask("expunge", { folder: id });
    assert.deepEqual([nothing.expunged, nothing.stamp.modSeq], [[], rest.stamp.modSeq]);
    const after = await status();
    assert.deepEqual([after.messages, after.uidNext, after.deleted, after.highestModSeq], [4, 9, 0, 11]);
  });
});

Deno.test("SELECT tells UIDs, \\Recent and the first unseen", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 5; n++) await add(letter(n), n < 3 ? ["\\Seen"] : n === 4 ? ["\\Deleted"] : []);
    await ask("expunge", { folder: id });
    const peek = await ask("select", { name: "inbox", claimRecent: false });
    assert.deepEqual([peek.uids, peek.recent, peek.firstUnseenUid], [[1, 3, 5, 5], [1, 3, 5, 5], 3]);
    const first = await ask("select", { name: "INBOX", claimRecent: true });
    assert.deepEqual([first.recent, first.status.recent], [[1, 3, 5, 5], 4]);
    await add(letter(6));
    assert.equal((await status()).recent, 1);
    const second = await ask("select", { name: "INBOX", claimRecent: true });
    assert.deepEqual(second.recent, [6, 6]);
    assert.deepEqual((await ask("select", { name: "INBOX", claimRecent: true })).recent, []);
    await ask("store", { folder: id, uids: [1, 9], mode: "add", flags: ["\\Seen"] });
    assert.equal((await ask("select", { name: "INBOX", claimRecent: true })).firstUnseenUid, null);
    await faults(ask("select", { name: "no", claimRecent: true }), "not_found");
  });
});

Deno.test("changes tells added, vanished and changed since a modseq", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 4; n++) await add(letter(n));
    const { highestModSeq: since } = await status();
    assert.deepEqual(await ask("changes", { folder: id, since }), {
      highestModSeq: since,
      uidNext: 5,
      added: [],
      vanished: [],
      changed: [],
      recent: 4,
      gone: false,
    });
    await ask("store", { folder: id, uids: [1, 2], mode: "add", flags: ["\\Deleted"] });
    await ask("store", { folder: id, uids: [3, 3], mode: "add", flags: ["\\Flagged"] });
    await add(letter(5));
    await ask("expunge", { folder: id, uids: [2, 2] });
    const reply = await ask("changes", { folder: id, since });
    assert.deepEqual([reply.added, reply.vanished, reply.changed.map((r) => [r.uid, r.flags])], [[5, 5], [
      2,
      2,
    ], [
      [1, 8],
      [3, 4],
      [5, 0],
    ]]);
    const known = { folder: id, known: [1, 3] };
    assert.deepEqual((await ask("vanished", { ...known, since })).uids, [2, 2]);
    assert.deepEqual((await ask("vanished", { ...known, since: reply.highestModSeq })).uids, []);
    assert.deepEqual((await ask("vanished", { ...known, since: 0 })).uids, [2, 2]);
    assert.deepEqual((await ask("vanished", { folder: id, known: [3, 90], since })).uids, []);
  });
});

Deno.test("COPY and MOVE", async () => {
  await withMailbox(async ({ ask, add, clock, rows, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 6; n++) await add(letter(n), n % 2 ? ["\\Seen", "x"] : []);
    await ask("store", { folder: id, uids: [3, 3], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder: id });
    await add("Subject: first\r\n\r\n", [], "Archive");
    clock.advance(1000);
    const limits = { quotaBytes: null, messageBytes: 1 };
    const copied = await ask("copy", {
      folder: id,
      uids: [2, 4],
      to: "Archive",
      move: false,
      limits,
    });
    assert.deepEqual([copied.source, copied.destination, copied.origin], [[2, 2, 4, 4], [2, 3], null]);
    assert.deepEqual(copied.target.modSeq, copied.target.previousModSeq + 1);
    const moved = await ask("copy", { folder: id, uids: [4, 5, 90, 99], to: "Archive", move: true, limits });
    assert.deepEqual([moved.source, moved.destination], [[4, 5], [4, 5]]);
    assert.equal(moved.origin!.folder, id);
    assert.deepEqual((await rows("Archive")).map((r) => [r.uid, r.flags, r.keywords]), [
      [1, 0, ""],
      [2, 0, ""],
      [3, 0, ""],
      [4, 0, ""],
      [5, 1, "x"],
    ]);
    assert.deepEqual((await rows()).map((r) => r.uid), [1, 2, 6]);
    const within = await ask("copy", { folder: id, uids: [1, 2], to: "INBOX", move: true, limits });
    assert.deepEqual([within.source, within.destination, within.origin], [[1, 2], [7, 8], within.target]);
    assert.deepEqual((await rows()).map((r) => r.uid), [6, 7, 8]);
    const twice = await ask("copy", { folder: id, uids: [6, 8], to: "INBOX", move: false, limits });
    assert.deepEqual(twice.destination, [9, 11]);
    const nothing = await ask("copy", { folder: id, uids: [1, 5], to: "INBOX", move: true, limits });
    assert.deepEqual([nothing.source, nothing.destination], [[], []]);
    await faults(ask("copy", { folder: id, uids: [6, 6], to: "none", move: false, limits }), "not_found");
    const read = await ask("fetch", { folder: id, uids: [9, 9], items: { saveDate: true } });
    assert.equal(read.rows[0].saveDateMs, clock.nowMs());
    for (const folder of ["INBOX", "Archive"]) {
      const { id } = await status(folder);
      await ask("store", { folder: id, uids: [1, 99], mode: "add", flags: ["\\Deleted"] });
      await ask("expunge", { folder: id });
    }
    assert.deepEqual(await ask("usage", {}), { bytes: 0, messages: 0, folders: 6 });
  });
});

Deno.test("what was expunged long ago is forgotten, and told as all that is missing", async () => {
  await withMailbox(async ({ ask, add, status, system }) => {
    for (let n = 1; n <= 3; n++) await add(letter(n));
    const { db } = system.disk.open("mailbox", MAILBOX_NAME);
    const { id } = await status();
    const inbox = "(SELECT fid FROM folder WHERE name = 'INBOX')";
    db.exec(`UPDATE folder SET highest_modseq = 20000, uid_next = 20005 WHERE name = 'INBOX';
      WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 10004)
      INSERT INTO expunged SELECT ${inbox}, i, i, i FROM n`);
    system.crash();
    const exact = await ask("changes", { folder: id, since: 9999 });
    assert.deepEqual(exact.vanished, [10000, 10004]);
    await ask("store", { folder: id, uids: [2, 2], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder: id });
    assert.deepEqual((await ask("changes", { folder: id, since: 9999 })).vanished, [2, 2, 10000, 10004]);
    assert.deepEqual((await ask("changes", { folder: id, since: 10 })).vanished, [2, 2, 4, 20004]);
    assert.deepEqual((await ask("vanished", { folder: id, since: 10, known: [1, 6] })).uids, [2, 2, 4, 6]);
    assert.deepEqual((await ask("vanished", { folder: id, since: 20000, known: [1, 6] })).uids, [2, 2]);
  });
});

Deno.test("a folder ends with its 32-bit UIDs and refuses more", async () => {
  await withMailbox(async ({ ask, add, status, system }) => {
    await add(letter(1));
    const { db } = system.disk.open("mailbox", MAILBOX_NAME);
    db.exec("UPDATE folder SET uid_next = 4294967294 WHERE name = 'INBOX'");
    system.crash();
    assert.equal(await add(letter(2)), 4294967294);
    await faults(add(letter(3)), "limit");
    const { id } = await status();
    const copy = { folder: id, uids: [1, 0xffffffff], to: "INBOX", move: false, limits: NO_LIMITS };
    await faults(ask("copy", copy), "limit");
    assert.equal((await status()).messages, 2);
  });
});
