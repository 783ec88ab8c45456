import { strict as assert } from "node:assert";
import { FLAG, type Identity } from "./contract.ts";
import { letter, newMessage, NO_LIMITS } from "./fixture_test.ts";
import { SHARED_SEEN } from "./own_seen.ts";
import { type Pair, type Server, withPair } from "./pair_test.ts";

const ALICE: Identity = { id: "01kdvw8000aaaaaaaaaaaaaaaa", groups: [] };
const BOB: Identity = { id: "01kdvw8000bbbbbbbbbbbbbbbb", groups: [] };
const CAROL: Identity = { id: "01kdvw8000cccccccccccccccc", groups: [] };
const ALL = [1, 0xffffffff];

/** Both hold a folder Work with three messages, which alice, bob and carol read each with an own \Seen. */
async function begin(pair: Pair): Promise<string> {
  const { home } = pair;
  const { folder } = await home.ask("createFolder", { name: "Work" });
  for (const { id } of [BOB, CAROL]) {
    const entry = { identifier: id, rights: "lrswite" };
    await home.ask("setAcl", { name: "Work", entry, mode: "replace" });
  }
  const messages = [1, 2, 3].map((n) => newMessage(letter(n)));
  await home.ask("append", { name: "Work", messages, limits: NO_LIMITS });
  await rule(home, "false");
  await pair.meet();
  return folder.id;
}

async function rule(server: Server, value: string): Promise<void> {
  await server.ask("setAnnotations", { name: "Work", values: [{ entry: SHARED_SEEN, value }] });
}

async function mark(server: Server, folder: string, as: Identity, uid: number, seen: boolean): Promise<void> {
  const mode = seen ? "add" : "remove";
  await server.ask("store", { folder, uids: [uid, uid], mode, flags: ["\\Seen"], as });
}

/** UIDs that somebody has seen; status, search and fetch must agree. */
async function seenBy(server: Server, folder: string, as: Identity): Promise<number[]> {
  const { rows } = await server.ask("fetch", { folder, uids: ALL, items: {}, as });
  const seen = rows.filter(({ flags }) => flags & FLAG.seen).map(({ uid }) => uid);
  const key = { key: "flag" as const, flag: "\\Seen", set: false };
  const { uids } = await server.ask("search", { folder, key, as });
  const { messages, unseen } = await server.ask("status", { name: "Work", as });
  assert.equal(unseen, messages - seen.length);
  let found = 0;
  for (let i = 0; i < uids.length; i += 2) found += uids[i + 1] - uids[i] + 1;
  assert.equal(found, unseen);
  return seen;
}

Deno.test("marks of readers made apart all hold; on one of them the later word does", () =>
  withPair(async (pair) => {
    const folder = await begin(pair);
    await mark(pair.home, folder, ALICE, 1, true);
    await mark(pair.home, folder, BOB, 1, true);
    await mark(pair.home, folder, BOB, 2, true);
    pair.other.clock.advance(1000);
    await mark(pair.other, folder, CAROL, 1, true);
    await mark(pair.other, folder, BOB, 2, true);
    await mark(pair.other, folder, BOB, 2, false);
    await mark(pair.other, folder, BOB, 3, true);
    await pair.meet();
    for (const server of [pair.home, pair.other]) {
      assert.deepEqual(await seenBy(server, folder, ALICE), [1]);
      assert.deepEqual(await seenBy(server, folder, BOB), [1, 3]);
      assert.deepEqual(await seenBy(server, folder, CAROL), [1]);
    }
  }));

Deno.test("marks stay with messages that one server moved and that got a new UID", () =>
  withPair(async (pair) => {
    const folder = await begin(pair);
    const { folder: old } = await pair.home.ask("createFolder", { name: "Work/Old" });
    await pair.meet();
    await pair.home.ask("copy", { folder, uids: [1, 1], to: "Work/Old", limits: NO_LIMITS, move: true });
    pair.other.clock.advance(1000);
    await mark(pair.other, folder, CAROL, 1, true);
    await pair.meet();
    const seen = async (as: Identity) => {
      const { rows } = await pair.home.ask("fetch", { folder: old.id, uids: ALL, items: {}, as });
      return rows.map(({ flags }) => (flags & FLAG.seen) !== 0);
    };
    assert.deepEqual(await seen(CAROL), [true]);
    assert.deepEqual(await seen(BOB), [false]);
  }));

for (const [switcher, marker] of [["home", "other"], ["other", "home"]] as const) {
  Deno.test(`the rule is switched on ${switcher} while ${marker} marks: marks wait, and clients hear of it`, () =>
    withPair(async (pair) => {
      const folder = await begin(pair);
      await mark(pair.home, folder, BOB, 1, true);
      await pair.meet();
      await rule(pair[switcher], "true");
      await mark(pair[switcher], folder, ALICE, 3, true);
      pair[marker].clock.advance(1000);
      await mark(pair[marker], folder, BOB, 2, true);
      const { highestModSeq: since } = await pair[marker].ask("status", { name: "Work", as: BOB });
      await pair.meet();
      for (const server of [pair.home, pair.other]) {
        assert.deepEqual(await seenBy(server, folder, BOB), [3]);
        // Whoever synchronised where it was his mark is told that it is not seen.
        const { changed } = await server.ask("changes", { folder, since, as: BOB });
        assert.ok([1, 2, 3].every((uid) => changed.some((row) => row.uid === uid)), `${changed.length} told`);
      }
      await rule(pair.home, "false");
      await pair.meet();
      assert.deepEqual(await seenBy(pair.other, folder, BOB), [1, 2, 3]);
      assert.deepEqual(await seenBy(pair.other, folder, CAROL), [3]);
    }));

  Deno.test(`a mark on ${marker} is told anew when only the rule was switched on ${switcher}`, () =>
    withPair(async (pair) => {
      const folder = await begin(pair);
      await rule(pair[switcher], "true");
      await mark(pair[marker], folder, BOB, 2, true);
      const { highestModSeq: since } = await pair[marker].ask("status", { name: "Work", as: BOB });
      await pair.meet();
      for (const server of [pair.home, pair.other]) {
        assert.deepEqual(await seenBy(server, folder, BOB), []);
        const { changed } = await server.ask("changes", { folder, since, as: BOB });
        assert.deepEqual(changed.map(({ uid }) => uid), [2]);
      }
    }));
}
