import { concat } from "../../src/base/bytes.ts";
import { BLOCK, BLOCK_BYTES, blockOf } from "./block_size.ts";
import { ALWAYS, BUCKET_BYTES, BUCKETS } from "./grams.ts";
import { dropFields, packFields } from "./packed_fields.ts";
import { foldShares, writeShares } from "./shared_words.ts";
import type { MailboxTurn } from "./state.ts";

/*
 * The search index. Contents are taken together in blocks by their ids. A whole block has for each bucket of `grams.ts`
 * one bit a content, so that a needle is looked for in a thousand messages with a few short rows; and for words that
 * many of them share which ones have it for certain. Buckets and words fall into parts. A part of a content stands by
 * itself, in `unblocked`, until its block is whole; then one part of the block after the other moves into rows of the
 * block, each in a turn of its own. So what is in the index is always in one of both places.
 */

/** Parts of a block: moving one takes about 10 ms. */
const PARTS = 16;
const PART_BUCKETS = BUCKETS / PARTS;
const PART_BYTES = BUCKET_BYTES / PARTS;
const EVERY_PART = Array.from({ length: PARTS }, (_, part) => part).join(", ");

/** The bits of so many buckets lie in one row, so that two rows fill a page of the file. */
const ROW_BUCKETS = 15;
const ROW_BYTES = ROW_BUCKETS * BLOCK_BYTES;
/** Rows of a part. */
const ROWS = Math.ceil(PART_BUCKETS / ROW_BUCKETS);

/** Contents that stand together in one row until their block is whole: few enough to write it anew for the next. */
const CHUNK = 8;

/** A content's share of the index. */
export interface Signature {
  /** A bit for each bucket that it fills. */
  buckets: Uint8Array;
  words: string[];
}

/** Keeps signatures until their blocks are whole; ids ascend, and are above all that came before. */
export function storeSignatures(turn: MailboxTurn, signatures: ReadonlyMap<number, Signature>): void {
  const byBlock = Map.groupBy(signatures, ([id]) => blockOf(id));
  for (const [block, entries] of byBlock) {
    const words = entries.map(([, one]) => Map.groupBy(one.words, partOfWord));
    for (let part = 0; part < PARTS; part++) {
      storeLoose(turn, block, part, entries, words.map((parts) => parts.get(part) ?? []));
    }
  }
}

function storeLoose(
  turn: MailboxTurn,
  block: number,
  part: number,
  entries: [number, Signature][],
  words: string[][],
): void {
  const { db } = turn;
  const first = block * BLOCK;
  const [last] = db.tuples<[id: number, count: number, buckets: Uint8Array, words: string]>(
    `SELECT first_id, contents, buckets, words FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ?
     ORDER BY first_id DESC LIMIT 1`,
    part,
    first,
    first + BLOCK - 1,
  );
  const open = last && last[1] < CHUNK ? last : null;
  const runs = entries.map(([id, { buckets }]) => runOf(id - first, part, buckets));
  const lines = entries.map(([id], i) => [id - first, ...words[i]].join(" "));
  db.run(
    `INSERT INTO unblocked (part, first_id, contents, buckets, words) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (part, first_id) DO UPDATE SET contents = excluded.contents, buckets = excluded.buckets,
       words = excluded.words`,
    part,
    open ? open[0] : entries[0][0],
    entries.length + (open ? open[1] : 0),
    concat([...open ? [open[2]] : [], ...runs]),
    [...open ? [open[3]] : [], ...lines].join("\n"),
  );
}

/** Bytes of one content in a row of a part: its place in the block, and its buckets of the part. */
const RUN_BYTES = 2 + PART_BYTES;

function runOf(place: number, part: number, buckets: Uint8Array): Uint8Array {
  const run = new Uint8Array(RUN_BYTES);
  run[0] = place & 255;
  run[1] = place >> 8;
  run.set(buckets.subarray(part * PART_BYTES, (part + 1) * PART_BYTES), 2);
  return run;
}

/** A content whose text is too long: every search looks at it. */
export const OPAQUE: Signature = { buckets: opaqueBuckets(), words: [] };

function opaqueBuckets(): Uint8Array {
  const buckets = new Uint8Array(BUCKET_BYTES);
  buckets[ALWAYS >> 3] |= 1 << (ALWAYS & 7);
  return buckets;
}

/** Moves one part of a block all of whose contents have been indexed; false when there is none. */
export function closePart(turn: MailboxTurn, indexed: number): boolean {
  const open = blockOf(indexed + 1) * BLOCK;
  const next = (part: number) =>
    turn.db.get<{ first_id: number }>(
      "SELECT first_id FROM unblocked WHERE part = ? AND first_id < ? ORDER BY first_id LIMIT 1",
      part,
      open,
    );
  // The last part goes last.
  if (!next(PARTS - 1)) return false;
  for (let part = 0;; part++) {
    const first = next(part);
    if (!first) continue;
    movePart(turn, blockOf(first.first_id), part);
    return true;
  }
}

/** Ids are not used again, so that bits of contents that are gone do no harm. */
function movePart(turn: MailboxTurn, block: number, part: number): void {
  const { db } = turn;
  const bits = new Uint8Array(ROWS * ROW_BYTES);
  for (const runs of readLoose(turn, block, part)) {
    for (let at = 0; at < runs.length; at += RUN_BYTES) addRun(bits, runs, at);
  }
  for (let row = 0; row < ROWS; row++) {
    db.run(
      "INSERT INTO gram (id, bits) VALUES (?, ?)",
      (block * PARTS + part) * ROWS + row,
      bits.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES),
    );
  }
  if (part === 0) packFields(turn, block);
  writeShares(turn, block, foldShares(readLooseWords(turn, block, part)));
  const first = block * BLOCK;
  db.run("DELETE FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ?", part, first, first + BLOCK - 1);
}

/** Sets a content's bit in every bucket that it fills. */
function addRun(bits: Uint8Array, runs: Uint8Array, at: number): void {
  const place = runs[at] | runs[at + 1] << 8;
  const byte = place >> 3, bit = 1 << (place & 7);
  for (let i = 0; i < PART_BYTES; i++) {
    for (let left = runs[at + 2 + i]; left; left &= left - 1) {
      const bucket = 8 * i + 31 - Math.clz32(left & -left);
      bits[bucket * BLOCK_BYTES + byte] |= bit;
    }
  }
}

/** Runs of a part's contents, some in each piece. */
function readLoose(turn: MailboxTurn, block: number, part: number): Uint8Array[] {
  return turn.db.tuples<[Uint8Array]>(
    "SELECT buckets FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ?",
    part,
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
  ).map(([runs]) => runs);
}

/** Lines of a place and its words. */
function readLooseWords(turn: MailboxTurn, block: number, part: number, word = ""): string[] {
  return turn.db.tuples<[string]>(
    "SELECT words FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ? AND instr(words, ?) > 0",
    part,
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
    word,
  ).flatMap(([words]) => words.split("\n"));
}

/** The bits of one bucket in a block. */
export function readBucket(turn: MailboxTurn, block: number, bucket: number): Uint8Array {
  const part = Math.floor(bucket / PART_BUCKETS), inPart = bucket % PART_BUCKETS;
  const [row] = turn.db.tuples<[Uint8Array]>(
    "SELECT bits FROM gram WHERE id = ?",
    (block * PARTS + part) * ROWS + Math.floor(inPart / ROW_BUCKETS),
  );
  if (row) {
    const at = (inPart % ROW_BUCKETS) * BLOCK_BYTES;
    return row[0].subarray(at, at + BLOCK_BYTES);
  }
  const bits = new Uint8Array(BLOCK_BYTES);
  const byte = 2 + (inPart >> 3), bit = 1 << (inPart & 7);
  for (const runs of readLoose(turn, block, part)) {
    for (let at = 0; at < runs.length; at += RUN_BYTES) {
      if (!(runs[at + byte] & bit)) continue;
      const place = runs[at] | runs[at + 1] << 8;
      bits[place >> 3] |= 1 << (place & 7);
    }
  }
  return bits;
}

/** Places of contents that stand by themselves and have a word that begins so. */
export function looseWithWord(turn: MailboxTurn, block: number, start: string): number[] {
  return readLooseWords(turn, block, partOfWord(start), ` ${start}`)
    .filter((line) => line.includes(` ${start}`)).map((line) => parseInt(line));
}

/** By the text that the word is of and its first character, so that words which begin alike stand together. */
function partOfWord(word: string): number {
  return (word.charCodeAt(0) * 5 + word.charCodeAt(1) * 7) % PARTS;
}

/** Forgets blocks none of whose contents exists any more, among those of removed contents. */
export function dropBlocks(turn: MailboxTurn, firstId: number, lastId: number): void {
  const { db } = turn;
  for (let block = blockOf(firstId); block <= blockOf(lastId); block++) {
    const first = block * BLOCK, last = first + BLOCK - 1;
    if (db.get("SELECT 1 FROM content WHERE id BETWEEN ? AND ? LIMIT 1", first, last)) continue;
    db.run(`DELETE FROM unblocked WHERE part IN (${EVERY_PART}) AND first_id BETWEEN ? AND ?`, first, last);
    const gram = block * PARTS * ROWS;
    db.run("DELETE FROM gram WHERE id BETWEEN ? AND ?", gram, gram + PARTS * ROWS - 1);
    db.run("DELETE FROM shared_word WHERE block = ?", block);
    dropFields(turn, block);
  }
}
