import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";

Deno.test("who shares with whom is found by account, by group and by everybody", () =>
  withDirectory(async (t) => {
    await t.domain("a.test");
    const [ann, bob, eve] = [
      await t.account("ann@a.test"),
      await t.account("bob@a.test"),
      await t.account("eve@a.test"),
    ];
    await t.directory.ask("createGroup", { address: "team@a.test", members: ["eve@a.test"] });
    const owners = async (id: string) =>
      (await t.directory.ask("shares", { id })).owners.map(({ address }) => address);
    const tell = (owner: string, identifiers: string[], at: number) =>
      t.directory.ask("updateShares", { owner, identifiers, at });
    await tell(ann, [bob], 10);
    await tell(bob, ["group:team@a.test"], 10);
    assert.deepEqual([await owners(ann), await owners(bob), await owners(eve)], [[], ["ann@a.test"], [
      "bob@a.test",
    ]]);
    await tell(ann, ["anyone"], 20);
    assert.deepEqual(await owners(eve), ["ann@a.test", "bob@a.test"]);
    assert.deepEqual(await owners(ann), [], "nobody shares with themselves");
    await tell(ann, [bob], 15);
    await tell(ann, [], 20);
    assert.deepEqual(
      await owners(bob),
      ["ann@a.test"],
      "what was told earlier and comes late counts for nothing",
    );
    await tell(ann, [], 21);
    assert.deepEqual(await owners(bob), []);
    await tell(ann, [bob, eve], 22);
    await t.directory.ask("removeAccount", { address: "ann@a.test" });
    assert.deepEqual(await owners(bob), []);
    assert.deepEqual((await t.directory.ask("shares", { id: "nobody" })).owners, []);
  }));

Deno.test("groups of an account are found through groups, aliases and other names of its domain", () =>
  withDirectory(async (t) => {
    await t.domain("a.test");
    await t.domain("b.test", { aliasOf: "a.test" });
    const id = await t.account("ann@a.test");
    const groups = async () => (await t.directory.ask("identity", { id })).groups;
    assert.deepEqual(await groups(), []);
    const group = (address: string, members: string[]) =>
      t.directory.ask("createGroup", { address, members });
    await group("one@a.test", ["ann@a.test"]);
    await group("two@a.test", ["ann@b.test"]);
    await group("all@a.test", ["one@b.test", "all@a.test"]);
    await t.directory.ask("createAlias", { address: "an@a.test", targets: ["ann@a.test"], internal: false });
    await group("nick@a.test", ["an@a.test"]);
    await group("others@a.test", ["joann@a.test"]);
    assert.deepEqual(await groups(), ["all@a.test", "nick@a.test", "one@a.test", "two@a.test"]);
    await t.directory.ask("updateGroup", { address: "one@a.test", members: ["joann@a.test"] });
    assert.deepEqual(await groups(), ["nick@a.test", "two@a.test"]);
    assert.deepEqual(await t.directory.ask("identity", { id: "nobody" }), { id: "nobody", groups: [] });
  }));
