import { strict as assert } from "node:assert";
import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { type Pair, type Server, withPair } from "./pair_test.ts";

async function give(server: Server, name: string, identifier: string, rights: string): Promise<void> {
  await server.ask("setAcl", { name, entry: { identifier, rights }, mode: "replace" });
}

async function acl(server: Server, name: string): Promise<Record<string, string>> {
  const { entries } = await server.ask("getAcl", { name });
  return Object.fromEntries(entries.map(({ identifier, rights }) => [identifier, rights]));
}

/** Both hold a folder Work that bob reads. */
async function begin(pair: Pair): Promise<void> {
  await pair.home.ask("createFolder", { name: "Work" });
  await give(pair.home, "Work", "bob", "lr");
  await pair.meet();
  assert.deepEqual(await acl(pair.other, "Work"), { bob: "lr" });
}

Deno.test("rights given apart to different people both hold; for one of them the later word does", () =>
  withPair(async (pair) => {
    await begin(pair);
    await give(pair.home, "Work", "carol", "lr");
    await give(pair.home, "Work", "dave", "l");
    await give(pair.home, "Work", "bob", "lrs");
    pair.other.clock.advance(1000);
    await give(pair.other, "Work", "bob", "lrswi");
    await give(pair.other, "Work", "-erin", "r");
    await give(pair.other, "Archive", "bob", "l");
    await pair.meet();
    assert.deepEqual(await acl(pair.home, "Work"), { "-erin": "r", bob: "lrswi", carol: "lr", dave: "l" });
    assert.deepEqual(await acl(pair.other, "Archive"), { bob: "l" });
  }));

Deno.test("rights that were taken away later stay away, and come back when they were given later", () =>
  withPair(async (pair) => {
    await begin(pair);
    await give(pair.other, "Work", "bob", "lrs");
    pair.home.clock.advance(1000);
    await pair.home.ask("deleteAcl", { name: "Work", identifier: "bob" });
    await pair.meet();
    assert.deepEqual(await acl(pair.other, "Work"), {});
    await give(pair.home, "Work", "bob", "l");
    await pair.meet();
    await pair.home.ask("deleteAcl", { name: "Work", identifier: "bob" });
    pair.other.clock.advance(5000);
    await give(pair.other, "Work", "bob", "lr");
    await pair.meet();
    assert.deepEqual(await acl(pair.home, "Work"), { bob: "lr" });
  }));

for (const deleter of ["home", "other"] as const) {
  const sharer = deleter === "home" ? "other" : "home";
  Deno.test(`a folder that ${deleter} deleted and ${sharer} shared is gone with its rights`, () =>
    withPair(async (pair) => {
      await begin(pair);
      await pair[deleter].ask("deleteFolder", { name: "Work" });
      pair[sharer].clock.advance(1000);
      await give(pair[sharer], "Work", "bob", "lrswi");
      await give(pair[sharer], "Work", "anyone", "l");
      await pair.meet();
      const { folders } = await pair.home.ask("listFolders", {});
      assert.ok(!folders.some(({ name }) => name === "Work"));
      assert.deepEqual((await pair.other.ask("listFolders", { as: { id: "bob", groups: [] } })).folders, []);
    }));

  Deno.test(`a folder that ${deleter} deleted and that got mail comes back for those it was shared with since`, () =>
    withPair(async (pair) => {
      await begin(pair);
      await pair[deleter].ask("deleteFolder", { name: "Work" });
      pair[sharer].clock.advance(1000);
      await give(pair[sharer], "Work", "carol", "lr");
      const messages = [newMessage(letter(1))];
      await pair[sharer].ask("append", { name: "Work", messages, limits: NO_LIMITS });
      await pair.meet();
      assert.deepEqual(await acl(pair.home, "Work"), { carol: "lr" });
    }));
}

Deno.test("folders made apart under one name become one with the rights of both", () =>
  withPair(async (pair) => {
    await begin(pair);
    for (const server of [pair.home, pair.other]) await server.ask("createFolder", { name: "New" });
    await give(pair.home, "New", "bob", "lr");
    await give(pair.other, "New", "bob", "lrswi");
    await give(pair.other, "New", "carol", "l");
    await pair.meet();
    assert.deepEqual(await acl(pair.other, "New"), { bob: "lr", carol: "l" });
  }));

Deno.test("a server that comes anew gets all rights", () =>
  withPair(async (pair) => {
    await pair.home.ask("createFolder", { name: "Work" });
    await give(pair.home, "Work", "group:team@a.test", "lr");
    const { entry } = await pair.home.ask("snapshot", {});
    const { end } = await pair.other.ask("tip", {});
    await pair.other.ask("applyLog", { after: end, entries: [entry] });
    await pair.same();
    assert.deepEqual(await acl(pair.other, "Work"), { "group:team@a.test": "lr" });
  }));
