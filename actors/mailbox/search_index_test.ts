import { strict as assert } from "node:assert";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import { uidList } from "../../src/codec/imap/uid_set.ts";
import { fromLatin1, latin1, utf8 } from "../../src/base/bytes.ts";
import { headerValues } from "../../src/codec/message/decode_text.ts";
import { type Header, readHeader } from "../../src/codec/message/header.ts";
import { searchKey } from "../../src/codec/text/casemap.ts";
import { summarize } from "../../src/codec/message/summarize.ts";
import { corpus } from "../../tests/interop/corpus.ts";
import { BLOCK } from "./block_size.ts";
import { newMessage, NO_LIMITS, type TestMailbox, withMailbox } from "./fixture_test.ts";
import { type Guess, probe } from "./prefilter.ts";
import { foldedBody, headTexts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

let state = 11;
const next = (bound: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % bound;
const pick = <T>(list: readonly T[]): T => list[next(list.length)];

const WORDS =
  "the meeting apple pear Straße ΣΊΣΥΦΟΣ über naïve <b>bold</b> & http://x.test/a?b=c 日本語 \u{1f600} a-b x"
    .split(" ");

/** A message of random words in one of several forms. */
function generated(n: number): Uint8Array {
  const text = Array.from({ length: 1 + next(30) }, () => pick(WORDS)).join(pick([" ", "  ", "\r\n", "\t"]));
  const subject = `=?utf-8?b?${btoa(fromLatin1(utf8(`${pick(WORDS)} ${pick(WORDS)}`)))}?=`;
  const head =
    `From: ${pick(["Ann", "Bob"])} <u${next(9)}@x.test>\r\nTo: a@x.test,\r\n\tb${next(9)}@y.test\r\n` +
    `Subject: ${subject}\r\nX-N: ${n}\r\n`;
  const html = next(2) ? "html" : "plain";
  const coded = fromLatin1(utf8(text));
  const part = next(2)
    ? `Content-Type: text/${html}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${
      btoa(coded)
    }\r\n`
    : `Content-Type: text/${html}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${coded}\r\n`;
  if (next(2)) return latin1(head + part);
  return latin1(
    `${head}Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n${part}--q\r\nContent-Type: message/rfc822\r\n\r\n` +
      `Subject: inner ${pick(["apple", "pear"])}\r\n\r\n${coded}\r\n--q--\r\n`,
  );
}

/** A message with all of its texts decoded. */
interface Known {
  raw: Uint8Array;
  header: Header;
  body: string[];
  head: string[];
}

function known(raw: Uint8Array): Known {
  const header = readHeader(raw), { parts } = summarize(raw);
  return { raw, header, body: foldedBody(raw, parts), head: headTexts(raw, header, parts) };
}

/** What the RFC says, the long way: every text is looked through. */
function matches(message: Known, key: SearchKey): boolean {
  const { header, body, head } = message;
  switch (key.key) {
    case "header":
      return headerValues(header, key.name).some((value) => holds(searchKey(value), searchKey(key.value)));
    case "body":
      return key.value === "" || body.some((text) => text.includes(searchKey(key.value)));
    case "text":
      return matches(message, { key: "body", value: key.value }) ||
        head.some((text) => holds(text, searchKey(key.value)));
    case "not":
      return !matches(message, key.of);
    case "or":
      return key.of.some((one) => matches(message, one));
    case "and":
      return key.of.every((one) => matches(message, one));
    default:
      throw new Error(key.key);
  }
}

function holds(text: string, value: string): boolean {
  return text.includes(value) || text.replace(/[ \t]+/g, " ").includes(value) && value.includes(" ");
}

/** A piece of some message's text, or words that may be nowhere. */
function needle(messages: readonly Known[]): string {
  if (!next(4)) return pick([...WORDS, "nowhere to be found", "", "zz", "q", "e", "APPLE", "bold & "]);
  const { body, head } = pick(messages);
  const texts = next(2) ? body : head;
  const text = pick(texts.length ? texts : [""]);
  const at = next(Math.max(1, text.length));
  return text.slice(at, at + 1 + next(14)).replaceAll("\0", "").toWellFormed();
}

function key(messages: readonly Known[], depth = 0): SearchKey {
  const value = needle(messages);
  switch (next(depth < 2 ? 9 : 6)) {
    case 0:
    case 1:
      return { key: "body", value };
    case 2:
      return { key: "text", value };
    case 3:
      return { key: "header", name: pick(["x-n", "received", "message-id", "content-type"]), value };
    case 4:
    case 5:
      return { key: "header", name: pick(["from", "to", "cc", "bcc", "subject"]), value };
    case 6:
      return { key: "not", of: key(messages, depth + 1) };
    case 7:
      return { key: "or", of: [key(messages, depth + 1), key(messages, depth + 1)] };
    default:
      return { key: "and", of: [key(messages, depth + 1), key(messages, depth + 1)] };
  }
}

async function compare(mailbox: TestMailbox, messages: readonly Known[], count: number): Promise<void> {
  const { id: folder } = await mailbox.status();
  for (let i = 0; i < count; i++) {
    const asked = key(messages);
    const { uids, next } = await mailbox.ask("search", { folder, key: asked });
    assert.equal(next, null);
    const want = messages.flatMap((message, at) => matches(message, asked) ? [at + 1] : []);
    assert.deepEqual([...uidList(uids)], want, JSON.stringify(asked));
  }
}

/** Puts messages into the mailbox, and says what is in them. */
async function add({ ask }: TestMailbox, raws: readonly Uint8Array[]): Promise<Known[]> {
  await ask("append", { name: "INBOX", messages: raws.map((raw) => newMessage(raw)), limits: NO_LIMITS });
  return raws.map(known);
}

Deno.test("SEARCH with the index finds what looking at every text finds (RFC 9051 §6.4.4)", () =>
  withMailbox(async (mailbox) => {
    const all = await add(mailbox, Array.from({ length: 300 }, (_, n) => generated(n)));
    const { hash } = await mailbox.ask("hash", {});
    await compare(mailbox, all, 60); // nothing indexed
    await mailbox.ask("index", {});
    await compare(mailbox, all, 60); // some
    while ((await mailbox.ask("index", {})).more);
    await compare(mailbox, all, 120); // all
    assert.equal((await mailbox.ask("hash", {})).hash, hash, "the index is each server's own");
    all.push(...await add(mailbox, Array.from({ length: 20 }, (_, n) => generated(300 + n))));
    await compare(mailbox, all, 60); // and some more
  }));

Deno.test("SEARCH over whole blocks finds the same, of real mail where it is at hand", () =>
  withMailbox(async (mailbox) => {
    const { messages } = await corpus();
    const raws: Uint8Array[] = messages.slice(0, 60).map(({ text }) => latin1(text));
    while (raws.length < BLOCK + 200) raws.push(generated(raws.length));
    const all = await add(mailbox, raws);
    while ((await mailbox.ask("index", {})).more);
    const { db } = mailbox.system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    assert.ok(db.get<{ n: number }>("SELECT count(*) AS n FROM gram")!.n > 1000);
    assert.equal(db.get<{ n: number }>("SELECT sum(contents) AS n FROM unblocked WHERE part = 3")!.n, 201);
    await compare(mailbox, all, 40);
    const guesses = (needle: string) => {
      const look = probe({ db } as MailboxTurn, "body", needle);
      const counts: Record<Guess, number> = { 0: 0, 1: 0, 2: 0 };
      for (let id = 1; id < BLOCK; id++) counts[look(id)]++;
      return counts;
    };
    assert.ok(guesses("meeting")[2] > 200, "a word that many share is known for certain");
    assert.ok(guesses("eetin")[2] > 200, "and a part of it");
    assert.ok(guesses("xyzzy plugh")[1] < 5, "what is nowhere is ruled out");
  }));

Deno.test("SEARCH finds the same while a block is put together part by part, a turn for each", () =>
  withMailbox(async (mailbox) => {
    const all = await add(mailbox, Array.from({ length: BLOCK + 3 }, (_, n) => generated(n)));
    const { db } = mailbox.system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    const count = (table: string) => db.tuples<[number]>(`SELECT count(*) FROM ${table}`)[0][0];
    while (db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value < BLOCK) {
      await mailbox.ask("index", {});
    }
    for (let parts = 1;; parts++) {
      const before = count("gram");
      await mailbox.ask("index", {});
      assert.ok(count("gram") - before <= 70, "one part a turn");
      await compare(mailbox, all, 4);
      if (count("gram") > 1000) {
        assert.ok(parts > 10);
        break;
      }
    }
  }));

Deno.test("SEARCH finds what stands in a text that is too long for the index", () =>
  withMailbox(async ({ ask, status }) => {
    const filler = "a line of a long digest about nothing at all\r\n".repeat(15_000);
    const raws = [`Subject: long\r\n\r\n${filler}the needle\r\n`, "Subject: short\r\n\r\nneedle\r\n"];
    const messages = raws.map((raw) => newMessage(latin1(raw)));
    await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
    while ((await ask("index", {})).more);
    const { id: folder } = await status();
    assert.deepEqual((await ask("search", { folder, key: { key: "body", value: "needle" } })).uids, [1, 2]);
    assert.deepEqual((await ask("search", { folder, key: { key: "text", value: "e needle" } })).uids, [1, 1]);
    assert.deepEqual((await ask("search", { folder, key: { key: "body", value: "nowhere" } })).uids, []);
  }));

Deno.test("SEARCH finds what stands among more words than are kept of a message, and is sure of it otherwise", () =>
  withMailbox(async ({ ask, status, system }) => {
    const many = Array.from({ length: 30_000 }, (_, n) => `w${n}x`).join("\r\n");
    const raws = [`Subject: many\r\n\r\n${many}\r\n`, "Subject: few\r\n\r\nw29998x, and w29999x\r\n"];
    const messages = raws.map((raw) => newMessage(latin1(raw)));
    await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
    while ((await ask("index", {})).more);
    const { id: folder } = await status();
    const found = async (value: string) =>
      (await ask("search", { folder, key: { key: "body", value } })).uids;
    assert.deepEqual(await found("9998"), [1, 2]);
    assert.deepEqual(await found("98x, and w299"), [2, 2]);
    assert.deepEqual(await found("w0x\r\nw1x"), [1, 1]);
    assert.deepEqual(await found("x w"), []);
    const { db } = system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    assert.deepEqual(db.tuples("SELECT content_id, body IS NULL FROM word_list"), [[1, 1], [2, 0]]);
  }));

Deno.test("the index forgets blocks of which nothing is left", () =>
  withMailbox(async (mailbox) => {
    const { ask, status, system } = mailbox;
    await add(mailbox, Array.from({ length: BLOCK + 5 }, (_, n) => generated(n)));
    while ((await ask("index", {})).more);
    const { id: folder } = await status();
    await ask("store", { folder, uids: [1, BLOCK + 2], mode: "add", flags: ["\\Deleted"] });
    await ask("expunge", { folder });
    while ((await ask("index", {})).more);
    const { db } = system.disk.open("mailbox", "01kdvw8000aaaaaaaaaaaaaaaa");
    for (const table of ["gram", "shared_word", "field_text"]) {
      assert.deepEqual(db.all(`SELECT count(*) AS n FROM ${table}`).map((row) => row.n), [0], table);
    }
    for (const table of ["brief", "words", "word_list"]) {
      const column = table === "words" ? "rowid" : "content_id";
      assert.equal(db.tuples(`SELECT ${column} FROM ${table}`).length, 3, table);
    }
    assert.deepEqual((await ask("search", { folder, key: { key: "body", value: "" } })).uids, [
      BLOCK + 3,
      BLOCK + 5,
    ]);
  }));
