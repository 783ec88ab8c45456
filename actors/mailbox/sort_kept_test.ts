import { strict as assert } from "node:assert";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import type { SortCriterion, SortKey } from "../../src/codec/imap/sort.ts";
import { uidHas, uidList } from "../../src/codec/imap/uid_set.ts";
import { newMessage, NO_LIMITS, type TestMailbox, withMailbox } from "./fixture_test.ts";

let state = 23;
const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;

const NAMES = ["Ann", "bob", "Zoe", "éva", ""];

function letter(n: number): string {
  const date = next(4) ? `Date: Thu, 1 Jan 2026 ${10 + next(10)}:00:00 +0000\r\n` : "";
  const answers = n > 2 && next(2) ? `References: <m${1 + next(n - 1)}@x.test>\r\n` : "";
  return `From: u${next(3)}@x.test\r\nTo: ${NAMES[next(5)]}@x.test\r\nSubject: s${
    next(4)
  }\r\n${date}${answers}` +
    `Message-ID: <m${n}@x.test>\r\n\r\n${"x".repeat(next(50))}\r\n`;
}

const KEYS: SortKey[] = [
  "ARRIVAL",
  "CC",
  "DATE",
  "DISPLAYFROM",
  "DISPLAYTO",
  "FROM",
  "SIZE",
  "SUBJECT",
  "TO",
];

async function append({ ask }: TestMailbox, from: number, count: number): Promise<void> {
  const messages = Array.from(
    { length: count },
    (_, i) => newMessage(letter(from + i), [], 1e12 + next(500)),
  );
  await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
}

/** Everything asked for twice, of a mailbox that may remember and of one that has just been opened. */
async function compare(mailbox: TestMailbox): Promise<void> {
  const { id: folder } = await mailbox.status();
  const keys: SearchKey[] = [
    { key: "all" },
    { key: "header", name: "subject", value: "s1" },
    { key: "uids", set: [3, 9, 20, 60] },
    { key: "uids", set: [4, 4] },
  ];
  const questions = keys.flatMap((key) =>
    Array.from({ length: 4 }, () => ({
      key,
      by: [0, 1].slice(next(2)).map((): SortCriterion => ({
        key: KEYS[next(KEYS.length)],
        reverse: next(2) > 0,
      })),
    }))
  );
  const ask = async () => {
    const out: unknown[] = [];
    for (const { key, by } of questions) {
      const [{ uids }, found] = [
        await mailbox.ask("sort", { folder, key, by }),
        await mailbox.ask("search", { folder, key }),
      ];
      assert.deepEqual([...uids].sort((a, b) => a - b), [...uidList(found.uids)]);
      out.push(uids);
    }
    for (const references of [true, false]) {
      const rows = await mailbox.ask("threadRows", { folder, key: { key: "all" }, references });
      assert.ok(rows.uid.every((uid) => uidHas([1, 0xffffffff], uid)));
      out.push({ ...rows, highestModSeq: 0 });
    }
    return out;
  };
  const remembered = [await ask(), await ask()];
  mailbox.system.crash();
  const fresh = await ask();
  assert.deepEqual(remembered[0], fresh);
  assert.deepEqual(remembered[1], fresh);
}

Deno.test("SORT and THREAD tell the same from what is kept, also after messages came and went", () =>
  withMailbox(async (mailbox) => {
    await append(mailbox, 1, 70);
    await compare(mailbox);
    await append(mailbox, 71, 5);
    await compare(mailbox);
    const { id: folder } = await mailbox.status();
    await mailbox.ask("store", { folder, uids: [5, 8, 73, 73], mode: "add", flags: ["\\Deleted"] });
    await mailbox.ask("expunge", { folder });
    await compare(mailbox);
    await append(mailbox, 76, 5);
    await compare(mailbox);
    await mailbox.ask("store", { folder, uids: [80, 80], mode: "add", flags: ["\\Deleted"] });
    await mailbox.ask("expunge", { folder });
    await append(mailbox, 90, 1);
    await compare(mailbox);
  }));

Deno.test("SORT and THREAD of messages that an earlier release left without a row tell the same", () =>
  withMailbox(async (mailbox) => {
    await append(mailbox, 1, 40);
    const { id: folder } = await mailbox.status();
    const by: SortCriterion[] = [{ key: "FROM", reverse: true }, { key: "DATE", reverse: false }];
    const ask = async () => [
      (await mailbox.ask("sort", { folder, key: { key: "all" }, by })).uids,
      await mailbox.ask("threadRows", { folder, key: { key: "all" }, references: true }),
      await mailbox.ask("search", { folder, key: { key: "header", name: "to", value: "zoe" } }),
    ];
    const want = await ask();
    const { db } = mailbox.system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    db.exec("DELETE FROM brief WHERE content_id < 30; UPDATE meta SET value = 40 WHERE key = 'unbriefed'");
    mailbox.system.crash();
    assert.deepEqual(await ask(), want);
    await mailbox.ask("index", {});
    assert.equal(db.all("SELECT * FROM brief").length, 40);
    mailbox.system.crash();
    assert.deepEqual(await ask(), want);
  }));
