import { strict as assert } from "node:assert";
import { seededRandom } from "../../src/base/id.ts";
import { uidList } from "../../src/codec/imap/uid_set.ts";
import {
  letter,
  MAILBOX_NAME,
  newMessage,
  NO_LIMITS,
  type TestMailbox,
  withMailbox,
} from "./fixture_test.ts";

/** What `changes` tells from a modseq on is what the rows themselves say. */
async function compare({ ask, rows }: TestMailbox, since: number): Promise<void> {
  const { id: folder } = await ask("status", { name: "INBOX" });
  const { changed, added } = await ask("changes", { folder, since });
  const wanted = (await rows()).filter(({ modSeq }) => modSeq > since).map(({ uid }) => uid);
  assert.deepEqual(changed.map(({ uid }) => uid), wanted);
  const fetched = await ask("fetch", {
    folder,
    uids: [1, 0xffffffff],
    items: {},
    changedSince: since,
    limitRows: 20_000,
  });
  assert.deepEqual(fetched.rows.map(({ uid }) => uid), wanted);
  for (const uid of uidList(added)) assert.ok(wanted.includes(uid));
  const { highestModSeq } = await ask("search", { folder, key: { key: "all" } });
  assert.equal(highestModSeq, (await rows()).reduce((most, { modSeq }) => Math.max(most, modSeq), 0));
}

Deno.test("whatever changes in a folder is found again from every modseq on", async () => {
  const random = seededRandom(5);
  const below = (n: number) => random.bytes(1)[0] % n;
  await withMailbox(async (mailbox) => {
    const { ask, add, status, system } = mailbox;
    await ask("createFolder", { name: "Other" });
    for (let n = 0; n < 30; n++) await add(letter(n), n % 3 ? [] : ["\\Seen"]);
    for (let round = 0; round < 150; round++) {
      const { id: folder, uidNext } = await status();
      const first = 1 + below(uidNext - 1), uids = [first, Math.min(uidNext - 1, first + below(5))];
      const flags = [["\\Seen"], ["\\Flagged"], ["\\Deleted"], ["work"]][below(4)];
      const mode = (["add", "remove", "replace"] as const)[below(3)];
      if (round % 10 === 0) {
        const messages = [1, 2, 3].map((n) => newMessage(letter(100 + round + n)));
        await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
      } else if (round % 10 === 1) await ask("expunge", { folder });
      else if (round % 10 === 2) {
        await ask("copy", { folder, uids, to: "INBOX", limits: NO_LIMITS, move: false });
      } else if (round % 10 === 3) {
        await ask("fetch", { folder, uids, items: {}, markSeen: true });
      } else await ask("store", { folder, uids, mode, flags, silent: round % 2 === 0 });
      await compare(mailbox, below(1 + (await status()).highestModSeq));
      assert.deepEqual(system.checkAll(), []);
    }
  });
});

Deno.test("old changes are found after their runs are forgotten", async () => {
  await withMailbox(async (mailbox) => {
    const { ask, status, system } = mailbox;
    const messages = Array.from({ length: 4500 }, (_, n) => newMessage(letter(n)));
    await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
    const { id: folder, highestModSeq } = await status();
    const odd: number[] = [];
    for (let uid = 1; uid < 4500; uid += 2) odd.push(uid, uid);
    for (let round = 0; round < 12; round++) {
      const mode = round % 2 ? "remove" : "add";
      await ask("store", { folder, uids: odd, mode, flags: ["\\Flagged"], silent: true });
    }
    const { db } = system.disk.open("mailbox", MAILBOX_NAME);
    assert.ok(db.get<{ n: number }>("SELECT count(*) AS n FROM changed")!.n <= 20_000);
    assert.ok(db.get<{ n: number }>("SELECT max(changed_from) AS n FROM folder")!.n > highestModSeq);
    for (const since of [0, highestModSeq, highestModSeq + 1, highestModSeq + 11]) {
      await compare(mailbox, since);
    }
    assert.deepEqual(system.checkAll(), []);
  });
});
