import { strict as assert } from "node:assert";
import { GENESIS, type LogMark } from "../../src/actor/replica.ts";
import { seededRandom } from "../../src/base/id.ts";
import { accountId } from "./account_id.ts";
import { directoryActor } from "./actor.ts";
import { parseAddress } from "./address.ts";
import { HASH, Pair, refused, withPair } from "./pair_test.ts";

const NEW_HASH = "$argon2id$v=19$new";

Deno.test("which requests change what both servers hold", () => {
  const changing = Object.keys(directoryActor.handlers).filter((name) => directoryActor.changes!(name, {}));
  assert.deepEqual(changing.sort(), [
    "createAccount",
    "createAlias",
    "createDomain",
    "createGroup",
    "createPublic",
    "createPublicAddresses",
    "createSpace",
    "moveHome",
    "rehash",
    "removeAccount",
    "removeAlias",
    "removeDomain",
    "removeGlobalScript",
    "removeGroup",
    "removePublic",
    "removeSpace",
    "updateAccount",
    "updateDomain",
    "updateGlobalScript",
    "updateGroup",
    "updatePublic",
    "updatePublicAddresses",
    "updateShares",
    "updateSieveRole",
  ]);
  for (const name of changing) assert(!(directoryActor.reads as Set<string>).has(name), name);
});

Deno.test("the other server tells its watchers the same as the one where a change was made", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const address = "alice@a.test";
    const id = accountId(parseAddress(address), 0);
    const update = (rest: object) => () => home.ask("updateAccount", { address, ...rest });
    const updateDomain = (rest: object) => () => home.ask("updateDomain", { name: "a.test", ...rest });
    const steps: [what: () => Promise<unknown>, heard: string[]][] = [
      [() => home.account(address), ["changed"]],
      [update({ displayName: "A" }), [`settings ${id}`, "changed"]],
      [update({ displayName: "A" }), []],
      [() => home.ask("rehash", { accountId: id, from: HASH, to: "$argon2id$better" }), ["changed"]],
      [update({ passwordHash: NEW_HASH }), [`credentials ${id}`, "changed"]],
      [update({ enabled: false }), [`disabled ${id}`, "changed"]],
      [updateDomain({ acknowledge: "both" }), [`settings ${id}`, "domains", "changed"]],
      [updateDomain({ catchAll: address }), ["domains", "changed"]],
      [() => home.ask("createGroup", { address: "g@a.test", members: [address] }), ["changed"]],
      [() => home.ask("removeAccount", { address }), [`removed ${id}`, "changed"]],
      [() => home.ask("removeDomain", { name: "a.test" }), ["domains", "changed"]],
    ];
    for (const [n, [what, heard]] of steps.entries()) {
      await what();
      await pair.meet();
      assert.deepEqual([home.hear(), other.hear()], [heard, heard], `step ${n}`);
    }
  }));

Deno.test("what both servers changed while they were apart joins by column, row and list", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const ids: Record<string, string> = {};
    for (const name of ["ann", "bob", "eve"]) ids[name] = await home.account(`${name}@a.test`);
    await home.ask("createGroup", { address: "all@a.test", members: ["ann@a.test", "bob@a.test"] });
    await home.ask("createAlias", { address: "al@a.test", targets: ["ann@a.test"], internal: false });
    await pair.meet();
    for (const server of [home, other]) server.hear();

    other.clock.advance(1000);
    await other.ask("updateAccount", { address: "ann@a.test", passwordHash: NEW_HASH, displayName: "Ann" });
    await other.ask("updateAccount", { address: "bob@a.test", displayName: "other" });
    await other.ask("removeAccount", { address: "eve@a.test" });
    await other.ask("updateGroup", { address: "all@a.test", members: ["ann@a.test", "eve@a.test"] });
    await other.ask("removeAlias", { address: "al@a.test" });
    await other.ask("createAlias", { address: "al@a.test", targets: ["bob@a.test"], internal: true });
    await other.ask("createDomain", { name: "b.test" });
    await other.ask("updateDomain", { name: "a.test", quotaBytes: 5 });
    home.clock.advance(2000);
    await home.ask("updateAccount", { address: "ann@a.test", enabled: false, quotaBytes: 7 });
    await home.ask("updateAccount", { address: "bob@a.test", displayName: "home" });
    await home.ask("updateAccount", { address: "eve@a.test", displayName: "later" });
    await home.ask("updateGroup", {
      address: "all@a.test",
      members: ["ann@a.test", "bob@a.test", "new@a.test"],
    });
    await home.ask("createDomain", { name: "c.test", aliasOf: "a.test" });
    await home.ask("updateDomain", { name: "a.test", messageBytes: 6 });
    for (const server of [home, other]) server.hear();
    await pair.meet();

    const ann = await other.ask("getAccount", { address: "ann@a.test" });
    assert.deepEqual([ann.enabled, ann.displayName, ann.quotaBytes], [false, "Ann", 7]);
    await home.ask("updateAccount", { address: "ann@a.test", enabled: true });
    assert.equal((await home.ask("credentials", { login: "ann@a.test" }))?.passwordHash, NEW_HASH);
    assert.equal((await home.ask("getAccount", { address: "bob@a.test" })).displayName, "home");
    await refused(home.ask("getAccount", { address: "eve@a.test" }), "not_found");
    const { members } = await other.ask("getGroup", { address: "all@a.test" });
    assert.deepEqual(members.sort(), ["ann@a.test", "eve@a.test", "new@a.test"]);
    const alias = { address: "al@a.test", targets: ["bob@a.test"], internal: true };
    assert.deepEqual(await home.ask("getAlias", { address: "al@a.test" }), alias);
    const { items } = await home.ask("listDomains", {});
    assert.deepEqual(items.map((one) => [one.name, one.quotaBytes, one.messageBytes]), [
      ["a.test", 5, 6],
      ["b.test", null, null],
      ["c.test", null, null],
    ]);
    const sorted = (lines: string[]) => lines.filter((line) => line.includes(" ")).sort();
    const { ann: a, bob: b, eve: e } = ids;
    // The domain's limits are news to all of its accounts.
    const all = [`settings ${a}`, `settings ${b}`];
    assert.deepEqual(
      sorted(home.hear().slice(0, -2)),
      [`credentials ${a}`, ...all, `removed ${e}`].sort(),
    );
    assert.deepEqual(sorted(other.hear()), [`disabled ${a}`, `settings ${b}`, ...all].sort());
  }));

Deno.test("a stronger hash of the old password never beats the new password", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const id = await home.account("alice@a.test");
    await pair.meet();
    await home.ask("updateAccount", { address: "alice@a.test", passwordHash: NEW_HASH });
    other.clock.advance(5000);
    assert((await other.ask("rehash", { accountId: id, from: HASH, to: "$argon2id$better" })).replaced);
    await pair.meet();
    assert.equal((await other.ask("credentials", { login: "alice@a.test" }))?.passwordHash, NEW_HASH);
  }));

Deno.test("servers that each made the same account before they met have one account and one mailbox", async () => {
  const pair = new Pair();
  const ids = [];
  for (const server of [pair.other, pair.home]) {
    await server.ask("createDomain", { name: "a.test" });
    server.clock.advance(1000);
    ids.push(await server.account("Alice@A.test", { displayName: server.id }));
    server.clock.advance(500);
  }
  assert.equal(ids[0], ids[1]);
  const signed = await pair.other.ask("rewriteSender", { from: "x@far.test", by: "alice@a.test" });
  await pair.meet();
  assert.equal((await pair.home.ask("listAccounts", {})).items.length, 1);
  const report = await pair.home.ask("resolve", { address: signed.from, authenticated: false });
  assert.deepEqual(report.external, ["x@far.test"], "what either signed is good on both");
  await Promise.all([pair.home.system.close(), pair.other.system.close()]);
});

Deno.test("a heal is repeated with what came meanwhile until the other server takes the join", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.account("ann@a.test");
    await other.account("bob@a.test");
    await other.ask("createAlias", { address: "ann@a.test", targets: ["bob@a.test"], internal: false });
    await other.ask("createGroup", { address: "all@a.test", members: ["bob@a.test"] });
    const common = await pair.common();
    const first = await pair.heal();
    await other.ask("updateGroup", { address: "all@a.test", members: ["bob@a.test", "late@a.test"] });
    await refused(other.ask("applyLog", first), "conflict");
    await home.ask("updateGroup", { address: "all@a.test", members: [] });
    const before = await home.ask("hash", {});
    const second = await pair.heal(common);
    assert.deepEqual((await home.ask("getGroup", { address: "all@a.test" })).members, ["late@a.test"]);
    assert.notEqual((await home.ask("hash", {})).hash, before.hash);
    const again = await pair.heal(common);
    assert.equal((await home.ask("hash", {})).position, before.position + 2);
    await other.ask("applyLog", again);
    await pair.same();
    await refused(other.ask("applyLog", second), "conflict");
    const aliases = (await home.ask("listAliases", {})).items.map(({ address }) => address);
    assert.deepEqual(aliases, ["ann.conflict-1@a.test"], "moved once");
    await other.ask("removeAlias", { address: "ann.conflict-1@a.test" });
    await pair.meet();
  }));

Deno.test("a snapshot fills an empty file, replaces a stranger's, and its log goes on from there", () =>
  withPair(async (pair) => {
    const { home } = pair;
    await home.account("ann@a.test");
    await home.account("bob@a.test");
    await home.ask("removeAccount", { address: "bob@a.test" });
    const { entry } = await home.ask("snapshot", {});
    for (const filled of [false, true]) {
      const { other: fresh, home: unused } = new Pair();
      await unused.system.close();
      if (filled) {
        await fresh.ask("createDomain", { name: "b.test" });
        await fresh.account("gone@b.test");
      }
      const { end } = await fresh.ask("tip", {});
      fresh.hear();
      assert.deepEqual(await fresh.ask("applyLog", { after: end, entries: [entry] }), {
        end: (await home.ask("tip", {})).end,
      });
      const told = filled ? ["removed", "domains", "changed"] : ["domains", "changed"];
      assert.deepEqual(fresh.hear().map((line) => line.split(" ")[0]), told);
      assert.deepEqual(await fresh.ask("hash", {}), await home.ask("hash", {}));
      await fresh.account("new@a.test");
      assert.deepEqual(fresh.system.checkAll(), []);
      await refused(
        fresh.ask("heal", { common: GENESIS, theirs: { entries: [], end: GENESIS, tip: null } }),
        "conflict",
      );
      await fresh.system.close();
    }
    const empty = new Pair();
    await empty.other.account("x@a.test").catch(() => {});
    await empty.other.ask("createDomain", { name: "x.test" });
    const nothing = await empty.home.ask("snapshot", {});
    const { end } = await empty.other.ask("tip", {});
    assert.deepEqual(await empty.other.ask("applyLog", { after: end, entries: [nothing.entry] }), {
      end: GENESIS,
    });
    await empty.same();
    await Promise.all([empty.home.system.close(), empty.other.system.close()]);
  }));

Deno.test("an empty file takes a log in which a join stands for a branch", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.account("ann@a.test");
    for (const name of ["bob", "eve"]) await other.account(`${name}@a.test`);
    await pair.meet();
    await other.ask("updateAccount", { address: "ann@a.test", displayName: "Ann" });
    const entries = await other.entries(GENESIS);
    assert.ok(entries.some(({ position }, i) => position > i + 1), "something was left out");
    const { other: unused, home: fresh } = new Pair();
    await unused.system.close();
    await fresh.ask("applyLog", { after: GENESIS, entries });
    assert.deepEqual(await fresh.ask("hash", {}), await other.ask("hash", {}));
    await fresh.system.close();
  }));

Deno.test("entries that do not follow are refused and change nothing", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const after = (await other.ask("tip", {})).end;
    await home.account("ann@a.test");
    await home.account("bob@a.test");
    const entries = await home.entries(after);
    const before = await other.ask("hash", {});
    const wrong = { position: after.position, tag: "other" };
    await refused(other.ask("applyLog", { after: wrong, entries }), "conflict");
    await refused(other.ask("applyLog", { after: GENESIS, entries }), "conflict");
    await refused(other.ask("applyLog", { after, entries: entries.slice(1) }), "conflict");
    const update = { op: "row" as const, table: "accounts", key: ["none"], set: { enabled: 0 } };
    await refused(
      other.ask("applyLog", { after, entries: [{ ...entries[0], changes: [update] }] }),
      "conflict",
    );
    const claim = { home: "mx1", epoch: 0 };
    const join = { op: "join" as const, branch: { common: wrong, end: after }, claim, rows: [] };
    await refused(
      other.ask("applyLog", { after, entries: [{ ...entries[1], changes: [join] }] }),
      "conflict",
    );
    assert.deepEqual(await other.ask("hash", {}), before);
    const theirs = { entries: [], end: wrong, tip: null };
    await refused(home.ask("heal", { common: wrong, theirs }), "conflict");
    await refused(home.ask("heal", { common: after, theirs }), "invalid");
    await other.ask("applyLog", { after, entries });
    await pair.same();
  }));

Deno.test("a home that moved and entries of it travel with the log", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("moveHome", { to: "mx2" });
    await other.account("late@a.test");
    await pair.meet();
    assert.deepEqual((await other.ask("replicaState", {})).home, "mx2");
    const { entry } = await other.ask("snapshot", {});
    await home.ask("applyLog", { after: (await home.ask("tip", {})).end, entries: [entry] });
    await pair.same();
    assert.deepEqual((await home.ask("replicaState", {})).home, "mx2");
  }));

Deno.test("the later of two claims to the home holds after a heal", () =>
  withPair(async (pair) => {
    await refused(pair.other.ask("moveHome", { to: "mx2" }), "unavailable");
    await pair.home.ask("moveHome", { to: "mx2" });
    await pair.other.account("ann@a.test");
    const common = await pair.common();
    await pair.home.ask("applyLog", await swapped(pair, common));
    await pair.same();
    const { home, epoch } = await pair.home.ask("replicaState", {});
    assert.deepEqual([home, epoch], ["mx2", 1]);
  }));

/** The other server joins what the home has: the join that the home has yet to take. */
async function swapped({ home, other }: Pair, common: LogMark) {
  const { end, tip } = await home.ask("tip", {});
  const theirs = { entries: await home.entries(common), end, tip };
  await other.ask("heal", { common, theirs });
  return { after: end, entries: [await other.join()] };
}

Deno.test("what is done after a heal is later than what it joined, even by a slow clock", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.account("ann@a.test");
    await pair.meet();
    const common = await pair.common();
    other.clock.advance(600_000);
    await other.ask("updateAccount", { address: "ann@a.test", displayName: "fast clock" });
    await pair.heal(common);
    await home.ask("updateAccount", { address: "ann@a.test", displayName: "seen and changed" });
    // The other server never took the join, and is the home from now on.
    const { end, tip } = await home.ask("tip", {});
    const entries = await home.entries(common);
    await other.ask("heal", { common, theirs: { entries, end, tip } });
    await home.ask("applyLog", { after: end, entries: [await other.join()] });
    await pair.same();
    assert.equal((await home.ask("getAccount", { address: "ann@a.test" })).displayName, "seen and changed");
  }));

Deno.test("whatever both do while they are apart, they hold the same afterwards, in good order", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = seededRandom(seed);
    const pick = (below: number) => random.bytes(1)[0] % below;
    await withPair(async (pair) => {
      let pending: Awaited<ReturnType<Pair["heal"]>> | null = null;
      for (let step = 0; step < 60; step++) {
        const server = pick(2) ? pair.home : pair.other;
        server.clock.advance(pick(200));
        const address = `u${pick(3)}@${["a", "b"][pick(2)]}.test`;
        const domain = `${["b", "c", "d"][pick(3)]}.test`;
        const members = [`u${pick(3)}@a.test`, `u${pick(3)}@a.test`];
        const ask = server.ask;
        const changes: (() => Promise<unknown>)[] = [
          () => server.account(address, { displayName: `${step}` }),
          () => ask("updateAccount", { address, displayName: `${step}`, enabled: pick(2) === 1 }),
          () => ask("updateAccount", { address, passwordHash: `$argon2id$${step}` }),
          () => ask("removeAccount", { address }),
          () => ask("createAlias", { address, targets: members, internal: false }),
          () => ask("removeAlias", { address }),
          () => ask("createGroup", { address, members }),
          () => ask("updateGroup", { address, members }),
          () => ask("removeGroup", { address }),
          () => ask("createDomain", { name: domain }),
          () => ask("createDomain", { name: domain, aliasOf: `${["a", "b", "c"][pick(3)]}.test` }),
          () => ask("updateDomain", { name: domain, quotaBytes: step }),
          () => ask("removeDomain", { name: domain }),
        ];
        await changes[pick(changes.length)]().catch((error) => assert(error.code !== "internal", error));
        if (pick(12) === 0) {
          pending = await pair.heal();
          assert.deepEqual(pair.home.system.checkAll(), [], `seed ${seed}`);
        } else if (pending && pick(3) === 0) {
          await pair.other.ask("applyLog", pending).catch((error) => assert.equal(error.code, "conflict"));
          pending = null;
        }
      }
      await pair.meet();
    });
  }
});
