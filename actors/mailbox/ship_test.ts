import { strict as assert } from "node:assert";
import { GENESIS, markOf } from "../../src/actor/replica.ts";
import { faults, letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { withPair } from "./ship_pair_test.ts";

Deno.test("two servers that were cut off hold the same after a heal, and no UID names two messages", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.add(1);
    await other.follow(home);
    const common = await home.end();
    const [mine, theirs] = [await home.add(2), await other.add(3)];
    assert.notEqual(mine, theirs);
    await other.remove(1);
    const branch = await other.end();
    await other.apply(branch, [await home.heal(other, common)], home);
    await pair.same();
    assert.equal((await home.uids()).length, 2);
  }));

Deno.test("a home that was given away unheard: both are cut off, and give different numbers", () =>
  withPair(async ({ home, other }) => {
    await home.ask("moveHome", { to: "mx2" });
    const [a, b] = [await home.add(1), await other.add(2)];
    assert.notEqual(a, b);
    const [mine, theirs] = await Promise.all(
      [home, other].map((server) => server.ask("status", { name: "INBOX" })),
    );
    assert.notEqual(mine.highestModSeq, theirs.highestModSeq);
  }));

Deno.test("a server that cannot see the home does not take it", () =>
  withPair(async ({ other }) => {
    await faults(other.ask("moveHome", { to: "mx2" }), "unavailable");
    assert.equal((await other.ask("replicaState", {})).home, "mx1");
  }));

Deno.test("a heal takes over the home that the other side moved", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.ask("moveHome", { to: "mx2" });
    await other.follow(home);
    const common = await home.end();
    await other.ask("moveHome", { to: "mx1" });
    await home.add(1);
    await other.apply(await other.end(), [await home.heal(other, common)], home);
    assert.equal((await home.ask("replicaState", {})).home, "mx1");
    await pair.same();
  }));

Deno.test("a message that went and came again within one page of the log is taken over", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.remove(await home.add(1));
    await home.add(1);
    await other.follow(home);
    await pair.same();
  }));

Deno.test("a join names a message that was removed before the other server got it", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.add(1);
    await other.add(2);
    const branch = await other.end();
    const join = await home.heal(other, GENESIS);
    await home.remove(1);
    await other.apply(branch, [join, ...await home.entries(markOf(join))], home);
    await pair.same();
  }));

Deno.test("a branch that came meanwhile is not joined again", () =>
  withPair(async ({ home, other }) => {
    await home.add(1);
    const entries = await home.entries(GENESIS);
    const { end, tip } = await home.ask("tip", {});
    await other.follow(home);
    await faults(other.ask("heal", { common: GENESIS, theirs: { entries, end, tip } }), "conflict");
  }));

Deno.test("after its branch was read a server keeps clear of the numbers that are given on top of it", () =>
  withPair(async ({ home, other }) => {
    const first = await other.add(1);
    await home.heal(other, GENESIS);
    // The join is lost: the cut goes on.
    const [mine, theirs] = [await home.add(2), await other.add(3)];
    assert.ok(mine > first && theirs > first);
    assert.notEqual(mine, theirs);
    const [a, b] = await Promise.all(
      [home, other].map((server) => server.ask("select", { name: "INBOX", claimRecent: false })),
    );
    assert.notEqual(a.status.highestModSeq, b.status.highestModSeq);
    const [from, to] = b.foreign!;
    assert.ok(
      a.status.highestModSeq > from && a.status.highestModSeq <= to,
      "a modseq of the home is known as such",
    );
  }));

Deno.test("a server with an empty disk takes over a log with a join in it", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.add(1);
    await other.add(2);
    await home.heal(other, GENESIS);
    await home.add(3);
    await withPair(async ({ other: empty }) => {
      await empty.follow(home);
      assert.deepEqual(await empty.ask("hash", {}), await home.ask("hash", {}));
    });
  }));

Deno.test("of a message that both sides moved the later move counts, and flags of both", () =>
  withPair(async (pair) => {
    const { home, other, clock } = pair;
    await home.add(1);
    await other.follow(home);
    const common = await home.end();
    const folder = (await home.ask("status", { name: "INBOX" })).id;
    const move = { folder, uids: [1, 1], limits: NO_LIMITS, move: true };
    const { destination } = await home.ask("copy", { ...move, to: "Archive" });
    const archive = (await home.ask("status", { name: "Archive" })).id;
    await home.ask("store", { folder: archive, uids: destination, mode: "add", flags: ["kept"] });
    clock.advance(1000);
    await other.ask("copy", { ...move, to: "Trash" });
    await other.apply(await other.end(), [await home.heal(other, common)], home);
    await pair.same();
    const trash = (await home.ask("status", { name: "Trash" })).id;
    const { rows } = await home.ask("fetch", { folder: trash, uids: [1, 0xffffffff], items: {} });
    assert.deepEqual(rows.map(({ keywords }) => keywords), ["kept"]);
    assert.equal((await home.ask("status", { name: "Archive" })).messages, 0);
  }));

Deno.test("a request that both servers executed: flags of one copy follow where the other one went", () =>
  withPair(async (pair) => {
    const { home, other, clock } = pair;
    const request = { message: newMessage(letter(1)), folder: "INBOX", limits: NO_LIMITS };
    for (const server of [home, other]) {
      await server.ask("deliver", request, { requestId: "once" });
      clock.advance(1000);
    }
    const folder = (await home.ask("status", { name: "INBOX" })).id;
    const uids = [1, 0xffffffff];
    await home.ask("copy", { folder, uids, to: "Archive", limits: NO_LIMITS, move: true });
    await other.ask("store", { folder, uids, mode: "add", flags: ["kept"] });
    await other.apply(await other.end(), [await home.heal(other, GENESIS)], home);
    await pair.same();
    assert.deepEqual(await home.uids(), []);
    const archive = (await home.ask("status", { name: "Archive" })).id;
    const { rows } = await home.ask("fetch", { folder: archive, uids, items: {} });
    assert.deepEqual(rows.map(({ keywords }) => keywords), ["kept"]);
  }));

Deno.test("a keyword that the two servers spell differently is told anew when its spelling changes", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    await home.add(1);
    await other.follow(home);
    const common = await home.end();
    const folder = (await home.ask("status", { name: "INBOX" })).id;
    const drafts = { name: "Drafts", messages: [newMessage(letter(2), ["Work"])], limits: NO_LIMITS };
    await home.ask("append", drafts);
    await other.ask("store", { folder, uids: [1, 1], mode: "add", flags: ["work"] });
    const told = (await other.ask("status", { name: "INBOX" })).highestModSeq;
    await other.apply(await other.end(), [await home.heal(other, common)], home);
    await pair.same();
    const { changed } = await other.ask("changes", { folder, since: told });
    assert.deepEqual(changed.map(({ keywords }) => keywords), ["Work"]);
  }));

Deno.test("a folder that was merged is merged again when the join was lost: nothing is there twice", () =>
  withPair(async (pair) => {
    const { home, other } = pair;
    const request = { message: newMessage(letter(1)), folder: "new", limits: NO_LIMITS };
    await home.ask("createFolder", { name: "new" });
    await other.ask("deliver", request);
    await home.heal(other, GENESIS);
    const folder = (await other.ask("status", { name: "new" })).id;
    await other.ask("copy", { folder, uids: [1, 0xffffffff], to: "Sent", limits: NO_LIMITS, move: true });
    await other.ask("deliver", { ...request, message: newMessage(letter(2)) });
    await other.apply(await other.end(), [await home.heal(other, GENESIS)], home);
    await pair.same();
    assert.equal((await home.ask("status", { name: "Sent" })).messages, 1);
    assert.equal((await home.ask("status", { name: "new" })).messages, 1);
  }));
