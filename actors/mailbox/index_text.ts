import { LIMITS } from "../../src/base/limits.ts";
import { readHeader as parseHeader } from "../../src/codec/message/header.ts";
import { BLOCK, blockOf, closeBlock, dropBlocks, OPAQUE, type Signature, storeSignature } from "./blocks.ts";
import { storeBrief } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { addGrams, addWords, Buckets, KINDS } from "./grams.ts";
import { fieldTexts, foldedBody, headTexts, readMessage, readParts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

type Index = MailboxContract["index"];

/** Messages, and octets of all, that one turn puts into the index: about 10 ms of work. */
const MESSAGES = 25;
const STEP_BYTES = 512 * 1024;
/** Text of a message that goes into the word index: nobody looks fuzzily for what comes after. */
const WORD_CHARS = 512 * 1024;
/** Removed messages that one turn takes out of it. */
const FORGOTTEN = 100;

const FIELDS = ["from", "to", "cc", "bcc", "subject"] as const;

/**
 * Brings the index up to date, a bounded step at a time: first forgets removed contents, then takes in new ones in the
 * order of their ids. Never part of a delivery, where it would cost more than all the rest. SEARCH looks at everything
 * that is not in it yet.
 */
export function index(_request: Index["request"], turn: MailboxTurn): Index["reply"] {
  const { db } = turn;
  if (forget(turn)) return { more: true };
  const mark = db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value;
  const rows = db.tuples<[id: number, size: number]>(
    "SELECT id, size FROM content WHERE id > ? ORDER BY id LIMIT ?",
    mark,
    MESSAGES,
  );
  let bytes = 0, last = mark;
  for (const [id, size] of rows) {
    if (bytes > STEP_BYTES) break;
    indexOne(turn, id, size);
    bytes += size;
    last = id;
  }
  if (last > mark) {
    db.run("UPDATE meta SET value = ? WHERE key = 'indexed'", last);
    closeBlocks(turn, last);
  }
  return { more: db.get("SELECT 1 FROM content WHERE id > ? LIMIT 1", last) !== undefined };
}

/** Takes one content in: its row for sorting, its words, and its signature. */
function indexOne(turn: MailboxTurn, id: number, size: number): void {
  const large = size > LIMITS.searchIndexedBytes;
  const raw = large ? readMessage(turn, id, LIMITS.searchIndexedBytes) : readMessage(turn, id, size);
  const root = readParts(turn, id);
  const header = parseHeader(raw);
  const fields = Object.fromEntries(FIELDS.map((name) => [name, fieldTexts(header, name)])) as Record<
    typeof FIELDS[number],
    string[]
  >;
  storeBrief(turn, id, fields);
  const texts = { ...fields, head: headTexts(raw, header, root), body: foldedBody(raw, root) };
  let words = "";
  for (const text of [...FIELDS.flatMap((name) => fields[name]), ...texts.body]) {
    if (words.length < WORD_CHARS) words += `${text.slice(0, WORD_CHARS)}\n`;
  }
  turn.db.run("INSERT INTO words (rowid, text) VALUES (?, ?)", id, words);
  storeSignature(turn, id, large ? OPAQUE : signatureOf(texts));
}

function signatureOf(texts: Record<typeof KINDS[number], string[]>): Signature {
  const buckets = new Buckets(), words = new Set<string>();
  for (const kind of KINDS) {
    for (const text of texts[kind]) {
      addGrams(buckets, kind, text);
      if (kind === "head" || kind === "body") addWords(words, kind, text);
    }
  }
  return { buckets: buckets.list(), words: [...words] };
}

/** Blocks all of whose contents are indexed now. */
function closeBlocks(turn: MailboxTurn, indexed: number): void {
  const open = blockOf(indexed + 1);
  const blocks = turn.db.tuples<[number]>(
    `SELECT DISTINCT content_id / ${BLOCK} FROM unblocked WHERE content_id < ?`,
    open * BLOCK,
  );
  for (const [block] of blocks) closeBlock(turn, block);
}

/** Forgets some removed contents; true when others remain. */
function forget(turn: MailboxTurn): boolean {
  const { db } = turn;
  let left = FORGOTTEN;
  const runs = db.tuples<[number, number]>(
    "SELECT first_id, last_id FROM unindex ORDER BY first_id LIMIT ?",
    FORGOTTEN,
  );
  for (const [first, last] of runs) {
    if (!left) return true;
    const end = Math.min(last, first + left - 1);
    db.run("DELETE FROM words WHERE rowid BETWEEN ? AND ?", first, end);
    dropBlocks(turn, first, end);
    db.run("DELETE FROM unindex WHERE first_id = ?", first);
    if (end < last) db.run("INSERT INTO unindex (first_id, last_id) VALUES (?, ?)", end + 1, last);
    left -= end - first + 1;
  }
  return db.get("SELECT 1 FROM unindex LIMIT 1") !== undefined;
}
