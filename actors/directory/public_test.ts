import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";
import { withPair } from "./pair_test.ts";

Deno.test("public namespaces are made, listed and removed, each name once", () =>
  withDirectory(async (t) => {
    const { ask } = t.directory;
    const made = await ask("createPublic", { name: "MilkyPond" });
    assert.match(made.id, /^public-[0-9a-f]{32}$/);
    await ask("createPublic", { name: "Büro" });
    const names = async () => (await ask("listPublics", {})).items.map(({ name }) => name);
    assert.deepEqual(await names(), ["Büro", "MilkyPond"]);
    for (const name of ["MilkyPond", "milkypond", "BU\u0308RO", "Shared", "SHARED"]) {
      await t.refused(ask("createPublic", { name }), "exists");
    }
    for (const name of ["", "a/b", "#a", "a*", "a%", " a", "a ", "a\n", 'a"b', "x".repeat(101)]) {
      await t.refused(ask("createPublic", { name }), "invalid");
    }
    await ask("removePublic", { name: "MilkyPond" });
    await t.refused(ask("removePublic", { name: "MilkyPond" }), "not_found");
    assert.equal((await ask("createPublic", { name: "MilkyPond" })).id, made.id, "it comes back as it was");
  }));

Deno.test("no removal of a user touches a public namespace", () =>
  withDirectory(async (t) => {
    await t.domain("a.test");
    const id = await t.account("ann@a.test");
    const { id: owner } = await t.directory.ask("createPublic", { name: "Pond" });
    await t.directory.ask("updateShares", { owner, identifiers: [id, "anyone"], at: 1 });
    const seen = async (who: string) =>
      (await t.directory.ask("shares", { id: who })).publics.map(({ name }) => name);
    assert.deepEqual(await seen(id), ["Pond"]);
    await t.directory.ask("removeAccount", { address: "ann@a.test" });
    assert.deepEqual(await seen(await t.account("bob@a.test")), ["Pond"]);
  }));

Deno.test("both servers may make the same namespace while they are apart", () =>
  withPair(async (pair) => {
    await pair.home.ask("createPublic", { name: "Pond" });
    await pair.other.ask("createPublic", { name: "Pond" });
    await pair.other.ask("createPublic", { name: "Lake" });
    await pair.meet();
    const { items } = await pair.home.ask("listPublics", {});
    assert.deepEqual(items.map(({ name }) => name), ["Lake", "Pond"]);
    assert.deepEqual(await pair.other.ask("listPublics", {}), { items });
  }));
