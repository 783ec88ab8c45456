import { strict as assert } from "node:assert";
import { withDirectory } from "./harness_test.ts";
import { withPair } from "./pair_test.ts";

Deno.test("an alias leads to a folder of a public namespace, beside people and addresses outside", () =>
  withDirectory(async (t) => {
    const { ask } = t.directory;
    await t.domain("a.test");
    const ann = await t.account("ann@a.test");
    const { id } = await ask("createPublic", { name: "Pond" });
    const targets = ["ann@a.test", "x@out.test", "#Pond/Sales"];
    assert.deepEqual(
      (await ask("createAlias", { address: "sales@a.test", targets, internal: false })).targets,
      targets,
    );
    const found = await ask("resolve", { address: "sales@a.test", authenticated: false });
    assert.deepEqual(
      found.mailboxes.map(({ account, folder, address }) => [account.id, folder, address]),
      [[id, "INBOX/Sales", "sales@a.test"], [ann, undefined, "ann@a.test"]],
    );
    assert.deepEqual(found.external, ["x@out.test"]);
    assert.equal((await ask("maySendAs", { accountId: id, address: "sales@a.test" })).allowed, false);
    for (const target of ["#Sea/Sales", "#Pond/", "#", "#Pond//x"]) {
      const request = { address: "other@a.test", targets: [target], internal: false };
      await t.refused(ask("createAlias", request), "invalid");
    }
    await ask("createAlias", { address: "pond@*", targets: ["#Pond"], internal: false });
    const top = await ask("resolve", { address: "pond@a.test", authenticated: false });
    assert.deepEqual(top.mailboxes.map(({ folder }) => folder), ["INBOX"]);
    await ask("updatePublicAddresses", { id, from: "INBOX/Sales", to: "INBOX/Deep/Sold" });
    assert.deepEqual((await ask("getAlias", { address: "sales@a.test" })).targets, [
      "ann@a.test",
      "x@out.test",
      "#Pond/Deep/Sold",
    ]);
    await ask("removePublic", { name: "Pond" });
    await t.refused(ask("resolve", { address: "pond@a.test", authenticated: false }), "not_found");
  }));

Deno.test("a new public folder gets addresses in the domains of that time, where they are free", () =>
  withDirectory(async (t) => {
    const { ask } = t.directory;
    for (const name of ["a.test", "b.test", "c.test"]) await t.domain(name);
    await t.account("sales@b.test");
    await ask("createDomain", { name: "other.test", aliasOf: "a.test" });
    const { id } = await ask("createPublic", { name: "Pond", addresses: true });
    const { id: quiet } = await ask("createPublic", { name: "Lake" });
    for (let times = 0; times < 2; times++) {
      await ask("createPublicAddresses", { id, folder: "INBOX/Deep/Sales" });
      await ask("createPublicAddresses", { id, folder: "INBOX/Our Team" });
      await ask("createPublicAddresses", { id, folder: "INBOX/(what?)" });
      await ask("createPublicAddresses", { id: quiet, folder: "INBOX/Quiet" });
    }
    await t.domain("late.test");
    const folders = ["INBOX", "INBOX/Our Team", "INBOX/Deep/Sales"];
    assert.deepEqual((await ask("listPublicAddresses", { id, folders })).items, [
      { folder: "#Pond", addresses: [], free: [] },
      {
        folder: "#Pond/Our Team",
        addresses: ["our-team@a.test", "our-team@b.test", "our-team@c.test"],
        free: ["our-team@late.test"],
      },
      {
        folder: "#Pond/Deep/Sales",
        addresses: ["sales@a.test", "sales@c.test"],
        free: ["sales@late.test"],
      },
    ]);
    const { items } = await ask("listAliases", {});
    assert.deepEqual(items.map(({ address, targets }) => [address, ...targets]), [
      ["our-team@a.test", "#Pond/Our Team"],
      ["sales@a.test", "#Pond/Deep/Sales"],
      ["our-team@b.test", "#Pond/Our Team"],
      ["our-team@c.test", "#Pond/Our Team"],
      ["sales@c.test", "#Pond/Deep/Sales"],
    ]);
  }));

Deno.test("names of namespaces that servers made apart and that are one stay one", () =>
  withPair(async (pair) => {
    const { id } = await pair.home.ask("createPublic", { name: "pond" });
    await pair.other.ask("createPublic", { name: "Pond" });
    await pair.meet();
    for (const server of [pair.home, pair.other]) {
      const { items } = await server.ask("listPublics", {});
      assert.deepEqual(items.map((one) => [one.name, one.id]), [["Pond", id]]);
    }
  }));
