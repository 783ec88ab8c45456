import { strict as assert } from "node:assert";
import { GENESIS } from "../../src/actor/replica.ts";
import { uidList } from "../../src/codec/imap/uid_set.ts";
import {
  type Act,
  add,
  copy,
  create,
  deliver,
  expunge,
  flag,
  move,
  play,
  remove,
  rename,
  unflag,
  view,
} from "./acts_test.ts";
import { type Server, withPair } from "./pair_test.ts";

/** Named cases of joining two branches; the simulation plays the unnamed ones. */

interface Case {
  name: string;
  /** Done by the home before the cut: INBOX holds messages 1 to 3. */
  first?: Act[];
  home: Act[];
  other: Act[];
  want: Record<string, string[]>;
}

const COMMON = ["1", "2", "3"];

const CASES: readonly Case[] = [
  {
    name: "mail on both sides",
    home: [add(10)],
    other: [add(20), add(21)],
    want: { INBOX: [...COMMON, "20", "21", "10"] },
  },
  {
    name: "mail on the other side alone keeps its UIDs",
    home: [],
    other: [add(20)],
    want: { INBOX: [...COMMON, "20"] },
  },
  {
    name: "flags of both sides stay, each by its last word",
    home: [flag(1, "\\Flagged", "a"), unflag(1, "b")],
    other: [flag(1, "\\Answered", "b")],
    want: { INBOX: ["1 6 a b", "2", "3"] },
  },
  {
    name: "expunge wins over flags",
    home: [expunge(2)],
    other: [flag(2, "\\Flagged")],
    want: { INBOX: ["1", "3"] },
  },
  {
    name: "and so it does the other way round",
    home: [flag(2, "\\Flagged")],
    other: [expunge(2)],
    want: { INBOX: ["1", "3"] },
  },
  {
    name: "a message moved on both sides lives on where it went last",
    home: [move(2, "Archive")],
    other: [move(2, "Trash")],
    want: { INBOX: ["1", "3"], Trash: ["2"] },
  },
  {
    name: "both moved it to the same folder: it is there once",
    home: [move(2, "Trash")],
    other: [move(2, "Trash")],
    want: { INBOX: ["1", "3"], Trash: ["2"] },
  },
  {
    name: "flags set on one side follow a message that the other side moved",
    home: [move(2, "Archive")],
    other: [flag(2, "\\Flagged", "k")],
    want: { INBOX: ["1", "3"], Archive: ["2 4 k"] },
  },
  {
    name: "copies of both sides are two copies",
    home: [copy(1, "Archive")],
    other: [copy(1, "Archive")],
    want: { INBOX: COMMON, Archive: ["1", "1"] },
  },
  {
    name: "one folder name made on both sides is one folder",
    home: [deliver(10, "new")],
    other: [deliver(20, "new"), deliver(21, "new/below")],
    want: { INBOX: COMMON, new: ["10", "20"], "new/below": ["21"] },
  },
  {
    name: "a folder renamed on both sides has its last name",
    first: [create("a"), deliver(4, "a")],
    home: [rename("a", "b")],
    other: [rename("a", "c")],
    want: { INBOX: COMMON, c: ["4"] },
  },
  {
    name: "folders that went up before the cut, each to the name of the one above it",
    first: [create("a/b/b"), deliver(4, "a/b"), deliver(5, "a/b/b"), remove("a"), rename("a/b", "a")],
    home: [deliver(6, "a")],
    other: [deliver(7, "a/b")],
    want: { INBOX: COMMON, a: ["4", "6"], "a/b": ["5", "7"] },
  },
  {
    name: "folders that went up while the other side filed into them",
    first: [create("a/b/b"), deliver(4, "a/b"), deliver(5, "a/b/b")],
    home: [remove("a"), rename("a/b", "a")],
    other: [deliver(6, "a/b"), deliver(7, "a/b/b")],
    want: { INBOX: COMMON, a: ["4", "6"], "a/b": ["5", "7"] },
  },
  {
    name: "two folders that got one name stay two",
    first: [create("a"), create("b"), deliver(4, "a"), deliver(5, "b")],
    home: [rename("a", "n")],
    other: [rename("b", "n")],
    want: { INBOX: COMMON, n: ["4"], "n (2)": ["5"] },
  },
  {
    name: "a deleted folder stays deleted",
    first: [create("a"), deliver(4, "a")],
    home: [],
    other: [remove("a")],
    want: { INBOX: COMMON },
  },
  {
    name: "a deleted folder comes back with what the other side filed in it, and only that",
    first: [create("a"), deliver(4, "a"), deliver(5, "a")],
    home: [remove("a")],
    other: [deliver(20, "a")],
    want: { INBOX: COMMON, a: ["20"] },
  },
  {
    name: "and so it does the other way round",
    first: [create("a"), deliver(4, "a")],
    home: [deliver(10, "a"), add(11)],
    other: [remove("a"), add(21)],
    want: { INBOX: [...COMMON, "21", "11"], a: ["10"] },
  },
  {
    name: "one keyword in two spellings is one",
    home: [flag(1, "Work")],
    other: [flag(2, "work")],
    want: { INBOX: ["1 Work", "2 Work", "3"] },
  },
  {
    name: "what came and went on one side is nowhere",
    home: [add(10), expunge(4)],
    other: [add(20)],
    want: { INBOX: [...COMMON, "20"] },
  },
];

for (const { name, first = [], home, other, want } of CASES) {
  Deno.test(`heal() joins: ${name}`, () =>
    withPair(async (pair) => {
      await play(pair, [add(1), add(2), add(3), ...first].map((act) => [pair.home, act]));
      await pair.meet();
      const acts: [Server, Act][] = [];
      for (let i = 0; i < Math.max(home.length, other.length); i++) {
        if (home[i]) acts.push([pair.home, home[i]]);
        if (other[i]) acts.push([pair.other, other[i]]);
      }
      await play(pair, acts);
      await pair.meet();
      for (const server of [pair.home, pair.other]) assert.deepEqual(await view(server), want);
      // And both go on as one.
      await play(pair, [[pair.home, add(90)]]);
      await pair.meet();
    }));
}

/** UIDs of INBOX by subject. */
async function uids(server: Server): Promise<Record<string, number>> {
  const { id } = await server.ask("status", { name: "INBOX" });
  const { rows } = await server.ask("fetch", {
    folder: id,
    uids: [1, 0xffffffff],
    items: { envelope: true },
  });
  return Object.fromEntries(rows.map((row) => [/letter (\d+)/.exec(row.envelope!)![1], row.uid]));
}

Deno.test("no UID names two messages, and those that go are told on both servers", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)]]);
    await pair.meet();
    await play(pair, [[pair.home, add(10)], [pair.other, add(20)], [pair.home, add(11)]]);
    const before = [await uids(pair.home), await uids(pair.other)];
    assert.deepEqual(before, [{ 1: 1, 10: 2, 11: 3 }, { 1: 1, 20: 20_002 }]);
    const heads = await Promise.all(
      [pair.home, pair.other].map((server) => server.ask("status", { name: "INBOX" })),
    );
    await pair.meet();
    const after = await uids(pair.home);
    assert.deepEqual(after, { 1: 1, 20: 20_002, 10: 20_003, 11: 20_004 });
    for (const server of [pair.home, pair.other]) {
      for (const { id, highestModSeq } of heads) {
        const changes = await server.ask("changes", { folder: id, since: highestModSeq });
        assert.deepEqual([...uidList(changes.vanished)], [2, 3], "clients of either side, on either server");
        assert.deepEqual(changes.changed.map((row) => row.uid), [20_002, 20_003, 20_004]);
      }
    }
  }));

Deno.test("a client that comes from the other server during a cut is known by its modseq", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)]]);
    await pair.meet();
    await play(pair, [[pair.home, flag(1, "a")], [pair.other, flag(1, "b")]]);
    const there = await pair.other.ask("select", { name: "INBOX", claimRecent: false });
    const here = await pair.home.ask("status", { name: "INBOX" });
    const [from, to] = there.foreign!;
    assert.ok(here.highestModSeq > from && here.highestModSeq <= to);
    assert.ok(there.status.highestModSeq > to);
    await pair.meet();
    assert.deepEqual((await pair.other.ask("select", { name: "INBOX", claimRecent: false })).foreign, [0, 0]);
  }));

Deno.test("a heal that the other side did not take over is made again with what came since", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)], [pair.home, add(2)]]);
    await pair.meet();
    const common = await pair.common();
    await play(pair, [[pair.home, add(10)], [pair.other, add(20)], [pair.other, expunge(1)]]);
    const lost = await pair.heal(common);
    await play(pair, [[pair.home, flag(2, "\\Seen")], [pair.other, add(21)], [pair.other, move(2, "Trash")]]);
    await assert.rejects(pair.other.ask("applyLog", lost), /gone on/);
    await pair.other.ask("applyLog", await pair.heal(common));
    await pair.same();
    assert.deepEqual(await view(pair.other), {
      INBOX: ["20", "21", "10"].sort(byOrder(await uids(pair.home))),
      Trash: ["2 1"],
    });
  }));

Deno.test("a branch that was joined twice gives no message a number that clients do not hear of", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)]]);
    await pair.meet();
    const common = await pair.common();
    await play(pair, [[pair.home, flag(1, "a")], [pair.other, deliver(20, "b")]]);
    const { end, tip } = await pair.other.ask("tip", {});
    const entries = await pair.other.entries(common);
    await pair.other.ask("applyLog", await pair.heal(common));
    const both = await pair.common();
    // Read before the join came there.
    await pair.home.ask("heal", { common, theirs: { entries, end, tip } });
    const before = await pair.home.ask("status", { name: "b" });
    await play(pair, [[pair.home, deliver(21, "b")], [pair.other, flag(1, "c")]]);
    await pair.other.ask("applyLog", await pair.heal(both));
    await pair.same();
    const { rows } = await pair.home.ask("fetch", { folder: before.id, uids: [1, 0xffffffff], items: {} });
    const { changed } = await pair.home.ask("changes", { folder: before.id, since: before.highestModSeq });
    assert.deepEqual(changed.map((row) => row.uid), rows.map((row) => row.uid));
  }));

function byOrder(uids: Record<string, number>) {
  return (a: string, b: string) => uids[a] - uids[b];
}

Deno.test("two mailboxes that never met become one", () =>
  withPair(async (pair) => {
    await play(pair, [[pair.home, add(1)], [pair.home, deliver(2, "same")], [pair.home, deliver(3, "mine")]]);
    await play(pair, [[pair.other, add(20)], [pair.other, deliver(21, "same")], [pair.other, add(22)]]);
    // Both have forgotten their beginnings: what is left is the whole of either.
    const { end, tip } = await pair.other.ask("tip", {});
    const { entry } = await pair.other.ask("snapshot", {});
    await pair.carry(pair.other, pair.home, [entry]);
    await pair.home.ask("heal", { common: GENESIS, theirs: { entries: [entry], end, tip } });
    const joined = (await pair.home.entries(GENESIS)).slice(-1);
    await pair.carry(pair.home, pair.other, joined);
    await pair.other.ask("applyLog", { after: end, entries: joined });
    await pair.same();
    const seen = await view(pair.other);
    assert.deepEqual(seen.INBOX.sort(), ["1", "20", "22"]);
    assert.deepEqual([seen.same.sort(), seen.mine], [["2", "21"], ["3"]]);
  }));

Deno.test("a snapshot fills an empty mailbox with the same numbers", () =>
  withPair(async (pair) => {
    await play(
      pair,
      [add(1), add(2), add(3), expunge(2), flag(3, "\\Seen", "k"), deliver(4, "x")].map((
        act,
      ) => [pair.home, act]),
    );
    const { entry } = await pair.home.ask("snapshot", {});
    await pair.carry(pair.home, pair.other, [entry]);
    await pair.other.ask("applyLog", { after: GENESIS, entries: [entry] });
    await pair.same();
    assert.deepEqual(await view(pair.other), { INBOX: ["1", "3 1 k"], x: ["4"] });
    await play(pair, [[pair.home, add(5)]]);
    await pair.meet();
  }));
