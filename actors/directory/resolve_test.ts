import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";

Deno.test("resolve() finds accounts whatever the case, quoting, tag or name of the domain", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "A.test" });
    await account("Alice@a.test");
    for (
      const text of ["alice@a.test", "ALICE@A.TEST.", '"alice"@a.test', "alice+x@a.test", "alice+x@b.test"]
    ) {
      assert.deepEqual(await route(text), ["alice@a.test"], text);
    }
    const tagged = await directory.ask("resolve", { address: "Alice+News+x@b.test", authenticated: false });
    assert.equal(tagged.mailboxes[0].tag, "news+x");
    assert.equal(tagged.mailboxes[0].address, "alice+news+x@b.test");
    await refused(route("bob@a.test"), "not_found");
    await refused(route("alice@c.test"), "denied");
    await refused(route("alice@[127.0.0.1]"), "denied");
    await refused(route("alice"), "invalid");
  }));

Deno.test("resolve() takes mail for the postmaster of the server's own name, from where its reports come", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await account("alice@a.test");
    await refused(route("postmaster@mx.out.test"), "denied");
    const defaults = { quotaBytes: null, messageBytes: 1000, postmaster: null };
    await directory.ask("configure", { ...defaults, hostname: "MX.out.test" });
    assert.deepEqual(await route("Postmaster+x@mx.OUT.test"), ["alice@a.test"]);
    await refused(route("alice@mx.out.test"), "denied");
    await refused(route("postmaster@out.test"), "denied");
    assert.deepEqual(await directory.ask("hasDomain", { domain: "mx.out.test" }), { local: false });
  }));

Deno.test("resolve() gives each mailbox and outside address once (M09, M13)", () =>
  withDirectory(async ({ domain, account, route, directory }) => {
    await domain("a.test");
    await account("alice@a.test");
    await account("bob@a.test");
    const alias = (address: string, ...targets: string[]) =>
      directory.ask("createAlias", { address, targets, internal: false });
    await alias("one@a.test", "alice@a.test");
    await alias(
      "all@a.test",
      "one@a.test",
      "alice+x@a.test",
      "bob@a.test",
      "X@Out.test",
      "x@out.test",
      "gone@a.test",
    );
    assert.deepEqual(await route("all@a.test"), ["alice@a.test", "bob@a.test", "x@out.test"]);
    await alias("forward@a.test", "someone@out.test");
    assert.deepEqual(await route("forward+tag@a.test"), ["someone@out.test"], "M16");
  }));

Deno.test("resolve() ends loops, long chains and floods", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await account("alice@a.test");
    const alias = (address: string, targets: string[]) =>
      directory.ask("createAlias", { address, targets, internal: false });
    await alias("x@a.test", ["y@a.test", "alice@a.test"]);
    await alias("y@a.test", ["x@a.test"]);
    assert.deepEqual(await route("y@a.test"), ["alice@a.test"]);
    await alias("self@a.test", ["self@a.test"]);
    await refused(route("self@a.test"), "not_found");
    await alias("c0@a.test", ["alice@a.test"]);
    for (let i = 1; i <= 11; i++) await alias(`c${i}@a.test`, [`c${i - 1}@a.test`]);
    assert.deepEqual(await route("c9@a.test"), ["alice@a.test"]);
    await refused(route("c11@a.test"), "not_found");
    for (let i = 0; i < 3; i++) {
      await alias(`f${i}@a.test`, Array.from({ length: 400 }, (_, n) => `u${i}x${n}@out.test`));
    }
    assert.equal((await route("f0@a.test")).length, 400);
    await alias("flood@a.test", ["f0@a.test", "f1@a.test", "f2@a.test"]);
    await refused(route("flood@a.test"), "limit");
  }));

Deno.test("resolve() prefers the domain's own entry to the one of every domain (M10)", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test");
    await account("alice@a.test");
    await account("bob@b.test");
    await directory.ask("createAlias", { address: "Info@*", targets: ["alice@a.test"], internal: false });
    assert.deepEqual(await route("info@b.test"), ["alice@a.test"]);
    assert.deepEqual(await route("info+x@a.test"), ["alice@a.test"]);
    await directory.ask("createAlias", { address: "info@b.test", targets: ["bob@b.test"], internal: false });
    assert.deepEqual(await route("info@b.test"), ["bob@b.test"]);
    assert.deepEqual(await route("info+x@b.test"), ["bob@b.test"]);
    await domain("new.test");
    assert.deepEqual(await route("info@new.test"), ["alice@a.test"], "a later domain has it at once");
    await directory.ask("createAlias", { address: "goofy@a.test", targets: ["bob@b.test"], internal: false });
    await refused(route("goofy@b.test"), "not_found");
    await refused(route("info@other.test"), "denied");
  }));

Deno.test("resolve() delivers to a group's members with an account, and to nobody's group not at all (M15)", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    await account("alice@a.test");
    await account("bob@a.test");
    await refused(directory.ask("createGroup", { address: "team@a.test", members: [] }), "invalid");
    await directory.ask("createGroup", { address: "team@a.test", members: ["alice@a.test", "ghost@a.test"] });
    assert.deepEqual(await route("team@a.test"), ["alice@a.test"]);
    await directory.ask("updateGroup", { address: "team@a.test", members: ["bob@b.test", "alice@a.test"] });
    assert.deepEqual(await route("Team+x@b.test"), ["alice@a.test", "bob@a.test"]);
    await directory.ask("updateGroup", { address: "team@a.test", members: [] });
    await refused(route("team@a.test"), "not_found");
    const alias = { address: "t@a.test", targets: ["team@b.test"], internal: false };
    await refused(directory.ask("createAlias", alias), "invalid");
    const outside = { address: "o@a.test", members: ["x@out.test"] };
    await refused(directory.ask("createGroup", outside), "invalid");
  }));

Deno.test("resolve() keeps internal addresses for users, under every name (M11)", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    await account("alice@a.test");
    await account("boss@a.test", { internal: true });
    await directory.ask("createAlias", {
      address: "staff@a.test",
      targets: ["alice@a.test"],
      internal: true,
    });
    await directory.ask("createAlias", { address: "door@a.test", targets: ["boss@a.test"], internal: false });
    for (const address of ["staff@a.test", "staff+x@b.test", "boss@a.test", "BOSS@b.test"]) {
      await refused(route(address), "denied");
      assert.equal((await route(address, true)).length, 1, address);
    }
    assert.deepEqual(await route("door@a.test"), ["boss@a.test"], "an alias is the administrator's word");
  }));

Deno.test("resolve() sends what nobody else gets to the catch-all (C01)", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    await account("alice@a.test");
    await account("bob@a.test");
    await directory.ask("updateDomain", { name: "a.test", catchAll: "Alice@b.test" });
    assert.deepEqual(await route("whoever@a.test"), ["alice@a.test"]);
    assert.deepEqual(await route("whoever@b.test"), ["alice@a.test"]);
    assert.deepEqual(await route("bob@b.test"), ["bob@a.test"]);
    await directory.ask("updateDomain", { name: "a.test", catchAll: "nobody@a.test" });
    await refused(route("whoever@a.test"), "not_found");
    await directory.ask("updateDomain", { name: "a.test", catchAll: null });
    await refused(route("whoever@a.test"), "not_found");
  }));

Deno.test("resolve() always finds a postmaster who can take the mail (M18)", () =>
  withDirectory(async ({ domain, account, route, refused, directory }) => {
    await domain("a.test");
    await domain("b.test");
    await refused(route("postmaster@a.test"), "unavailable");
    await account("alice@a.test", { quotaBytes: 10 });
    await account("bob@b.test");
    assert.deepEqual(await route("Postmaster@a.test"), ["alice@a.test"], "the oldest account");
    assert.deepEqual(await route("postmaster"), ["alice@a.test"]);
    const full = await directory.ask("resolve", { address: "postmaster@a.test", authenticated: false });
    assert.equal(full.mailboxes[0].account.limits.quotaBytes, null, "also with full quota");

    await directory.ask("configure", { quotaBytes: null, messageBytes: 1000, postmaster: "bob@b.test" });
    assert.deepEqual(await route("postmaster@a.test"), ["bob@b.test"], "the server's");
    await directory.ask("updateDomain", {
      name: "a.test",
      postmaster: "admin@out.test",
      catchAll: "bob@b.test",
    });
    assert.deepEqual(await route("postmaster@a.test"), ["admin@out.test"], "the domain's");
    await account("postmaster@a.test");
    assert.deepEqual(await route("postmaster+x@a.test"), ["postmaster@a.test"], "its own account");
    await directory.ask("updateAccount", { address: "postmaster@a.test", enabled: false });
    assert.deepEqual(await route("postmaster@a.test"), ["admin@out.test"], "unless disabled");
    await directory.ask("updateDomain", { name: "a.test", postmaster: "gone@b.test" });
    assert.deepEqual(await route("postmaster@a.test"), ["bob@b.test"], "or not there");
  }));

Deno.test("maySendAs() knows own addresses, aliases that lead to the account, other names and tags", () =>
  withDirectory(async ({ domain, account, directory }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    const alice = await account("alice@a.test");
    const bob = await account("bob@a.test");
    await directory.ask("createAlias", {
      address: "al@a.test",
      targets: ["alice@a.test", "x@out.test"],
      internal: false,
    });
    await directory.ask("createAlias", { address: "sales@*", targets: ["al@b.test"], internal: true });
    await directory.ask("createGroup", { address: "team@a.test", members: ["alice@a.test", "bob@a.test"] });
    await directory.ask("updateDomain", { name: "a.test", catchAll: "alice@a.test" });
    const may = async (accountId: string, address: string) =>
      (await directory.ask("maySendAs", { accountId, address })).allowed;
    for (const address of ["Alice@a.test", "alice+t@b.test", "al@b.test", "al+t@a.test", "sales@b.test"]) {
      assert.equal(await may(alice, address), true, address);
      assert.equal(await may(bob, address), false, address);
    }
    for (const address of ["whoever@a.test", "team@a.test", "x@out.test", "bob@a.test"]) {
      assert.equal(await may(alice, address), false, address);
    }
    assert.equal(await may(alice, "postmaster@b.test"), true, "who gets postmaster's mail may answer it");
    await directory.ask("removeDomain", { name: "b.test" });
    assert.equal(await may(alice, "alice@b.test"), false);
  }));
