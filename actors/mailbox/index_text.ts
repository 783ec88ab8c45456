import { LIMITS } from "../../src/base/limits.ts";
import { readHeader as parseHeader } from "../../src/codec/message/header.ts";
import type { MimePart } from "../../src/codec/message/summary.ts";
import { blockOf } from "./block_size.ts";
import { closePart, dropBlocks, OPAQUE, type Signature, storeSignatures } from "./blocks.ts";
import { fillBriefs } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { addGrams, addWords, Buckets, KINDS } from "./grams.ts";
import { indexedTo } from "./prefilter.ts";
import { fieldTexts, foldedBody, headTexts, readMessage, readParts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

type Index = MailboxContract["index"];

/** Messages, and octets of text of all, that one turn puts into the index: about 20 ms of work. */
const MESSAGES = 20;
const STEP_BYTES = 160 * 1024;
/** Text of a message whose words are looked at: they cost most, and hardly anybody looks fuzzily for what comes after. */
const WORD_CHARS = 64 * 1024;
/** Removed messages that one turn takes out of it. */
const FORGOTTEN = 100;

const FIELDS = ["from", "to", "cc", "bcc", "subject"] as const;

/**
 * Brings the index up to date, a bounded step at a time: first forgets removed contents and writes missing rows
 * of `brief`, then puts a part of a whole
 * block together, then takes in new contents in the order of their ids. Never part of a delivery, where it would cost
 * more than all the rest. SEARCH looks at everything that is not in it yet.
 */
export function index(_request: Index["request"], turn: MailboxTurn): Index["reply"] {
  const { db } = turn;
  if (forget(turn) || fillBriefs(turn)) return { more: true };
  const mark = indexedTo(turn);
  if (closePart(turn, mark)) return { more: true };
  const rows = db.tuples<[id: number, size: number, header: number]>(
    "SELECT id, size, header_bytes FROM content WHERE id > ? ORDER BY id LIMIT ?",
    mark,
    MESSAGES,
  );
  let left = STEP_BYTES, last = mark;
  const signatures = new Map<number, Signature>();
  for (const [id, size, header] of rows) {
    const root = readParts(turn, id);
    const textBytes = header + textBytesOf(root);
    if (textBytes > left && last > mark) break;
    const large = size > LIMITS.searchIndexedBytes || textBytes > LIMITS.searchIndexedTextBytes;
    const signature = indexOne(turn, id, root, large ? Math.min(size, header + WORD_CHARS) : size, large);
    signatures.set(id, signature);
    left -= textBytes;
    last = id;
  }
  storeSignatures(turn, signatures);
  if (last > mark) db.run("UPDATE meta SET value = ? WHERE key = 'indexed'", last);
  const whole = blockOf(last + 1) > blockOf(mark + 1);
  return { more: whole || db.get("SELECT 1 FROM content WHERE id > ? LIMIT 1", last) !== undefined };
}

/** Octets that taking a message's body in goes through: HTML is gone through with its markup and without. */
function textBytesOf(root: MimePart): number {
  let sum = 0;
  const waiting = [root];
  for (let part = waiting.pop(); part; part = waiting.pop()) {
    if (part.type === "text") sum += (part.bodyEnd - part.bodyStart) * (part.subtype === "html" ? 2 : 1);
    else if (part.type === "message" && !part.children.length) sum += part.bodyEnd - part.bodyStart;
    sum += part.bodyStart - part.headerStart;
    waiting.push(...part.children);
  }
  return sum;
}

/** Takes one content in: its words. What is left to store is its signature. */
function indexOne(turn: MailboxTurn, id: number, root: MimePart, size: number, large: boolean): Signature {
  const raw = readMessage(turn, id, size);
  const header = parseHeader(raw);
  const fields = Object.fromEntries(FIELDS.map((name) => [name, fieldTexts(header, name)])) as Record<
    typeof FIELDS[number],
    string[]
  >;
  const body = foldedBody(raw, root);
  let words = "";
  for (const text of [...FIELDS.flatMap((name) => fields[name]), ...body]) {
    if (words.length < WORD_CHARS) words += `${text.slice(0, WORD_CHARS)}\n`;
  }
  turn.db.run("INSERT INTO words (rowid, text) VALUES (?, ?)", id, words);
  return large ? OPAQUE : signatureOf({ ...fields, head: headTexts(raw, header, root), body });
}

function signatureOf(texts: Record<typeof KINDS[number], string[]>): Signature {
  const buckets = new Buckets(), words = new Set<string>();
  let left = WORD_CHARS;
  for (const kind of KINDS) {
    for (const text of texts[kind]) {
      addGrams(buckets, kind, text);
      if (kind !== "head" && kind !== "body") continue;
      addWords(words, kind, wholeWords(text, left));
      left = Math.max(0, left - text.length);
    }
  }
  return { buckets: buckets.list(), words: [...words] };
}

/** The beginning of a text, without the word that the end would cut. */
function wholeWords(text: string, chars: number): string {
  return text.length <= chars ? text : text.slice(0, chars).replace(/[^\s]*$/, "");
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
