import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/id.ts";
import { mailboxActor } from "./actor.ts";
import { type MailboxContract, PUBLIC_PREFIX, SPACE_PREFIX } from "./contract.ts";
import { faults, letter, newMessage, NO_LIMITS, withMailbox } from "./fixture_test.ts";
import { folderName, superiors } from "./names.ts";

Deno.test("a new mailbox has its folders, the same on every server", async () => {
  const seen: unknown[] = [];
  for (let server = 0; server < 2; server++) {
    await withMailbox(async ({ ask, clock }) => {
      clock.advance(server * 3_600_000);
      const { folders, subscriptions } = await ask("listFolders", {});
      assert.deepEqual(folders.map((f) => f.name), ["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"]);
      assert.deepEqual(folders.map((f) => f.specialUse), [[], ["\\Archive"], ["\\Drafts"], ["\\Junk"], [
        "\\Sent",
      ], ["\\Trash"]]);
      assert.ok(
        folders.every((f) => f.subscribed && f.uidValidity > 1_700_000_000 && f.uidValidity < 2 ** 32),
      );
      assert.equal(subscriptions.length, 6);
      seen.push([folders, await ask("hash", {})]);
    });
  }
  assert.deepEqual(seen[0], seen[1]);
});

Deno.test("a mailbox whose name tells no time begins at UIDVALIDITY 1", async () => {
  for (const name of ["main", "zzzzzzzzzzzzzz", "alice-1"]) {
    await withMailbox(async ({ ask }) => {
      assert.equal((await ask("status", { name: "INBOX" })).uidValidity, 1);
      const { folder } = await ask("createFolder", { name: "x" });
      assert.ok(folder.uidValidity > 1 && folder.uidValidity < 2 ** 32);
    }, name);
  }
});

Deno.test("a mailbox that was never used says how full it is without becoming a file", async () => {
  const system = new LocalSystem({
    clock: new ManualClock(),
    random: seededRandom(1),
    actors: [mailboxActor],
  });
  for (const name of ["alice", `${PUBLIC_PREFIX}sales`, `${SPACE_PREFIX}alice`]) {
    const mailbox = system.ref<MailboxContract>(`mailbox:${name}`);
    const before = await mailbox.ask("usage", {});
    assert.ok(!system.disk.has("mailbox", name));
    await mailbox.ask("listFolders", {});
    assert.deepEqual(await mailbox.ask("usage", {}), before);
    assert.ok(system.disk.has("mailbox", name));
  }
  await system.close();
});

Deno.test("folderName() takes what can be a name", () => {
  const rows: [given: string, want: string | null][] = [
    ["a", "a"],
    ["a/b c", "a/b c"],
    ["inbox", "INBOX"],
    ["Inbox/Sub/inbox", "INBOX/Sub/inbox"],
    ["inboxes", "inboxes"],
    ["Caf\u0065\u0301", "Caf\u00e9"],
    ["\u53f0\u5317", "\u53f0\u5317"],
    ["a.b\\c&d~e", "a.b\\c&d~e"],
    ["", null],
    ["/a", null],
    ["a/", null],
    ["a//b", null],
    ["a%", null],
    ["*", null],
    ["a\tb", null],
    ["a\u0085", null],
    ["a\u2028b", null],
    ["\ud800", null],
    ["#news", null],
    ["x".repeat(1001), null],
    [Array(51).fill("a").join("/"), null],
    [Array(50).fill("a").join("/"), Array(50).fill("a").join("/")],
  ];
  for (const [given, want] of rows) {
    let got: string | null = null;
    try {
      got = folderName(given);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "invalid");
    }
    assert.equal(got, want, JSON.stringify(given));
  }
  assert.deepEqual(superiors("a/b/c"), ["a", "a/b"]);
});

Deno.test("CREATE makes superior names, refuses what exists, and tells watchers", async () => {
  await withMailbox(async ({ ask, watch }) => {
    const events = watch("folders");
    const { folder } = await ask("createFolder", { name: "a/b/c/" });
    assert.equal(folder.name, "a/b/c");
    const names = (await ask("listFolders", {})).folders.map((f) => f.name);
    for (const name of ["a", "a/b", "a/b/c"]) assert.ok(names.includes(name), name);
    await faults(ask("createFolder", { name: "a/b" }), "exists");
    await faults(ask("createFolder", { name: "inbox" }), "exists");
    await faults(ask("createFolder", { name: "a*" }), "invalid");
    assert.equal(events.length, 1);
    assert.equal((await ask("status", { name: "a/b" })).highestModSeq, 1);
  });
});

Deno.test("CREATE gives a special use once, and only one that is known", async () => {
  await withMailbox(async ({ ask }) => {
    await faults(ask("createFolder", { name: "x", specialUse: ["\\Sent"] }), "rejected");
    await faults(ask("createFolder", { name: "x", specialUse: ["\\All"] }), "rejected");
    await ask("deleteFolder", { name: "Sent" });
    const { folder } = await ask("createFolder", { name: "Gesendet", specialUse: ["\\sent"] });
    assert.deepEqual(folder.specialUse, ["\\Sent"]);
  });
});

Deno.test("a name made again never has an old UIDVALIDITY or id", async () => {
  await withMailbox(async ({ ask }) => {
    const seen = new Set<number>(), ids = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const { folder } = await ask("createFolder", { name: "again" });
      seen.add(folder.uidValidity);
      ids.add(folder.id);
      await ask("deleteFolder", { name: "again" });
    }
    assert.equal(seen.size, 5);
    assert.equal(ids.size, 5);
  });
});

Deno.test("DELETE removes the folder and its messages, keeps those below", async () => {
  await withMailbox(async ({ ask, add, watch }) => {
    await ask("createFolder", { name: "a/b" });
    const { id } = await ask("status", { name: "a" });
    const events = watch(`folder:${id}`);
    await add(letter(1), [], "a");
    await add(letter(1), [], "a/b");
    await faults(ask("deleteFolder", { name: "inbox" }), "denied");
    await faults(ask("deleteFolder", { name: "none" }), "not_found");
    assert.deepEqual(await ask("deleteFolder", { name: "a" }), { folder: id });
    assert.equal((events.at(-1) as { gone: boolean }).gone, true);
    await faults(ask("deleteFolder", { name: "a" }), "conflict");
    await faults(ask("status", { name: "a" }), "not_found");
    await faults(ask("fetch", { folder: id, uids: [1, 1], items: {} }), "not_found");
    assert.equal((await ask("changes", { folder: id, since: 1 })).gone, true);
    assert.equal((await ask("status", { name: "a/b" })).messages, 1);
    assert.equal((await ask("usage", {})).messages, 1);
  });
});

Deno.test("RENAME takes folders below along and keeps identity", async () => {
  await withMailbox(async ({ ask, add }) => {
    await ask("createFolder", { name: "a/b" });
    await add(letter(1), [], "a/b");
    const before = await ask("status", { name: "a/b" });
    const { folder } = await ask("renameFolder", { from: "a", to: "new/top" });
    assert.equal(folder.name, "new/top");
    const after = await ask("status", { name: "new/top/b" });
    assert.deepEqual({ ...after, name: "a/b" }, before);
    await faults(ask("status", { name: "a" }), "not_found");
    await ask("status", { name: "new" });
    await faults(ask("renameFolder", { from: "new", to: "new/x" }), "invalid");
    await faults(ask("renameFolder", { from: "new", to: "Sent" }), "exists");
    await faults(ask("renameFolder", { from: "none", to: "x" }), "not_found");
    await faults(ask("renameFolder", { from: "new", to: "x".repeat(995) }), "invalid");
    assert.equal((await ask("status", { name: "new/top/b" })).messages, 1);
  });
});

Deno.test("RENAME takes a name that has folders below it and is none itself", async () => {
  await withMailbox(async ({ ask, system }) => {
    for (const name of ["job/a", "work/b", "rest/b"]) await ask("createFolder", { name });
    await ask("deleteFolder", { name: "work" });
    const names = async () => {
      const { folders } = await ask("listFolders", {});
      const here = folders.filter(({ name }) => /^(job|work|rest|top)/.test(name));
      return Object.fromEntries(here.map(({ id, name }) => [id, name]));
    };
    const rename = async (from: string, to: string, want: Record<string, string>) => {
      const before = await names();
      await ask("renameFolder", { from, to });
      const moved = Object.entries(before).map(([id, name]) => [id, want[name] ?? name]);
      assert.deepEqual(await names(), Object.fromEntries(moved));
    };
    // One that is there already is in the way of one below: then nothing happens.
    const before = await names();
    await faults(ask("renameFolder", { from: "rest", to: "work" }), "exists");
    assert.deepEqual(await names(), before);
    await rename("job", "work", { job: "work", "job/a": "work/a" });
    // Upwards each takes the place of the one above it.
    await ask("createFolder", { name: "top/top/top/top" });
    await ask("deleteFolder", { name: "top" });
    const up = { "top/top": "top", "top/top/top": "top/top", "top/top/top/top": "top/top/top" };
    await rename("top/top", "top", up);
    const after = await names();
    system.crash();
    assert.deepEqual(await names(), after);
  });
});

Deno.test("RENAME INBOX moves its messages and keeps what is below", async () => {
  await withMailbox(async ({ ask, add, rows }) => {
    await ask("createFolder", { name: "inbox/below" });
    await add(letter(1), ["\\Seen", "$Work"]);
    await add(letter(2));
    const inbox = await ask("status", { name: "INBOX" });
    await ask("renameFolder", { from: "inbox", to: "old" });
    const empty = await ask("status", { name: "INBOX" });
    assert.deepEqual([empty.id, empty.messages, empty.uidNext, empty.size], [inbox.id, 0, 3, 0]);
    assert.deepEqual((await rows("old")).map((r) => [r.uid, r.flags, r.keywords]), [[1, 1, "$Work"], [
      2,
      0,
      "",
    ]]);
    await ask("status", { name: "INBOX/below" });
    await ask("renameFolder", { from: "INBOX", to: "older" });
    assert.equal((await ask("status", { name: "older" })).messages, 0);
  });
});

Deno.test("subscriptions are names and outlive their folder", async () => {
  await withMailbox(async ({ ask }) => {
    await ask("createFolder", { name: "a" });
    await ask("subscribe", { name: "a", on: true });
    await ask("subscribe", { name: "a", on: true });
    await ask("deleteFolder", { name: "a" });
    assert.ok((await ask("listFolders", {})).subscriptions.includes("a"));
    await ask("subscribe", { name: "a", on: false });
    assert.ok(!(await ask("listFolders", {})).subscriptions.includes("a"));
    await faults(ask("subscribe", { name: "a", on: true }), "not_found");
    await ask("subscribe", { name: "inbox", on: false });
    assert.equal((await ask("status", { name: "INBOX" })).subscribed, false);
  });
});

Deno.test("statuses answers for the names that exist", async () => {
  await withMailbox(async ({ ask, add }) => {
    await add();
    const { folders } = await ask("statuses", { names: ["INBOX", "nope", "Sent", ""] });
    assert.deepEqual(folders.map((f) => [f.name, f.messages, f.recent]), [["INBOX", 1, 1], ["Sent", 0, 0]]);
  });
});

Deno.test("the number of folders is bounded", async () => {
  await withMailbox(async ({ ask }) => {
    const deep = (n: number) => Array.from({ length: 50 }, (_, i) => `${n}-${i}`).join("/");
    let refused = 0;
    for (let n = 0; n < 201; n++) {
      await ask("createFolder", { name: deep(n) }).catch((error) => {
        assert.equal(error.code, "limit");
        refused++;
      });
    }
    assert.equal(refused, 2);
    assert.ok((await ask("usage", {})).folders <= 10_000);
    await ask("deliver", { message: newMessage(letter(1)), folder: "INBOX", limits: NO_LIMITS });
  });
});
