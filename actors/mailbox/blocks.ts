import { concat } from "../../src/base/bytes.ts";
import { BLOCK, BLOCK_BYTES, blockOf } from "./block_size.ts";
import { ALWAYS, BUCKETS } from "./grams.ts";
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

/** The bits of so many buckets lie in one row, so that two rows fill a page of the file. */
const ROW_BUCKETS = 15;
const ROW_BYTES = ROW_BUCKETS * BLOCK_BYTES;
const ROWS = Math.ceil(BUCKETS / ROW_BUCKETS);

/** Parts of a block: moving one takes about 10 ms. */
const PARTS = 16;
const PART_ROWS = Math.ceil(ROWS / PARTS);
const PART_BUCKETS = PART_ROWS * ROW_BUCKETS;
const EVERY_PART = Array.from({ length: PARTS }, (_, part) => part).join(", ");

/** Contents that stand together in one row until their block is whole: few enough to write it anew for the next. */
const CHUNK = 8;

/** A content's share of the index. */
export interface Signature {
  /** Ascending buckets. */
  buckets: Uint16Array;
  words: string[];
}

/** Keeps signatures until their blocks are whole; ids ascend, and are above all that came before. */
export function storeSignatures(turn: MailboxTurn, signatures: ReadonlyMap<number, Signature>): void {
  const byBlock = Map.groupBy(signatures, ([id]) => blockOf(id));
  for (const [block, entries] of byBlock) {
    for (let part = 0; part < PARTS; part++) storeLoose(turn, block, part, entries);
  }
}

function storeLoose(turn: MailboxTurn, block: number, part: number, entries: [number, Signature][]): void {
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
  const lines = entries.map(([id, { words }]) =>
    [id - first, ...words.filter((word) => partOfWord(word) === part)].join(" ")
  );
  const buckets = concat([...open ? [open[2]] : [], ...runs.map(bytesOf)]);
  const words = [...open ? [open[3]] : [], ...lines].join("\n");
  db.run(
    `INSERT INTO unblocked (part, first_id, contents, buckets, words) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (part, first_id) DO UPDATE SET contents = excluded.contents, buckets = excluded.buckets,
       words = excluded.words`,
    part,
    open ? open[0] : entries[0][0],
    entries.length + (open ? open[1] : 0),
    buckets,
    words,
  );
}

/** The place of a content, how many buckets of the part it has, and those. */
function runOf(place: number, part: number, buckets: Uint16Array): Uint16Array {
  const from = lowerBound(buckets, part * PART_BUCKETS), to = lowerBound(buckets, (part + 1) * PART_BUCKETS);
  const run = new Uint16Array(2 + to - from);
  run[0] = place;
  run[1] = to - from;
  run.set(buckets.subarray(from, to), 2);
  return run;
}

function lowerBound(sorted: Uint16Array, value: number): number {
  let at = 0;
  while (at < sorted.length && sorted[at] < value) at++;
  return at;
}

function bytesOf(run: Uint16Array): Uint8Array {
  return new Uint8Array(run.buffer, run.byteOffset, run.byteLength);
}

/** A content whose text is too long: every search looks at it. */
export const OPAQUE: Signature = { buckets: Uint16Array.of(ALWAYS), words: [] };

/** Moves one part of a block all of whose contents have been indexed; false when there is none. */
export function closePart(turn: MailboxTurn, indexed: number): boolean {
  const open = blockOf(indexed + 1) * BLOCK;
  for (let part = 0; part < PARTS; part++) {
    const first = turn.db.get<{ first_id: number }>(
      "SELECT first_id FROM unblocked WHERE part = ? AND first_id < ? ORDER BY first_id LIMIT 1",
      part,
      open,
    );
    if (!first) continue;
    movePart(turn, blockOf(first.first_id), part);
    return true;
  }
  return false;
}

/** Ids are not used again, so that bits of contents that are gone do no harm. */
function movePart(turn: MailboxTurn, block: number, part: number): void {
  const { db } = turn;
  const chunks = readPart(turn, block, part);
  const bits = new Uint8Array(PART_ROWS * ROW_BYTES);
  for (const { runs } of chunks) {
    for (let i = 0; i < runs.length;) {
      const byte = runs[i] >> 3, bit = 1 << (runs[i] & 7), end = i + 2 + runs[i + 1];
      for (i += 2; i < end; i++) bits[(runs[i] - part * PART_BUCKETS) * BLOCK_BYTES + byte] |= bit;
    }
  }
  for (let row = 0; row < PART_ROWS && part * PART_ROWS + row < ROWS; row++) {
    db.run(
      "INSERT INTO gram (id, bits) VALUES (?, ?)",
      block * ROWS + part * PART_ROWS + row,
      bits.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES),
    );
  }
  if (part === 0) packFields(turn, block);
  writeShares(turn, block, foldShares(chunks.flatMap(({ words }) => words.split("\n"))));
  const first = block * BLOCK;
  db.run("DELETE FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ?", part, first, first + BLOCK - 1);
}

/** Some contents of a part: one run for each, as of `runOf`, and a line with its place and its words. */
interface Chunk {
  runs: Uint16Array;
  words: string;
}

function readPart(turn: MailboxTurn, block: number, part: number): Chunk[] {
  return turn.db.tuples<[Uint8Array, string]>(
    "SELECT buckets, words FROM unblocked WHERE part = ? AND first_id BETWEEN ? AND ?",
    part,
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
  ).map(([bytes, words]) => ({ runs: new Uint16Array(bytes.slice().buffer), words }));
}

/** The bits of one bucket in a block. */
export function readBucket(turn: MailboxTurn, block: number, bucket: number): Uint8Array {
  const [row] = turn.db.tuples<[Uint8Array]>(
    "SELECT bits FROM gram WHERE id = ?",
    block * ROWS + Math.floor(bucket / ROW_BUCKETS),
  );
  if (row) {
    const at = (bucket % ROW_BUCKETS) * BLOCK_BYTES;
    return row[0].subarray(at, at + BLOCK_BYTES);
  }
  const bits = new Uint8Array(BLOCK_BYTES);
  for (const { runs } of readPart(turn, block, Math.floor(bucket / PART_BUCKETS))) {
    for (let i = 0; i < runs.length;) {
      const place = runs[i], end = i + 2 + runs[i + 1];
      for (i += 2; i < end; i++) if (runs[i] === bucket) bits[place >> 3] |= 1 << (place & 7);
    }
  }
  return bits;
}

/** Places of contents that stand by themselves and have a word that begins so. */
export function looseWithWord(turn: MailboxTurn, block: number, start: string): number[] {
  return readPart(turn, block, partOfWord(start)).flatMap(({ words }) =>
    words.includes(` ${start}`) ? words.split("\n").filter((line) => line.includes(` ${start}`)) : []
  ).map((line) => parseInt(line));
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
    db.run("DELETE FROM gram WHERE id BETWEEN ? AND ?", block * ROWS, block * ROWS + ROWS - 1);
    db.run("DELETE FROM shared_word WHERE block = ?", block);
    dropFields(turn, block);
  }
}
