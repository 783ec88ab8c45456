import { strict as assert } from "node:assert";
import type { SectionSpec } from "../../src/codec/message/section.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { faults, letter, withMailbox } from "./fixture_test.ts";

const all: SectionSpec = { part: [], kind: "all" };
const first: SectionSpec = { part: [1], kind: "all" };
const header: SectionSpec = { part: [], kind: "header" };

Deno.test("a message for which there is no room is told by its octets, and comes when there is", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    const sizes = [10, 10, 5_000, 10, 300_000].map((count, n) => letter(n, "x".repeat(count)));
    for (const text of sizes) await add(text);
    const long = sizes[2].length, longest = sizes[4].length;
    for (
      const [sections, roomBytes, uid, rows, next, needs] of [
        [[all], 1_000, 1, [1, 2], 3, undefined],
        [[all], 1_000, 3, [], 3, long],
        [[all], long, 3, [3, 4], 5, undefined],
        [[all, all], 2 * long - 1, 3, [], 3, 2 * long],
        [[all], 1_000, 5, [], 5, longest],
        [[all], longest, 5, [5], null, undefined],
        // Known only when they are read.
        [[first], 1_000, 5, [], 5, 300_002],
        [[first], 300_002, 5, [5], null, undefined],
        // No matter how large the rest of the message is.
        [[header], 1_000, 1, [1, 2, 3, 4, 5], null, undefined],
        [[{ ...all, partial: { offset: 0, count: 900 } }], 1_000, 1, [1, 2, 3, 4, 5], null, undefined],
      ] as const
    ) {
      const uids = [uid, 0xffffffff];
      const page = await ask("fetch", { folder: id, uids, items: { sections: [...sections] }, roomBytes });
      assert.deepEqual([page.rows.map((row) => row.uid), page.next, page.needs], [rows, next, needs]);
    }
  });
});

Deno.test("a message that is not given yet is not marked as read", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    await add(letter(1, "x".repeat(5_000)));
    const request = { folder: id, uids: [1, 1], items: { sections: [all] }, markSeen: true };
    assert.equal((await ask("fetch", { ...request, roomBytes: 100 })).stamp, null);
    assert.equal((await status()).unseen, 1);
    assert.equal((await ask("fetch", { ...request, roomBytes: 10_000 })).rows.length, 1);
    assert.equal((await status()).unseen, 0);
  });
});

Deno.test("sections of one message that come to too much are refused, and the message itself never", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    const text = letter(1, "x".repeat(900_000));
    await add(text);
    const times = Math.floor(LIMITS.messageSectionsBytes / text.length);
    const sectionsOf = (sections: SectionSpec[]) =>
      ask("fetch", { folder: id, uids: [1, 1], items: { sections }, byColumn: true });
    assert.equal((await sectionsOf(Array(times).fill(all))).columns!.sections!.lengths.length, times);
    await faults(sectionsOf(Array(times + 1).fill(all)), "limit");
    await faults(sectionsOf(Array(times + 2).fill(first)), "limit");
  });
});
