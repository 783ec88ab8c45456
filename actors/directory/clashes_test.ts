import { strict as assert } from "node:assert";
import { LocalSystem } from "../../src/actor/local.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { idTimeMs, seededRandom } from "../../src/base/id.ts";
import { mailboxActor } from "../mailbox/actor.ts";
import type { MailboxContract } from "../mailbox/contract.ts";
import { accountId, generationOf } from "./account_id.ts";
import { parseAddress } from "./address.ts";
import { HASH, refused, type Server, withPair } from "./pair_test.ts";

const ALICE = parseAddress("alice@a.test");

/** An account as an earlier release made it: its id tells the time. */
async function oldAccount(server: Server, id: string, local: string): Promise<void> {
  const { end } = await server.ask("tip", {});
  const set = {
    local,
    domain: "a.test",
    display_name: "old",
    password_hash: HASH,
    enabled: 1,
    disabled_delivery: "refuse",
    internal: 0,
    quota_bytes: null,
    message_bytes: null,
    acknowledge: null,
    created_at_ms: idTimeMs(id),
  };
  const change = { op: "row" as const, table: "accounts", key: [id], set, was: null };
  const hlc = server.clock.nowMs() * 2048;
  const entry = { position: end.position + 1, requestId: `r${id}`, hlc, changes: [change] };
  await server.ask("applyLog", { after: end, entries: [entry] });
}

const addresses = async (server: Server) =>
  (await server.ask("listAccounts", {})).items.map(({ address, id }) => [address, id]);

Deno.test("an id follows from address and generation, in the form of every id", () => {
  const id = accountId(ALICE, 0);
  assert.equal(id, "0000000000" + id.slice(10));
  assert.match(id, /^[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(accountId(parseAddress("ALICE@A.test"), 0), id);
  assert.equal(accountId(ALICE, 31).slice(0, 10), "000000000z");
  const ids = [id, accountId(ALICE, 1), accountId(parseAddress("alice@b.test"), 0)];
  assert.equal(new Set(ids.map((one) => one.slice(10))).size, 3);
  assert.deepEqual(ids.map(generationOf), [0, 1, 0]);
  assert.equal(generationOf("01kdvdnbygcpn21355zktv9av4"), null);
});

Deno.test("an account made again has a new id, and its mailbox a UIDVALIDITY never shown before", () =>
  withPair(async (pair) => {
    const system = new LocalSystem({
      clock: new ManualClock(),
      random: seededRandom(1),
      actors: [mailboxActor],
    });
    const seen = [];
    for (const server of [pair.home, pair.other, pair.home]) {
      const id = await server.account("alice@a.test");
      const { uidValidity } = await system.ref<MailboxContract>(`mailbox:${id}`).ask("status", {
        name: "INBOX",
      });
      seen.push([generationOf(id), uidValidity]);
      await server.ask("removeAccount", { address: "alice@a.test" });
      await pair.meet();
    }
    assert.deepEqual(seen, [[0, 1], [1, 2], [2, 3]]);
    const old = system.ref<MailboxContract>("mailbox:01kdvdnbygcpn21355zktv9av4");
    assert.equal((await old.ask("status", { name: "INBOX" })).uidValidity, 1_767_225_602);
    await system.close();
  }));

Deno.test("an account removed on one side and made again is not the one that the other side changed", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.account("alice@a.test");
    await pair.meet();
    await other.ask("removeAccount", { address: "alice@a.test" });
    const id = await other.account("alice@a.test");
    home.clock.advance(5000);
    await home.ask("updateAccount", { address: "alice@a.test", displayName: "before" });
    await home.ask("removeAccount", { address: "alice@a.test" });
    await pair.meet();
    assert.deepEqual(await addresses(home), [["alice@a.test", id]]);
    assert.equal((await home.ask("getAccount", { address: "alice@a.test" })).displayName, "");
    await home.ask("removeAccount", { address: "alice@a.test" });
    assert.equal(generationOf(await home.account("alice@a.test")), 2);
  }));

Deno.test("of two accounts of one address one keeps it, and the other is kept beside it", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const [first, second] = ["01kdvdnbygcpn21355zktv9av4", "01kdvdncygcpn21355zktv9av4"];
    // An earlier release's account is in use: it stays, whatever the ids.
    await oldAccount(home, first, "alice");
    const made = await other.account("alice@a.test");
    // Of two such accounts the smaller id.
    await oldAccount(home, second.replace(/4$/, "5"), "bob");
    await oldAccount(other, first.replace(/4$/, "5"), "bob");
    // The higher generation wins.
    await oldAccount(home, second.replace(/4$/, "6"), "carol");
    await other.account("carol@a.test");
    await other.ask("removeAccount", { address: "carol@a.test" });
    const carol = await other.account("carol@a.test", { displayName: "again" });
    const common = await pair.common();
    await pair.heal(common);
    await pair.heal(common);
    await other.ask("createAlias", {
      address: "late@a.test",
      targets: ["x@a.test"],
      internal: false,
    });
    for (const server of [home, other]) server.hear();
    await other.ask("applyLog", await pair.heal(common));
    await pair.same();
    assert.deepEqual(await addresses(other), [
      ["alice@a.test", first],
      ["alice.conflict-1@a.test", made],
      ["bob@a.test", first.replace(/4$/, "5")],
      ["bob.conflict-1@a.test", second.replace(/4$/, "5")],
      ["carol@a.test", carol],
      ["carol.conflict-1@a.test", second.replace(/4$/, "6")],
    ]);
    assert.deepEqual(other.hear(), [`settings ${made}`, "changed"]);
    const login = await other.ask("credentials", { login: "alice.conflict-1@a.test" });
    assert.equal(login?.account.id, made, "nothing but the address changed");
  }));

Deno.test("an account comes before an alias and an alias before a group; what gives way is kept", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const long = "x".repeat(60);
    await home.account("a@a.test");
    await home.ask("createAlias", { address: "b@a.test", targets: ["x@out.test"], internal: true });
    await home.ask("createGroup", { address: `${long}@a.test`, members: ["a@a.test"] });
    await other.ask("createAlias", { address: "a@a.test", targets: ["y@out.test"], internal: true });
    await other.ask("createGroup", { address: "b@a.test", members: ["a@a.test"] });
    await other.account(`${long}@a.test`);
    await pair.meet();
    assert.deepEqual((await addresses(other)).map(([address]) => address), ["a@a.test", `${long}@a.test`]);
    assert.deepEqual((await other.ask("listAliases", {})).items, [
      { address: "a.conflict-1@a.test", targets: ["y@out.test"], internal: true },
      { address: "b@a.test", targets: ["x@out.test"], internal: true },
    ]);
    assert.deepEqual((await other.ask("listGroups", {})).items, [
      { address: "b.conflict-1@a.test", members: ["a@a.test"] },
      { address: `${"x".repeat(53)}.conflict-1@a.test`, members: ["a@a.test"] },
    ]);
  }));

Deno.test("what only gives way in a join changes the hash that was computed before it", () =>
  withPair(async (pair) => {
    await pair.other.ask("createGroup", { address: "sales@a.test", members: ["x@a.test"] });
    await pair.home.ask("createAlias", { address: "sales@a.test", targets: ["x@out.test"], internal: false });
    await pair.home.ask("hash", {});
    await pair.meet();
    assert.deepEqual(await pair.other.ask("hash", {}), await pair.home.ask("hash", {}));
  }));

Deno.test("alias domains go with their domain, follow it, and never stand for each other", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    for (const name of ["b.test", "c.test", "d.test", "e.test", "f.test"]) {
      await home.ask("createDomain", { name });
    }
    await pair.meet();
    const realias = async (server: Server, name: string, aliasOf: string) => {
      await server.ask("removeDomain", { name });
      await server.ask("createDomain", { name, aliasOf });
    };
    // Gone on one side, given another name on the other.
    await home.ask("removeDomain", { name: "b.test" });
    await other.ask("createDomain", { name: "b-alias.test", aliasOf: "b.test" });
    // Another name of what became another name.
    await realias(home, "c.test", "a.test");
    await other.ask("createDomain", { name: "c-alias.test", aliasOf: "c.test" });
    // Settings of what became another name.
    await other.ask("updateDomain", { name: "c.test", quotaBytes: 1 });
    // Each the other's.
    await realias(home, "e.test", "d.test");
    await realias(other, "d.test", "e.test");
    await pair.meet();
    const { items } = await other.ask("listDomains", {});
    assert.deepEqual(items.map(({ name, aliasOf, quotaBytes }) => [name, aliasOf, quotaBytes]), [
      ["a.test", null, null],
      ["c-alias.test", "a.test", null],
      ["c.test", "a.test", null],
      ["d.test", null, null],
      ["e.test", "d.test", null],
      ["f.test", null, null],
    ]);
    assert.deepEqual(await home.ask("hasDomain", { domain: "b-alias.test" }), { local: false });
    await refused(home.ask("getDomain", { name: "b-alias.test" }), "not_found");
  }));
