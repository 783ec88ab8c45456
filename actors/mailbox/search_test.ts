import { strict as assert } from "node:assert";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import { formatUidSet, uidList } from "../../src/codec/imap/uid_set.ts";
import { latin1 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { faults, newMessage, NO_LIMITS, type TestMailbox, withMailbox } from "./fixture_test.ts";

const DAY_MS = 86_400_000;
const day = (text: string) => Date.parse(text) / DAY_MS;

const plain = (headers: string, body: string) => `${headers}\r\n\r\n${body}\r\n`;
const MESSAGES: [raw: string, flags: string[], date: string][] = [
  [
    plain(
      "From: Ann <ann@example.test>\r\nSubject: Hello World\r\nDate: Thu, 1 Jan 2026 23:30:00 -0800",
      "plain body",
    ),
    [
      "\\Seen",
      "$Work",
    ],
    "2026-01-02",
  ],
  [
    plain(
      "From: bob@example.test\r\nSubject: =?utf-8?q?caf=C3=A9_ol=C3=A9?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
      btoa("\xc3\x9cber den Wolken"),
    ),
    ["\\Flagged"],
    "2026-01-03",
  ],
  [
    plain(
      "From: carl@example.test\r\nX-Empty:\r\nContent-Type: text/html",
      '<p>so<b>me</b>thing <a href="https://link.test/path">here</a></p>',
    ),
    ["\\Deleted", "other"],
    "2026-01-04",
  ],
  [
    plain(
      "Subject: outer\r\nContent-Type: multipart/mixed; boundary=q",
      "--q\r\nContent-Type: message/rfc822\r\n\r\nSubject: innermost\r\n\r\ndeep text\r\n--q\r\nContent-Type: application/octet-stream\r\n\r\nbinary words\r\n--q\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n--q--",
    ),
    ["\\Draft", "\\Answered"],
    "2026-01-05",
  ],
  [plain("Subject: long\r\n\t =?utf-8?q?fold?=\r\nDate: rubbish", "x".repeat(5000)), [], "2026-01-05"],
];

async function fill(mailbox: TestMailbox): Promise<string> {
  for (const [raw, flags, date] of MESSAGES) {
    const message = newMessage(latin1(raw), flags, Date.parse(date) + 1000);
    await mailbox.ask("append", { name: "INBOX", messages: [message], limits: NO_LIMITS });
    mailbox.clock.advance(DAY_MS);
  }
  return (await mailbox.status()).id;
}

const flag = (name: string, set = true): SearchKey => ({ key: "flag", flag: name, set });
const header = (name: string, value: string): SearchKey => ({ key: "header", name, value });
const body = (value: string): SearchKey => ({ key: "body", value });
const text = (value: string): SearchKey => ({ key: "text", value });
const date = (of: "internal" | "sent" | "saved", op: "before" | "on" | "since", when: string): SearchKey => ({
  key: "date",
  of,
  op,
  day: day(when),
});
const not = (of: SearchKey): SearchKey => ({ key: "not", of });
const and = (...of: SearchKey[]): SearchKey => ({ key: "and", of });
const or = (a: SearchKey, b: SearchKey): SearchKey => ({ key: "or", of: [a, b] });
const scattered = Array.from({ length: 40 }, (_, i) => [3 * i + 1, 3 * i + 1]).flat();

const CASES: [name: string, key: SearchKey, want: string][] = [
  ["all", { key: "all" }, "1:5"],
  ["uids", { key: "uids", set: [2, 3, 5, 99] }, "2:3,5"],
  ["no uids", { key: "uids", set: [] }, ""],
  ["many runs of uids", { key: "uids", set: scattered }, "1,4"],
  ["not many runs", not({ key: "uids", set: scattered }), "2:3,5"],
  ["seen", flag("\\SEEN"), "1"],
  ["unseen", flag("\\Seen", false), "2:5"],
  ["keyword in another case", flag("$wORK"), "1"],
  ["part of a keyword is none", flag("the"), ""],
  ["unkeyword never seen", flag("nope", false), "1:5"],
  ["unkeyword", flag("other", false), "1:2,4:5"],
  ["recent", { key: "recent", set: true }, "1:5"],
  ["larger", { key: "size", op: "larger", bytes: 5000 }, "5"],
  ["smaller", { key: "size", op: "smaller", bytes: MESSAGES[0][0].length }, ""],
  ["internal before", date("internal", "before", "2026-01-03"), "1"],
  ["internal on", date("internal", "on", "2026-01-05"), "4:5"],
  ["internal since", date("internal", "since", "2026-01-04"), "3:5"],
  ["sent on the day as written", date("sent", "on", "2026-01-01"), "1"],
  ["sent since", date("sent", "since", "2026-01-01"), "1"],
  ["sent before", date("sent", "before", "2026-01-02"), "1"],
  ["not sent: no date", not(date("sent", "since", "2000-01-01")), "2:5"],
  ["saved on", date("saved", "on", "2026-01-02"), "2"],
  ["modseq", { key: "modseq", modSeq: 5 }, "4:5"],
  ["threadid unknown", { key: "threadid", id: "Tnone" }, ""],
  ["emailid malformed", { key: "emailid", id: "M'; --" }, ""],
  ["subject, any case", header("SUBJECT", "hello w"), "1"],
  ["subject decoded", header("Subject", "CAF\u00c9"), "2"],
  ["subject decomposed", header("Subject", "cafe\u0301"), "2"],
  ["subject folded", header("Subject", "long fold"), "5"],
  ["header there", header("X-Empty", ""), "3"],
  ["header not there", header("X-None", ""), ""],
  ["from part", header("from", "@example.test"), "1:3"],
  ["body plain", body("PLAIN"), "1"],
  ["body is not the header", body("hello"), ""],
  ["body base64 and charset", body("\u00fcber DEN"), "2"],
  ["body html across tags", body("something here"), "3"],
  ["body html inside tags", body("https://link.test/"), "3"],
  ["body of an embedded message", body("deep text"), "4"],
  ["header of an embedded message", body("innermost"), "4"],
  ["body empty value", body(""), "1:5"],
  ["text in header", text("world"), "1"],
  ["text field name and value", text("subject: outer"), "4"],
  ["text in the header of a part", text("octet-stream"), "4"],
  ["body is not the header of a part", body("octet-stream"), ""],
  ["body of a report", body("action: failed"), "4"],
  ["text in body", text("wolken"), "2"],
  ["not text", not(text("wolken")), "1,3:5"],
  ["and", and(flag("\\Seen", false), header("from", "bob")), "2"],
  ["or", or(body("deep"), flag("\\Seen")), "1,4"],
  ["deep", not(or(and(body("plain"), flag("$work")), or(flag("\\Flagged"), header("X-Empty", "")))), "4:5"],
  ["and of nothing", and(), "1:5"],
  ["uids and text", and({ key: "uids", set: scattered }, body("t")), "4"],
];

Deno.test("SEARCH finds what each key means", async () => {
  await withMailbox(async (mailbox) => {
    const folder = await fill(mailbox);
    for (const [name, key, want] of CASES) {
      const reply = await mailbox.ask("search", { folder, key });
      assert.equal(formatUidSet(reply.uids), want, name);
      assert.equal(reply.next, null);
      const withModSeq: SearchKey = { key: "and", of: [key, { key: "modseq", modSeq: 0 }] };
      const { uids, highestModSeq } = await mailbox.ask("search", { folder, key: withModSeq });
      assert.deepEqual(uids, reply.uids, name);
      assert.equal(highestModSeq, want ? Math.max(...uidList(reply.uids)) + 1 : 0, name);
    }
  });
});

Deno.test("SEARCH and SORT of a folder that took a deleted one's place", async () => {
  await withMailbox(async ({ ask, status }) => {
    const limits = NO_LIMITS;
    const answers = async (subjects: string[]) => {
      await ask("createFolder", { name: "Again" });
      const messages = subjects.map((subject) => newMessage(latin1(plain(`Subject: ${subject}`, "x"))));
      await ask("append", { name: "Again", messages, limits });
      const { id: folder } = await status("Again");
      const found = await ask("search", { folder, key: header("subject", "b") });
      const sorted = await ask("sort", {
        folder,
        key: { key: "all" },
        by: [{ key: "SUBJECT", reverse: false }],
      });
      await ask("deleteFolder", { name: "Again" });
      return [formatUidSet(found.uids), [...sorted.uids]];
    };
    assert.deepEqual(await answers(["b", "a", "c"]), ["1", [2, 1, 3]]);
    assert.deepEqual(await answers(["c", "b", "a"]), ["2", [3, 2, 1]]);
  });
});

Deno.test("SEARCH by ids and by age (RFC 8474, RFC 5032)", async () => {
  await withMailbox(async (mailbox) => {
    const folder = await fill(mailbox);
    const find = async (key: SearchKey) => formatUidSet((await mailbox.ask("search", { folder, key })).uids);
    const { rows } = await mailbox.ask("fetch", {
      folder,
      uids: [3, 3],
      items: { emailId: true, threadId: true },
    });
    assert.equal(await find({ key: "emailid", id: rows[0].emailId! }), "3");
    assert.equal(await find({ key: "threadid", id: rows[0].threadId! }), "3");
    const age = (mailbox.clock.nowMs() - (Date.parse("2026-01-04") + 1000)) / 1000;
    assert.equal(await find({ key: "within", op: "older", seconds: age }), "1:3");
    assert.equal(await find({ key: "within", op: "younger", seconds: age }), "3:5");
    assert.equal(await find({ key: "within", op: "younger", seconds: age - 1 }), "4:5");
    await mailbox.ask("select", { name: "INBOX", claimRecent: true });
    assert.equal(await find({ key: "recent", set: true }), "");
    assert.equal(await find({ key: "recent", set: false }), "1:5");
  });
});

Deno.test("SEARCH of much text comes in pages that together find all", async () => {
  await withMailbox(async ({ ask, status }) => {
    const count = 7;
    for (let n = 0; n < count; n++) {
      const raw = latin1(
        `Subject: ${n}\r\n\r\n${"words and words ".repeat(LIMITS.searchPageBytes / 64)} needle${n % 2}`,
      );
      await ask("append", { name: "INBOX", messages: [newMessage(raw)], limits: NO_LIMITS });
    }
    const { id: folder } = await status();
    const found: number[] = [];
    let pages = 0;
    for (let from: number | null = 1; from !== null; pages++) {
      const page: { uids: readonly number[]; next: number | null } = await ask("search", {
        folder,
        key: body("needle0"),
        from,
      });
      found.push(...uidList(page.uids));
      from = page.next;
    }
    assert.deepEqual(found, [1, 3, 5, 7]);
    assert.ok(pages > 1);
  });
});

Deno.test("the word index takes in all messages in steps and forgets removed ones", async () => {
  await withMailbox(async ({ ask, add, status, system }) => {
    for (let n = 0; n < 40; n++) await add(plain(`Subject: s${n}`, `word${n}`));
    assert.deepEqual(await ask("index", {}), { more: true });
    assert.deepEqual(await ask("index", {}), { more: false });
    const { db } = system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    const find = (word: string) => db.all("SELECT rowid FROM words WHERE words MATCH ?", word).length;
    assert.deepEqual([find("word7"), find("word39"), find("s3"), find("nothing")], [1, 1, 1, 0]);
    const { id: folder } = await status();
    await ask("store", { folder, uids: [8, 8, 20, 40], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder });
    await add(plain("Subject: later", "fresh"));
    assert.deepEqual(await ask("index", {}), { more: false });
    assert.deepEqual([find("word7"), find("word6"), find("word39"), find("fresh")], [0, 1, 0, 1]);
  });
});

Deno.test("removing many messages from the word index takes several steps", async () => {
  await withMailbox(async ({ ask, status, system }) => {
    const messages = Array.from({ length: 250 }, (_, n) => newMessage(plain(`Subject: s${n}`, "word")));
    await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
    while ((await ask("index", {})).more);
    const { id: folder } = await status();
    await ask("store", { folder, uids: [2, 250], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder });
    let steps = 1;
    while ((await ask("index", {})).more) steps++;
    assert.equal(steps, 3);
    const { db } = system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    assert.deepEqual(db.tuples("SELECT rowid FROM words WHERE words MATCH 'word'"), [[1]]);
    assert.deepEqual(db.all("SELECT * FROM unindex"), []);
  });
});

Deno.test("SEARCH with very many keys works or is refused, never breaks", async () => {
  await withMailbox(async (mailbox) => {
    const folder = await fill(mailbox);
    const find = async (key: SearchKey) => formatUidSet((await mailbox.ask("search", { folder, key })).uids);
    const many = (count: number, key: SearchKey) => and(...Array<SearchKey>(count).fill(key));
    const runs: SearchKey = { key: "uids", set: [1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15] };
    assert.equal(await find(many(249, runs)), "1,3,5");
    assert.equal(await find(many(450, or(runs, flag("\\Flagged")))).catch((error) => error.code), "limit");
    assert.equal(await find(many(80, or(runs, body("wolken")))), "1:3,5");
    await faults(find(many(1001, flag("\\Seen"))), "limit");
    let deep: SearchKey = flag("\\Flagged");
    for (let i = 0; i < 49; i++) deep = i % 2 ? not(deep) : or(deep, body("deep"));
    assert.match(await find(deep), /\d/);
  });
});
