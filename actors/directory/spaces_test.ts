import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";
import { withPair } from "./pair_test.ts";

Deno.test("private namespaces are an account's, by names that stand for one thing only", () =>
  withDirectory(async (t) => {
    const { ask } = t.directory;
    await t.domain("a.test");
    const [ann, bob] = [await t.account("ann@a.test"), await t.account("bob@a.test")];
    const made = await ask("createSpace", { account: "ann@a.test", name: "Archive" });
    assert.match(made.id, /^space-[0-9a-f]{32}$/);
    assert.notEqual((await ask("createSpace", { account: "bob@a.test", name: "Archive" })).id, made.id);
    for (const name of ["Archive", "ARCHIVE", "shared"]) {
      await t.refused(ask("createSpace", { account: "ann@a.test", name }), "exists");
    }
    await t.refused(ask("createSpace", { account: "ann@a.test", name: "a/b" }), "invalid");
    await t.refused(ask("createSpace", { account: "x@a.test", name: "New" }), "not_found");
    await t.refused(ask("createPublic", { name: "archive" }), "exists");
    await ask("createPublic", { name: "Pond" });
    await t.refused(ask("createSpace", { account: "ann@a.test", name: "pond" }), "exists");
    const names = async (id: string) => (await ask("shares", { id })).spaces.map(({ name }) => name);
    assert.deepEqual([await names(ann), await names(bob)], [["Archive"], ["Archive"]]);
    await ask("removeSpace", { account: "ann@a.test", name: "Archive" });
    await t.refused(ask("removeSpace", { account: "ann@a.test", name: "Archive" }), "not_found");
    assert.equal((await ask("createSpace", { account: "ann@a.test", name: "Archive" })).id, made.id);
    await ask("removeAccount", { address: "ann@a.test" });
    assert.deepEqual(await names(ann), []);
    await t.account("ann@a.test");
    assert.deepEqual((await ask("listSpaces", { account: "ann@a.test" })).items, []);
  }));

Deno.test("both servers may make private namespaces while they are apart", () =>
  withPair(async (pair) => {
    await pair.home.account("ann@a.test");
    await pair.meet();
    await pair.home.ask("createSpace", { account: "ann@a.test", name: "Old" });
    await pair.other.ask("createSpace", { account: "ann@a.test", name: "Old" });
    await pair.other.ask("createSpace", { account: "ann@a.test", name: "New" });
    await pair.meet();
    const { items } = await pair.home.ask("listSpaces", { account: "ann@a.test" });
    assert.deepEqual(items.map(({ name }) => name), ["New", "Old"]);
  }));
