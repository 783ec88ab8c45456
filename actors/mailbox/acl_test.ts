import { strict as assert } from "node:assert";
import { RIGHTS } from "../../src/codec/imap/rights.ts";
import type { Identity, StorageLimits } from "./contract.ts";
import {
  faults,
  letter,
  MAILBOX_NAME,
  newMessage,
  NO_LIMITS,
  type TestMailbox,
  withMailbox,
} from "./fixture_test.ts";

const BOB: Identity = { id: "bob", groups: ["team@a.test"] };
const ALL = [1, 0xffffffff];
const BY_SIZE = [{ key: "SIZE" as const, reverse: false }];

/** Gives rights on a folder; none takes the entry away. */
async function give(mailbox: TestMailbox, name: string, identifier: string, rights: string): Promise<void> {
  await mailbox.ask("setAcl", { name, entry: { identifier, rights }, mode: "replace" });
}

/** A shared folder with two messages, the second deleted. */
async function shared(mailbox: TestMailbox): Promise<string> {
  const { folder } = await mailbox.ask("createFolder", { name: "Work" });
  await mailbox.add(letter(1), [], "Work");
  await mailbox.add(letter(2), ["\\Deleted"], "Work");
  return folder.id;
}

type Attempt = (mailbox: TestMailbox, folder: string) => Promise<unknown>;
const limits: StorageLimits = NO_LIMITS;

/** What somebody else may try, and the rights that it takes (RFC 4314 §4). */
const TRIED: [what: string, needed: string, attempt: Attempt][] = [
  ["status", "r", ({ ask }) => ask("status", { name: "Work", as: BOB })],
  ["select", "r", ({ ask }) => ask("select", { name: "Work", claimRecent: true, as: BOB })],
  ["changes", "r", ({ ask }, folder) => ask("changes", { folder, since: 1, as: BOB })],
  ["vanished", "r", ({ ask }, folder) => ask("vanished", { folder, known: ALL, since: 1, as: BOB })],
  ["fetch", "r", ({ ask }, folder) => ask("fetch", { folder, uids: ALL, items: {}, as: BOB })],
  ["search", "r", ({ ask }, folder) => ask("search", { folder, key: { key: "all" }, as: BOB })],
  [
    "sort",
    "r",
    ({ ask }, folder) => ask("sort", { folder, key: { key: "all" }, by: BY_SIZE, as: BOB }),
  ],
  [
    "threadRows",
    "r",
    ({ ask }, folder) => ask("threadRows", { folder, key: { key: "all" }, references: true, as: BOB }),
  ],
  [
    "replace",
    "rite",
    ({ ask }, folder) => {
      const replaces = { folder, uid: 1 };
      return ask("append", { name: "Work", messages: [newMessage("x")], limits, replaces, as: BOB });
    },
  ],
  ["expunge", "re", ({ ask }, folder) => ask("expunge", { folder, as: BOB })],
  [
    "expunge moved",
    "rte",
    ({ ask }, folder) => ask("expunge", { folder, uids: [1, 1], moved: true, as: BOB }),
  ],
  ["append", "i", ({ ask }) => ask("append", { name: "Work", messages: [newMessage("x")], limits, as: BOB })],
  [
    "copy",
    "ri",
    ({ ask }, folder) => ask("copy", { folder, uids: ALL, to: "Work", limits, move: false, as: BOB }),
  ],
  [
    "move",
    "rite",
    ({ ask }, folder) => ask("copy", { folder, uids: ALL, to: "Work", limits, move: true, as: BOB }),
  ],
  ["create", "k", ({ ask }) => ask("createFolder", { name: "Work/New", as: BOB })],
  ["create far below", "k", ({ ask }) => ask("createFolder", { name: "Work/a/b/c", as: BOB })],
  ["delete", "x", ({ ask }) => ask("deleteFolder", { name: "Work", as: BOB })],
  [
    "set acl",
    "a",
    ({ ask }) =>
      ask("setAcl", { name: "Work", entry: { identifier: "anyone", rights: "l" }, mode: "add", as: BOB }),
  ],
  ["delete acl", "a", ({ ask }) => ask("deleteAcl", { name: "Work", identifier: "carol", as: BOB })],
  ["get acl", "a", ({ ask }) => ask("getAcl", { name: "Work", as: BOB })],
  ["list rights", "a", ({ ask }) => ask("listRights", { name: "Work", identifier: "carol", as: BOB })],
  ["store \\Seen", "rs", ({ ask }, folder) => ask("store", store(folder, "\\Seen"))],
  ["store \\Deleted", "rt", ({ ask }, folder) => ask("store", store(folder, "\\Deleted"))],
  ["store \\Flagged", "rw", ({ ask }, folder) => ask("store", store(folder, "\\Flagged"))],
  ["store a keyword", "rw", ({ ask }, folder) => ask("store", store(folder, "Later"))],
];

function store(folder: string, flag: string) {
  return { folder, uids: [1, 1], mode: "add" as const, flags: [flag], as: BOB };
}

for (const [what, needed, attempt] of TRIED) {
  Deno.test(`${what} takes ${needed}`, async () => {
    await withMailbox(async (mailbox) => {
      const folder = await shared(mailbox);
      await faults(attempt(mailbox, folder), "not_found");
      for (const right of needed) {
        const rest = [...RIGHTS].filter((one) => one !== right).join("");
        await give(mailbox, "Work", "bob", rest);
        await faults(attempt(mailbox, folder), "denied");
        await give(mailbox, "Work", "bob", rest.replace("l", ""));
        await faults(attempt(mailbox, folder), "not_found");
      }
      await give(mailbox, "Work", "bob", needed);
      await attempt(mailbox, folder);
    });
  });
}

Deno.test("a folder is renamed by x on it and k where it goes", () =>
  withMailbox(async (mailbox) => {
    await shared(mailbox);
    await mailbox.ask("createFolder", { name: "Old" });
    const rename = () => mailbox.ask("renameFolder", { from: "Work", to: "Old/Work", as: BOB });
    await give(mailbox, "Work", "bob", "lx");
    await faults(rename(), "not_found");
    await give(mailbox, "Old", "bob", "l");
    await faults(rename(), "denied");
    await give(mailbox, "Old", "bob", "lk");
    await give(mailbox, "Work", "bob", "l");
    await faults(rename(), "denied");
    await give(mailbox, "Work", "bob", "lx");
    await faults(mailbox.ask("renameFolder", { from: "Work", to: "Top", as: BOB }), "denied");
    await rename();
    assert.equal((await mailbox.ask("myRights", { name: "Old/Work", as: BOB })).rights, "lx");
  }));

Deno.test("the owner has all rights, under no name and under the own one", () =>
  withMailbox(async (mailbox) => {
    const folder = await shared(mailbox);
    const as = { id: MAILBOX_NAME, groups: [] };
    await give(mailbox, "Work", "-anyone", RIGHTS);
    assert.equal((await mailbox.ask("myRights", { name: "Work", as })).rights, RIGHTS);
    assert.equal((await mailbox.ask("myRights", { name: "Work" })).rights, RIGHTS);
    assert.equal(
      (await mailbox.ask("listRights", { name: "Work", identifier: MAILBOX_NAME })).always,
      RIGHTS,
    );
    assert.equal((await mailbox.ask("listRights", { name: "Work", identifier: "bob" })).always, "");
    await mailbox.ask("expunge", { folder, as });
    await faults(give(mailbox, "Work", MAILBOX_NAME, "l"), "rejected");
    await faults(give(mailbox, "Work", `-${MAILBOX_NAME}`, "l"), "rejected");
  }));

const GRANTS: [acl: Record<string, string>, rights: string][] = [
  [{}, ""],
  [{ bob: "lr" }, "lr"],
  [{ anyone: "l", authenticated: "r", "group:team@a.test": "s", bob: "w" }, "lrsw"],
  [{ "group:other@a.test": "lr", carol: "lr" }, ""],
  [{ anyone: "lrs", "-bob": "s" }, "lr"],
  [{ bob: "lrs", "-group:team@a.test": "rs" }, "l"],
  [{ bob: "lrs", "-anyone": "lrs" }, ""],
  [{ bob: "lr", "-carol": "r" }, "lr"],
];

for (const [acl, rights] of GRANTS) {
  Deno.test(`${JSON.stringify(acl)} gives ${rights || "nothing"}`, () =>
    withMailbox(async (mailbox) => {
      await shared(mailbox);
      for (const [identifier, given] of Object.entries(acl)) await give(mailbox, "Work", identifier, given);
      const { folders, subscriptions } = await mailbox.ask("listFolders", { as: BOB });
      assert.deepEqual(folders.map((one) => [one.name, one.rights]), rights ? [["Work", rights]] : []);
      assert.deepEqual(subscriptions, []);
      if (rights) assert.equal((await mailbox.ask("myRights", { name: "Work", as: BOB })).rights, rights);
      else await faults(mailbox.ask("myRights", { name: "Work", as: BOB }), "not_found");
    }));
}

Deno.test("rights are added, taken away, replaced and told in one form", () =>
  withMailbox(async (mailbox) => {
    await shared(mailbox);
    const set = (rights: string, mode: "replace" | "add" | "remove") =>
      mailbox.ask("setAcl", { name: "Work", entry: { identifier: "bob", rights }, mode });
    const entries = async () => (await mailbox.ask("getAcl", { name: "Work" })).entries;
    await set("rl", "replace");
    assert.deepEqual(await entries(), [{ identifier: "bob", rights: "lr" }]);
    await set("d", "add");
    assert.deepEqual(await entries(), [{ identifier: "bob", rights: "lrte" }]);
    await set("re", "remove");
    assert.deepEqual(await entries(), [{ identifier: "bob", rights: "lt" }]);
    const { position } = await mailbox.ask("hash", {});
    await set("lt", "replace");
    assert.equal((await mailbox.ask("hash", {})).position, position, "nothing changed, nothing is logged");
    await set("lt", "remove");
    assert.deepEqual(await entries(), []);
    await mailbox.ask("deleteAcl", { name: "Work", identifier: "bob" });
    await faults(set("z", "replace"), "invalid");
    for (const identifier of ["", "-", "two words", "group:team", "a:b", "--bob"]) {
      await faults(give(mailbox, "Work", identifier, "l"), "invalid");
    }
  }));

Deno.test("a new folder begins with the rights of the one above it, and a deleted one takes its own along", () =>
  withMailbox(async (mailbox) => {
    await shared(mailbox);
    await give(mailbox, "Work", "bob", "lrk");
    await give(mailbox, "Work", "-carol", "l");
    await mailbox.ask("createFolder", { name: "Work/a/b", as: BOB });
    const { entries } = await mailbox.ask("getAcl", { name: "Work/a/b" });
    assert.deepEqual(entries, [{ identifier: "-carol", rights: "l" }, { identifier: "bob", rights: "lrk" }]);
    await give(mailbox, "Work", "bob", "l");
    assert.equal((await mailbox.ask("myRights", { name: "Work/a/b", as: BOB })).rights, "lrk");
    await mailbox.ask("deleteFolder", { name: "Work/a/b" });
    await mailbox.ask("createFolder", { name: "Work/a/b" });
    await mailbox.ask("deleteFolder", { name: "Work" });
    await mailbox.ask("createFolder", { name: "Work" });
    assert.deepEqual((await mailbox.ask("getAcl", { name: "Work" })).entries, []);
  }));

Deno.test("flags that somebody may not set are left as they are", () =>
  withMailbox(async (mailbox) => {
    const folder = await shared(mailbox);
    await mailbox.ask("store", { folder, uids: [1, 1], mode: "replace", flags: ["\\Flagged", "Old"] });
    await give(mailbox, "Work", "bob", "lrsi");
    await mailbox.ask("store", { folder, uids: [1, 1], mode: "replace", flags: ["\\Seen", "New"], as: BOB });
    await mailbox.ask("store", {
      folder,
      uids: [2, 2],
      mode: "add",
      flags: ["\\Seen", "\\Answered"],
      as: BOB,
    });
    const messages = [newMessage(letter(3), ["\\Seen", "\\Deleted", "\\Draft", "Old"])];
    await mailbox.ask("append", { name: "Work", messages, limits, as: BOB });
    const flags = async () => (await mailbox.rows("Work")).map((row) => [row.flags, row.keywords]);
    assert.deepEqual(await flags(), [[5, "Old"], [9, ""], [1, ""]]);
    await give(mailbox, "Work", "bob", "lrit");
    await mailbox.ask("copy", { folder, uids: [1, 2], to: "Work", limits, move: false, as: BOB });
    assert.deepEqual((await flags()).slice(3), [[0, ""], [8, ""]]);
    const seen = { folder, uids: [4, 4], items: {}, markSeen: true };
    assert.equal((await mailbox.ask("fetch", { ...seen, as: BOB })).stamp, null);
    assert.notEqual((await mailbox.ask("fetch", seen)).stamp, null);
  }));

Deno.test("sessions hear of changed rights, and \\Recent stays for the owner", () =>
  withMailbox(async (mailbox) => {
    const folder = await shared(mailbox);
    const events = mailbox.watch(`folder:${folder}`);
    await give(mailbox, "Work", "anyone", "lr");
    const { highestModSeq } = await mailbox.status("Work");
    assert.deepEqual(events, [{ folder, modSeq: highestModSeq, rights: true }]);
    const opened = await mailbox.ask("select", { name: "Work", claimRecent: true, as: BOB });
    assert.deepEqual([opened.rights, opened.recent], ["lr", [1, 2]]);
    assert.deepEqual((await mailbox.ask("select", { name: "Work", claimRecent: true })).recent, [1, 2]);
  }));
