import { strict as assert } from "node:assert";
import { LIMITS } from "../../src/base/limits.ts";
import { faults, letter, newMessage, NO_LIMITS, withMailbox } from "./fixture_test.ts";

Deno.test("the log tells each change with its results, and nothing else", async () => {
  await withMailbox(async ({ ask, add, clock, status }) => {
    assert.deepEqual(await ask("readLog", { after: 0, limit: 10 }), {
      entries: [],
      end: 0,
      contents: [],
      absent: [],
    });
    const { folder } = await ask("createFolder", { name: "x/y" }, { requestId: "create-1" });
    await add(letter(1), ["\\Seen", "k"], "x/y");
    await ask("store", { folder: folder.id, uids: [1, 1], mode: "replace", flags: ["\\Deleted"] });
    await ask("store", { folder: folder.id, uids: [1, 1], mode: "replace", flags: ["\\Deleted"] });
    await ask("select", { name: "x/y", claimRecent: true });
    await faults(ask("createFolder", { name: "x/y" }), "exists");
    await ask("expunge", { folder: folder.id });
    await ask("subscribe", { name: "x", on: true });
    await ask("deleteFolder", { name: "x/y" });
    const { entries, end } = await ask("readLog", { after: 0, limit: 100 });
    assert.deepEqual(entries.map((e) => e.changes.map((c) => c.op).join()), [
      "folder,folder",
      "message",
      "flags",
      "expunge",
      "subscription",
      "folder-gone",
    ]);
    assert.equal(end, 6);
    assert.equal(entries[0].requestId, "create-1");
    assert.ok(entries.every((entry, i) => i === 0 || entry.hlc > entries[i - 1].hlc));
    const [message] = entries[1].changes;
    assert.ok(message.op === "message");
    assert.match(message.hash, /^[0-9a-f]{64}$/);
    assert.deepEqual([message.uid, message.modSeq, message.flags, message.keywords], [1, 2, 1, "k"]);
    assert.deepEqual(entries[2].changes, [
      {
        op: "flags",
        folder: folder.id,
        uids: [1, 1],
        modSeq: 3,
        add: ["\\Deleted"],
        remove: ["\\Seen", "k"],
      },
    ]);
    assert.deepEqual((await ask("readLog", { after: 4, limit: 1 })).entries.map((e) => e.position), [5]);
    clock.advance(1);
    assert.equal((await status()).messages, 0);
  });
});

Deno.test("a page of the log is bounded by bytes, yet never empty", async () => {
  await withMailbox(async ({ ask, status }) => {
    const messages = Array.from({ length: 1000 }, (_, n) => newMessage(letter(n)));
    for (let i = 0; i < 5; i++) await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
    assert.equal((await status()).messages, 5000);
    let after = 0, pages = 0;
    for (; after < 5; pages++) {
      const { entries } = await ask("readLog", { after, limit: 100 });
      assert.ok(entries.length);
      assert.ok(entries.length === 1 || JSON.stringify(entries).length < 2 * LIMITS.fetchPageBytes);
      after = entries.at(-1)!.position;
    }
    assert.ok(pages > 1 && pages <= 5);
  });
});

Deno.test("the log's time goes on when the clock goes back", async () => {
  const mailboxes: number[][] = [];
  await withMailbox(async ({ ask, add, clock, system }) => {
    clock.advance(10_000);
    await add(letter(1));
    system.crash();
    clock.nowMs = () => Date.UTC(2025, 0, 1);
    await add(letter(2));
    const { entries } = await ask("readLog", { after: 0, limit: 10 });
    mailboxes.push(entries.map((e) => e.hlc));
  });
  assert.ok(mailboxes[0][0] < mailboxes[0][1]);
});

Deno.test("the hash changes with all that a user can see, and with nothing else", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const seen = new Set<string>();
    const fresh = async (changes: boolean) => {
      const { hash } = await ask("hash", {});
      assert.equal(!seen.has(hash), changes);
      seen.add(hash);
    };
    const { id } = await status();
    await fresh(true);
    await add(letter(1));
    await fresh(true);
    await ask("select", { name: "INBOX", claimRecent: true });
    await ask("index", {});
    await fresh(false);
    await ask("store", { folder: id, uids: [1, 1], mode: "add", flags: ["k"] });
    await fresh(true);
    await ask("createFolder", { name: "x" });
    await fresh(true);
    await ask("renameFolder", { from: "x", to: "y" });
    await fresh(true);
    await ask("subscribe", { name: "y", on: true });
    await fresh(true);
    await ask("copy", { folder: id, uids: [1, 1], to: "y", move: true, limits: NO_LIMITS });
    await fresh(true);
    assert.equal((await ask("hash", {})).position, 6);
  });
});
