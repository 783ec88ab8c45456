import { strict as assert } from "node:assert";
import type { WatchEvent } from "../../src/actor/actor.ts";
import { withDirectory } from "./harness_test.ts";

const HASH = "$argon2id$v=19$test";

Deno.test("createAccount() needs a domain of ours, a free address and a hash", () =>
  withDirectory(async ({ domain, account, directory, refused }) => {
    await refused(account("alice@a.test"), "not_found");
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    await directory.ask("createAlias", { address: "al@a.test", targets: ["x@out.test"], internal: false });
    const id = await account("alice@a.test", { displayName: " Alice A. " });
    const view = await directory.ask("getAccount", { address: "ALICE@a.test" });
    assert.deepEqual([view.id, view.address, view.displayName, view.enabled], [
      id,
      "alice@a.test",
      "Alice A.",
      true,
    ]);
    await refused(account("Alice@A.test"), "exists");
    await refused(account("al@a.test"), "exists");
    await refused(account("bob@b.test"), "invalid");
    await refused(account("bob+x@a.test"), "invalid");
    await refused(account("bob"), "invalid");
    await refused(account("bob@a.test", { passwordHash: "secret" }), "invalid");
    await refused(account("bob@a.test", { quotaBytes: -1 }), "invalid");
    await refused(account("bob@a.test", { messageBytes: 1.5 }), "invalid");
    await refused(account("bob@a.test", { displayName: "a\r\nb" }), "invalid");
  }));

Deno.test("credentials() go with the full address only, never an alias, tag or bare name (P14, P15)", () =>
  withDirectory(async ({ domain, account, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    const id = await account("alice@a.test");
    await directory.ask("createAlias", { address: "al@a.test", targets: ["alice@a.test"], internal: false });
    const login = async (name: string) => (await directory.ask("credentials", { login: name }))?.account.id;
    assert.equal(await login("alice@a.test"), id);
    assert.equal(await login("Alice@A.Test"), id);
    for (
      const name of ["alice", "al@a.test", "alice+x@a.test", "alice@b.test", "", "@", "x@y@z", "bob@a.test"]
    ) {
      assert.equal(await login(name), undefined, name);
    }
    await directory.ask("configure", {
      quotaBytes: null,
      messageBytes: 1000,
      postmaster: null,
      loginDomain: "A.test",
    });
    assert.equal(await login("alice"), id);
    assert.equal(await login("al"), undefined);
    await directory.ask("updateAccount", { address: "alice@a.test", enabled: false });
    assert.equal(await login("alice@a.test"), undefined);
  }));

Deno.test("rehash() replaces only the hash it was made from and tells no session", () =>
  withDirectory(async ({ domain, account, directory, system }) => {
    await domain("a.test");
    const accountId = await account("alice@a.test");
    const events: WatchEvent[] = [];
    system.watch("directory:main", "accounts", (event) => void events.push(event));
    const rehash = async (from: string, to: string) =>
      (await directory.ask("rehash", { accountId, from, to })).replaced;
    assert.equal(await rehash("$argon2id$other", "$argon2id$new"), false);
    assert.equal(await rehash(HASH, "$argon2id$new"), true);
    assert.equal(
      (await directory.ask("credentials", { login: "alice@a.test" }))!.passwordHash,
      "$argon2id$new",
    );
    assert.equal((await directory.ask("rehash", { accountId: "gone", from: "", to: HASH })).replaced, false);
    assert.deepEqual(events, []);
  }));

Deno.test("a disabled account refuses mail as set, and works again once enabled (M06)", () =>
  withDirectory(async ({ domain, account, directory, route, refused, system }) => {
    await domain("a.test");
    const accountId = await account("alice@a.test");
    const changes: unknown[] = [];
    system.watch(
      "directory:main",
      "accounts",
      (event) => void changes.push(event.kind === "event" && event.event),
    );
    const update = (rest: object) => directory.ask("updateAccount", { address: "alice@a.test", ...rest });
    assert.deepEqual(await route("alice@a.test"), ["alice@a.test"]);
    await update({ enabled: false });
    assert.deepEqual(await route("alice@a.test"), ["alice@a.test:refuse"]);
    await update({ disabledDelivery: "refuse-temporary" });
    assert.deepEqual(await route("alice@a.test"), ["alice@a.test:refuse-temporary"]);
    await update({ enabled: true });
    assert.deepEqual(await route("alice@a.test"), ["alice@a.test"]);
    await update({ passwordHash: "$argon2id$new" });
    assert.deepEqual(await directory.ask("removeAccount", { address: "alice@a.test" }), { id: accountId });
    await refused(route("alice@a.test"), "not_found");
    await refused(directory.ask("account", { id: accountId }), "not_found");
    assert.notEqual(await account("alice@a.test"), accountId, "ids are never given twice");
    const told = ["disabled", "settings", "settings", "credentials", "removed"];
    assert.deepEqual(changes, told.map((change) => ({ accountId, change })));
  }));

Deno.test("limits come from the account, else the domain, else the server (Q04)", () =>
  withDirectory(async ({ domain, account, directory, system }) => {
    await domain("a.test");
    const id = await account("alice@a.test");
    const limits = async () => {
      const { limits, acknowledge } = await directory.ask("account", { id });
      const { effective } = await directory.ask("getAccount", { address: "alice@a.test" });
      assert.deepEqual(effective, { ...limits, acknowledge });
      return [limits.quotaBytes, limits.messageBytes];
    };
    assert.deepEqual(await limits(), [512 * 1024 * 1024, 20 * 1024 * 1024]);
    await directory.ask("configure", { quotaBytes: 1000, messageBytes: 100, postmaster: null });
    assert.deepEqual(await limits(), [1000, 100]);
    const told: WatchEvent[] = [];
    system.watch("directory:main", "accounts", (event) => void told.push(event));
    await directory.ask("updateDomain", { name: "a.test", quotaBytes: 2000 });
    assert.deepEqual(await limits(), [2000, 100]);
    assert.equal(told.length, 1, "sessions learn of their domain's limits");
    await directory.ask("updateAccount", { address: "alice@a.test", quotaBytes: 3000, messageBytes: 300 });
    assert.deepEqual(await limits(), [3000, 300]);
    await directory.ask("updateAccount", { address: "alice@a.test", quotaBytes: null });
    assert.deepEqual(await limits(), [2000, 300]);
  }));

Deno.test("when changes are acknowledged comes from the account, else the domain, else the server", () =>
  withDirectory(async ({ domain, account, directory, refused }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    const id = await account("alice@a.test");
    const holds = async () => (await directory.ask("account", { id })).acknowledge;
    const defaults = { quotaBytes: null, messageBytes: 1000, postmaster: null };
    assert.equal(await holds(), "local");
    await directory.ask("configure", { ...defaults, acknowledge: "both" });
    assert.equal(await holds(), "both");
    await directory.ask("updateDomain", { name: "a.test", acknowledge: "local" });
    assert.equal(await holds(), "local");
    await directory.ask("updateAccount", { address: "alice@a.test", acknowledge: "both" });
    assert.equal(await holds(), "both");
    const view = await directory.ask("updateAccount", { address: "alice@a.test", acknowledge: null });
    assert.deepEqual([view.acknowledge, view.effective.acknowledge], [null, "local"]);
    assert.equal((await directory.ask("getDomain", { name: "a.test" })).acknowledge, "local");
    await refused(account("bob@a.test", { acknowledge: "never" as "both" }), "invalid");
    await refused(directory.ask("updateDomain", { name: "b.test", acknowledge: "both" }), "invalid");
    await directory.ask("configure", defaults);
  }));

Deno.test("lists are paged in order, each item once", () =>
  withDirectory(async ({ domain, account, directory, refused }) => {
    const names = ["a.test", "b.test", "c.test", "d.test", "e.test"];
    for (const name of names) {
      await domain(name);
      for (const user of ["x", "y", '"a b"']) await account(`${user}@${name}`);
      await directory.ask("createAlias", { address: `z@${name}`, targets: [`x@${name}`], internal: false });
      await directory.ask("createGroup", { address: `g@${name}`, members: [`x@${name}`] });
    }
    await directory.ask("createAlias", { address: "every@*", targets: ["x@a.test"], internal: false });
    async function* pages<T>(ask: (after?: string) => Promise<{ items: T[]; next: string | null }>) {
      let after: string | undefined;
      while (true) {
        const page = await ask(after);
        assert(page.items.length <= 2);
        yield* page.items;
        if (page.next === null) return;
        after = page.next;
      }
    }
    const read = async <T>(ask: (after?: string) => Promise<{ items: T[]; next: string | null }>) =>
      await Array.fromAsync(pages(ask));
    const domains = await read((after) => directory.ask("listDomains", { after, limit: 2 }));
    assert.deepEqual(domains.map((d) => d.name), names);
    const accounts = await read((after) => directory.ask("listAccounts", { after, limit: 2 }));
    assert.deepEqual(
      accounts.map((a) => a.address),
      names.flatMap((n) => [`"a b"@${n}`, `x@${n}`, `y@${n}`]),
    );
    const some = await read((after) => directory.ask("listAccounts", { after, limit: 2, domain: "B.test" }));
    assert.deepEqual(some.map((a) => a.address), ['"a b"@b.test', "x@b.test", "y@b.test"]);
    const aliases = await read((after) => directory.ask("listAliases", { after, limit: 2 }));
    assert.deepEqual(aliases.map((a) => a.address), ["every@*", ...names.map((n) => `z@${n}`)]);
    const groups = await read((after) => directory.ask("listGroups", { after, limit: 2 }));
    assert.deepEqual(groups.map((g) => g.address), names.map((n) => `g@${n}`));
    await refused(directory.ask("listDomains", { limit: 0 }), "invalid");
  }));
