import { strict as assert } from "node:assert";
import type { MailboxContract } from "./contract.ts";
import { fromLatin1 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { SectionSpec } from "../../src/codec/message/section.ts";
import { faults, letter, newMessage, NO_LIMITS, withMailbox } from "./fixture_test.ts";

const all: SectionSpec = { part: [], kind: "all" };

Deno.test("APPEND files messages in order, with flags, dates and counters", async () => {
  await withMailbox(async ({ ask, rows, status, watch }) => {
    const { id } = await status();
    const events = watch(`folder:${id}`);
    const reply = await ask("append", {
      name: "inbox",
      messages: [
        newMessage(letter(1), ["\\Seen", "$Work", "abc", "\\Recent"], 1000),
        newMessage(letter(2), ["\\DELETED", "ABC"], 2000),
      ],
      limits: NO_LIMITS,
    });
    assert.deepEqual(reply.uids, [1, 2]);
    assert.deepEqual(reply.stamp, { folder: id, previousModSeq: 1, modSeq: 2 });
    assert.deepEqual((await rows()).map((r) => [r.uid, r.modSeq, r.flags, r.keywords, r.internalDateMs]), [
      [1, 2, 1, "$Work abc", 1000],
      [2, 2, 8, "abc", 2000],
    ]);
    const after = await status();
    assert.deepEqual([after.messages, after.unseen, after.deleted, after.recent, after.uidNext], [
      2,
      1,
      1,
      2,
      3,
    ]);
    assert.equal(after.size, letter(1).length + letter(2).length);
    assert.deepEqual(events, [{ folder: id, modSeq: 2 }]);
    await faults(ask("append", { name: "none", messages: [newMessage("")], limits: NO_LIMITS }), "not_found");
    await faults(ask("append", { name: "INBOX", messages: [], limits: NO_LIMITS }), "invalid");
    await faults(
      ask("append", { name: "INBOX", messages: [newMessage("", ["\\Odd"])], limits: NO_LIMITS }),
      "invalid",
    );
    await faults(
      ask("append", { name: "INBOX", messages: [newMessage("", ["a b"])], limits: NO_LIMITS }),
      "invalid",
    );
    assert.deepEqual(await status(), after);
  });
});

Deno.test("bytes come back as they went in, whatever they are", async () => {
  const sizes = [
    0,
    1,
    100,
    LIMITS.bodyChunkBytes - 1,
    LIMITS.bodyChunkBytes,
    LIMITS.bodyChunkBytes + 1,
    700_000,
  ];
  await withMailbox(async ({ ask, status }) => {
    const { id } = await status();
    for (const size of sizes) {
      const raw = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 255);
      for (const bytes of [raw, new Uint8Array([65, 58, 13, 10, 13, 10, ...raw])]) {
        const { uids } = await ask("append", {
          name: "INBOX",
          messages: [newMessage(bytes)],
          limits: NO_LIMITS,
        });
        const fetched = await ask("fetch", { folder: id, uids, items: { sections: [all] } });
        assert.deepEqual(fetched.rows[0].sections, [bytes], `${size}`);
      }
    }
  });
});

Deno.test("a partial fetch cuts the same bytes as the whole", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    const chunk = LIMITS.bodyChunkBytes;
    const body = Array.from({ length: 9000 }, (_, i) => `line ${i} of a long text with some words in it`)
      .join("\r\n");
    const raw = letter(1, body + body);
    const head = raw.indexOf("\r\n\r\n") + 4;
    const uid = await add(raw);
    const ranges = [[0, 10], [head - 5, 10], [head, 1], [chunk + head - 3, 6], [chunk - 3, 2 * chunk], [
      raw.length - 2,
      10,
    ], [
      raw.length + 5,
      3,
    ], [5, 0]];
    for (const [offset, count] of ranges) {
      const sections: SectionSpec[] = [
        { ...all, partial: { offset, count } },
        { part: [], kind: "text", partial: { offset, count } },
        { part: [], kind: "header", partial: { offset, count } },
      ];
      const { rows } = await ask("fetch", { folder: id, uids: [uid, uid], items: { sections } });
      assert.deepEqual(rows[0].sections!.map((s) => fromLatin1(s as Uint8Array)), [
        raw.slice(offset, offset + count),
        raw.slice(head).slice(offset, offset + count),
        raw.slice(0, head).slice(offset, offset + count),
      ]);
    }
  });
});

Deno.test("sections of parts and header fields", async () => {
  const raw = [
    "Subject: two",
    "From: a@example.test",
    "Content-Type: multipart/mixed; boundary=b",
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "one",
    "--b",
    "Content-Type: text/plain",
    "Content-Transfer-Encoding: base64",
    "",
    "dHdv",
    "--b--",
    "",
  ].join("\r\n");
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    const uid = await add(raw);
    const sections: SectionSpec[] = [
      { part: [1], kind: "all" },
      { part: [2], kind: "binary" },
      { part: [2], kind: "binary-size" },
      { part: [3], kind: "all" },
      { part: [], kind: "fields", fields: ["SUBJECT"] },
      { part: [], kind: "fields-not", fields: ["subject", "content-type"] },
    ];
    const { rows } = await ask("fetch", { folder: id, uids: [uid, uid], items: { sections } });
    const got = rows[0].sections!.map((s) => s instanceof Uint8Array ? fromLatin1(s) : s);
    assert.deepEqual(got, ["one", "two", 3, null, "Subject: two\r\n\r\n", "From: a@example.test\r\n\r\n"]);
  });
});

Deno.test("equal messages share bytes and ids, and each counts in the quota", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    await add(letter(1));
    await add(letter(1));
    await add(letter(1), [], "Sent");
    await add(letter(2));
    const { id } = await status();
    const { rows } = await ask("fetch", {
      folder: id,
      uids: [1, 9],
      items: {
        emailId: true,
        threadId: true,
        saveDate: true,
        envelope: true,
        bodyStructure: true,
        preview: true,
        parts: true,
      },
    });
    assert.equal(rows[0].emailId, rows[1].emailId);
    assert.notEqual(rows[0].emailId, rows[2].emailId);
    assert.match(rows[0].emailId!, /^M[\w-]{20}$/);
    assert.match(rows[0].threadId!, /^T[\w-]{20}$/);
    assert.equal(rows[0].saveDateMs, Date.UTC(2026, 0, 1));
    assert.match(rows[0].envelope!, /letter 1/);
    assert.match(rows[0].bodyStructure!, /"plain"/i);
    assert.match(rows[0].preview!, /body 1/);
    assert.equal(JSON.parse(rows[0].parts!).type, "text");
    assert.equal((await ask("usage", {})).bytes, 4 * letter(1).length);
  });
});

Deno.test("quota and message size", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const size = letter(1).length;
    const deliver = (quotaBytes: number | null, messageBytes: number) =>
      ask("deliver", {
        message: newMessage(letter(1)),
        folder: "INBOX",
        limits: { quotaBytes, messageBytes },
      });
    await faults(deliver(null, size - 1), "too_big");
    await faults(deliver(size - 1, size), "over_quota");
    await deliver(size, size);
    await faults(deliver(2 * size - 1, size), "over_quota");
    const { id } = await status();
    const copy = (quotaBytes: number, move: boolean) =>
      ask("copy", { folder: id, uids: [1, 1], to: "Sent", move, limits: { quotaBytes, messageBytes: 1 } });
    await faults(copy(2 * size - 1, false), "over_quota");
    await copy(2 * size, false);
    await copy(0, true);
    assert.equal((await ask("usage", {})).bytes, 2 * size);
    await add(letter(2));
  });
});

Deno.test("no mailbox gets more messages than it may have, by whatever way (RFC 9208 §5.2)", async () => {
  await withMailbox(async ({ ask, status }) => {
    const limits = { ...NO_LIMITS, quotaMessages: 3 };
    const { id } = await status();
    const append = (count: number, more = {}) =>
      ask("append", {
        name: "INBOX",
        messages: Array.from({ length: count }, () => newMessage(letter(1))),
        limits,
        ...more,
      });
    await faults(append(4), "over_quota");
    await append(2);
    const copy = (uids: number[], move: boolean) =>
      ask("copy", { folder: id, uids, to: "Sent", move, limits });
    await faults(copy([1, 2], false), "over_quota");
    await copy([1, 1], false);
    await faults(append(1), "over_quota");
    await faults(ask("deliver", { message: newMessage(""), folder: "INBOX", limits }), "over_quota");
    const origin = { wanted: "INBOX", delivery: "d1", kept: false };
    await faults(
      ask("fileCopy", { name: "INBOX", create: false, message: newMessage(""), limits, origin }),
      "over_quota",
    );
    // What moves or takes another one's place makes no more of them.
    await copy([1, 1], true);
    await append(1, { replaces: { folder: id, uid: 2 } });
    assert.equal((await ask("usage", {})).messages, 3);
    await ask("store", { folder: id, uids: [1, 9], mode: "add", flags: ["\\Deleted"], silent: true });
    await ask("expunge", { folder: id });
    await append(1);
  });
});

Deno.test("delivery makes missing folders and repeats under one id count once", async () => {
  await withMailbox(async ({ ask, status, system }) => {
    const request = { message: newMessage(letter(1)), folder: "lists/deno", limits: NO_LIMITS };
    const first = await ask("deliver", request, { requestId: "r1" });
    assert.equal(first.folder, "lists/deno");
    assert.deepEqual(await ask("deliver", request, { requestId: "r1" }), first);
    system.crash();
    assert.deepEqual(await ask("deliver", request, { requestId: "r1" }), first);
    assert.equal((await status("lists/deno")).messages, 1);
    const inbox = await ask("deliver", { ...request, folder: "" });
    assert.equal(inbox.folder, "INBOX");
    assert.equal(inbox.emailId, first.emailId);
  });
});

Deno.test("answers join the thread of what they answer, in any order of arrival", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    await add(letter(3, "c", "References: <m1@example.test> <m2@example.test>\r\n"));
    await add(letter(1));
    await add(letter(2, "b", "In-Reply-To: <m1@example.test>\r\n"));
    await add(letter(4, "d", "References: <m3@example.test>\r\n"));
    await add(letter(9));
    await add("Subject: no id\r\n\r\nx");
    const { rows } = await ask("fetch", { folder: id, uids: [1, 9], items: { threadId: true } });
    const threads = rows.map((row) => row.threadId);
    assert.equal(new Set(threads.slice(0, 4)).size, 1);
    assert.equal(new Set(threads).size, 3);
  });
});

Deno.test("a page of bare columns holds what the rows hold, however it is cut", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id: folder } = await status();
    for (let n = 1; n <= 30; n++) {
      await add(letter(n), n % 4 ? n % 5 ? [] : ["\\Seen", "work"] : ["\\Deleted", "\\Flagged"]);
    }
    await ask("expunge", { folder });
    const { rows } = await ask("fetch", { folder, uids: [1, 99], items: {} });
    const want = rows.map((row) => [row.uid, row.flags, row.keywords]);
    assert.equal(want.length, 23);
    for (const limitRows of [1, 2, 3, 7, 22, 23, 24]) {
      const got: unknown[] = [];
      for (let from: number | null = 1; from !== null;) {
        const request = { folder, uids: [from, 99], items: { bare: true }, byColumn: true, limitRows };
        const page: MailboxContract["fetch"]["reply"] = await ask("fetch", request);
        const { uid, flags, keywords } = page.columns!;
        assert.ok(uid.length >= 1 && uid.length <= limitRows);
        got.push(...uid.map((n, i) => [n, flags[i], keywords?.[i] ?? ""]));
        from = page.next;
      }
      assert.deepEqual(got, want, `pages of ${limitRows}`);
    }
  });
});

Deno.test("FETCH pages by rows and bytes and loses nothing", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 30; n++) await add(letter(n, "x".repeat(1000)), n % 3 ? [] : ["\\Deleted"]);
    await ask("expunge", { folder: id });
    const want = Array.from({ length: 30 }, (_, i) => i + 1).filter((n) => n % 3);
    for (
      const [limitRows, limitBytes, items] of [
        [7, undefined, {}],
        [1, undefined, { envelope: true }],
        [100, 3000, { sections: [all] }],
        [100, 1, { sections: [all] }],
      ] as const
    ) {
      const got: number[] = [];
      for (let from: number | null = 1; from !== null;) {
        const page: { rows: { uid: number }[]; next: number | null } = await ask("fetch", {
          folder: id,
          uids: [from, 0xffffffff],
          items: items as { sections?: SectionSpec[] },
          limitRows,
          limitBytes,
        });
        assert.ok(page.rows.length >= 1 && page.rows.length <= limitRows);
        got.push(...page.rows.map((row) => row.uid));
        from = page.next;
      }
      assert.deepEqual(got, want);
    }
  });
});

Deno.test("FETCH that reads a body sets \\Seen once, and CHANGEDSINCE leaves out the rest", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    const { id } = await status();
    for (let n = 1; n <= 3; n++) await add(letter(n), n === 2 ? ["\\Seen"] : []);
    const read = { folder: id, uids: [1, 3], items: { sections: [all] }, markSeen: true };
    const first = await ask("fetch", read);
    assert.deepEqual(first.rows.map((r) => [r.uid, r.flags, r.modSeq]), [[1, 1, 5], [2, 1, 3], [3, 1, 5]]);
    assert.deepEqual(first.stamp, { folder: id, previousModSeq: 4, modSeq: 5 });
    assert.equal((await ask("fetch", read)).stamp, null);
    assert.equal((await status()).unseen, 0);
    const since = await ask("fetch", { folder: id, uids: [1, 9], items: {}, changedSince: 4 });
    assert.deepEqual(since.rows.map((r) => r.uid), [1, 3]);
  });
});

Deno.test("POP3 names each message for ever", async () => {
  await withMailbox(async ({ ask, add, clock, status, system }) => {
    await add(letter(1));
    await add(letter(1));
    clock.advance(5);
    await add(letter(1));
    await add(letter(2));
    const list = await ask("popList", {});
    assert.deepEqual(
      list.messages.map((m) => [m.uid, m.size]),
      [1, 2, 3, 4].map((uid) => [uid, letter(1).length]),
    );
    const ids = list.messages.map((m) => m.uidl);
    assert.equal(new Set(ids).size, 4);
    for (const uidl of ids) assert.match(uidl, /^[\x21-\x7e]{1,70}$/);
    system.crash();
    assert.deepEqual(await ask("popList", { folder: "inbox" }), list);
    const { id } = await status();
    await ask("store", { folder: id, uids: [1, 1], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder: id });
    assert.deepEqual((await ask("popList", {})).messages.map((m) => m.uidl), ids.slice(1));
    const limits = { quotaBytes: null, messageBytes: 1_000_000 };
    await ask("copy", { folder: id, uids: [2, 4], to: "INBOX", limits, move: false });
    const copied = (await ask("popList", {})).messages.map((m) => m.uidl);
    assert.equal(new Set(copied).size, 6, "copies of twins in one turn");
  });
});

Deno.test("POP3 names equal messages of one moment apart, however many turns bring them", async () => {
  await withMailbox(async ({ ask, add, status }) => {
    for (let i = 0; i < 4; i++) await add(letter(1));
    const { id } = await status();
    const limits = { quotaBytes: null, messageBytes: 1_000_000 };
    for (let i = 0; i < 3; i++) {
      await ask("copy", { folder: id, uids: [1, 2], to: "INBOX", limits, move: false });
    }
    const names = (await ask("popList", {})).messages.map((m) => m.uidl);
    assert.equal(new Set(names).size, 10);
  });
});
