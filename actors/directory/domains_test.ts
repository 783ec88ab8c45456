import { strict as assert } from "node:assert";
import { openMemoryDatabase } from "../../src/storage/database.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { directoryActor } from "./actor.ts";
import { withDirectory } from "./harness_test.ts";

Deno.test("createDomain() takes names in any form once", () =>
  withDirectory(async ({ domain, directory, refused }) => {
    await domain("Bücher.test");
    assert.equal((await directory.ask("getDomain", { name: "BÜCHER.test" })).name, "xn--bcher-kva.test");
    await refused(domain("xn--bcher-kva.test."), "exists");
    for (const name of ["", "a b", "127.0.0.1", "-a.test", "a@b.test"]) {
      await refused(domain(name), "invalid");
    }
    await refused(domain("x.test", { aliasOf: "none.test" }), "not_found");
    await refused(domain("x.test", { catchAll: "nobody" }), "invalid");
    assert.deepEqual(await directory.ask("hasDomain", { domain: "Bücher.TEST" }), { local: true });
    assert.deepEqual(await directory.ask("hasDomain", { domain: "out.test" }), { local: false });
    assert.deepEqual(await directory.ask("hasDomain", { domain: "[127.0.0.1]" }), { local: false });
  }));

Deno.test("an alias domain is another name: of the real one, without settings, removed before it (M12)", () =>
  withDirectory(async ({ domain, account, directory, route, refused }) => {
    await domain("a.test");
    await domain("b.test", { aliasOf: "a.test" });
    await domain("c.test", { aliasOf: "b.test" });
    assert.equal((await directory.ask("getDomain", { name: "c.test" })).aliasOf, "a.test");
    await account("alice@a.test");
    assert.deepEqual(await route("alice@c.test"), ["alice@a.test"]);
    await refused(directory.ask("updateDomain", { name: "b.test", quotaBytes: 5 }), "invalid");
    await refused(directory.ask("removeDomain", { name: "a.test" }), "conflict");
    await directory.ask("removeDomain", { name: "c.test" });
    await refused(route("alice@c.test"), "denied");
  }));

Deno.test("removing a domain keeps its accounts' login; adding it again brings the addresses back (M04)", () =>
  withDirectory(async ({ domain, account, directory, route, refused }) => {
    await domain("a.test");
    await domain("b.test");
    const id = await account("alice@a.test");
    await directory.ask("createAlias", { address: "al@a.test", targets: ["alice@a.test"], internal: false });
    await directory.ask("removeDomain", { name: "a.test" });
    await refused(route("alice@a.test"), "denied");
    await refused(route("al@a.test"), "denied");
    await refused(account("new@a.test"), "not_found");
    assert.equal((await directory.ask("credentials", { login: "alice@a.test" }))!.account.id, id);
    assert.equal((await directory.ask("account", { id })).address, "alice@a.test");
    await domain("a.test");
    assert.deepEqual(await route("al@a.test"), ["alice@a.test"]);
  }));

Deno.test("the log tells what changed, and the hash follows the rows", () =>
  withDirectory(async ({ account, directory, clock, system }) => {
    const empty = (await directory.ask("hash", {})).hash;
    await directory.ask("createDomain", { name: "a.test" }, { requestId: "r1" });
    const id = await account("alice@a.test");
    const after = await directory.ask("hash", {});
    assert.notEqual(after.hash, empty);
    assert.equal(after.position, 2);
    await directory.ask("createDomain", { name: "a.test" }, { requestId: "r1" });
    assert.deepEqual(await directory.ask("hash", {}), after, "a repeated request changes nothing");
    clock.advance(5);
    await directory.ask("removeAccount", { address: "alice@a.test" });
    const key = system.disk.open("directory", "main").db.get<{ value: string }>("SELECT * FROM sender_keys")!
      .value;
    const { entries, end } = await directory.ask("readLog", { after: 0, limit: 10 });
    assert.equal(end, 3);
    assert.equal(entries[0].requestId, "r1");
    assert.deepEqual(
      entries.map(({ changes }) =>
        changes.map((c) => c.op === "row" && [c.table, c.key[0], c.set && Object.keys(c.set).length])
      ),
      [
        [["domains", "a.test", 7], ["sender_keys", key, 1]],
        [["accounts", id, 11]],
        [["accounts", id, null], ["generations", "a.test", 1]],
      ],
    );
    assert(entries[2].hlc > entries[1].hlc);
    const rest = await directory.ask("readLog", { after: 2, limit: 1 });
    assert.deepEqual(rest.entries.map((e) => e.position), [3]);
  }));

Deno.test("check() names what is broken", () => {
  const db = openMemoryDatabase();
  migrate(db, directoryActor.migrations);
  db.exec(`
    INSERT INTO domains VALUES('A.test', NULL, NULL, NULL, NULL, NULL, 0, NULL),
      ('b.test', 'none.test', NULL, NULL, NULL, NULL, 0, NULL);
    INSERT INTO aliases VALUES('b.test', 'x', '[]', 0), ('b.test', 'Y', '["a@b.test"]', 0);
    INSERT INTO groups VALUES('b.test', 'x', '["no address"]');
    INSERT INTO log VALUES(1, 'r', 1, '[]'),
      (3, 'r', 1, '[{"op":"row","table":"domains","key":["c.test"],"set":{"alias_of":null},"was":null}]');
  `);
  const problems = directoryActor.check(db);
  const expected = [
    "domain A.test: not in its one form",
    "domain b.test: alias of none.test, which is not there",
    "x@b.test: used 2 times",
    "Y@b.test: not in its one form",
    "alias x@b.test: bad targets",
    "group x@b.test: bad members",
    "log: nothing between positions 1 and 3",
    "domains b.test: differs from the log",
    "domains c.test: in the log but not there",
  ];
  for (const line of expected) assert(problems.includes(line), `${line} in ${JSON.stringify(problems)}`);
  db.close();
});
