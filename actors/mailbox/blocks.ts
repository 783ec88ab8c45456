import { BLOCK, BLOCK_BYTES, blockOf } from "./block_size.ts";
import { ALWAYS, BUCKETS } from "./grams.ts";
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

/** A content's share of the index. */
export interface Signature {
  /** Ascending buckets. */
  buckets: Uint16Array;
  words: string[];
}

/** Keeps a content's signature until its block is whole. */
export function storeSignature(turn: MailboxTurn, contentId: number, { buckets, words }: Signature): void {
  const byPart: string[][] = Array.from({ length: PARTS }, () => []);
  for (const word of words) byPart[partOfWord(word)].push(word);
  let from = 0;
  for (let part = 0; part < PARTS; part++) {
    let to = from;
    while (to < buckets.length && buckets[to] < (part + 1) * PART_BUCKETS) to++;
    if (to === from && !byPart[part].length) continue;
    turn.db.run(
      "INSERT INTO unblocked (part, content_id, buckets, words) VALUES (?, ?, ?, ?)",
      part,
      contentId,
      new Uint8Array(buckets.buffer, buckets.byteOffset + 2 * from, 2 * (to - from)),
      byPart[part].join(" "),
    );
    from = to;
  }
}

/** A content whose text is too long: every search looks at it. */
export const OPAQUE: Signature = { buckets: Uint16Array.of(ALWAYS), words: [] };

/** Moves one part of a block all of whose contents have been indexed; false when there is none. */
export function closePart(turn: MailboxTurn, indexed: number): boolean {
  const open = blockOf(indexed + 1) * BLOCK;
  for (let part = 0; part < PARTS; part++) {
    const first = turn.db.get<{ content_id: number }>(
      "SELECT content_id FROM unblocked WHERE part = ? AND content_id < ? ORDER BY content_id LIMIT 1",
      part,
      open,
    );
    if (!first) continue;
    movePart(turn, blockOf(first.content_id), part);
    return true;
  }
  return false;
}

/** Contents that are gone meanwhile leave no bits. */
function movePart(turn: MailboxTurn, block: number, part: number): void {
  const { db } = turn;
  const rows = readPart(turn, block, part);
  const bits = new Uint8Array(PART_ROWS * ROW_BYTES);
  for (const { place, buckets } of rows) {
    const byte = place >> 3, bit = 1 << (place & 7);
    for (const bucket of buckets) bits[(bucket - part * PART_BUCKETS) * BLOCK_BYTES + byte] |= bit;
  }
  for (let row = 0; row < PART_ROWS && part * PART_ROWS + row < ROWS; row++) {
    db.run(
      "INSERT INTO gram (id, bits) VALUES (?, ?)",
      block * ROWS + part * PART_ROWS + row,
      bits.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES),
    );
  }
  writeShares(turn, block, foldShares(rows));
  const first = block * BLOCK;
  db.run(
    "DELETE FROM unblocked WHERE part = ? AND content_id BETWEEN ? AND ?",
    part,
    first,
    first + BLOCK - 1,
  );
}

interface PartRow {
  /** In the block. */
  place: number;
  buckets: Uint16Array;
  words: string;
}

function readPart(turn: MailboxTurn, block: number, part: number): PartRow[] {
  const first = block * BLOCK;
  return turn.db.tuples<[number, Uint8Array, string]>(
    "SELECT content_id, buckets, words FROM unblocked WHERE part = ? AND content_id BETWEEN ? AND ?",
    part,
    first,
    first + BLOCK - 1,
  ).map(([id, bytes, words]) => ({ place: id - first, buckets: readBuckets(bytes), words }));
}

function readBuckets(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer);
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
  for (const { place, buckets } of readPart(turn, block, Math.floor(bucket / PART_BUCKETS))) {
    if (buckets.includes(bucket)) bits[place >> 3] |= 1 << (place & 7);
  }
  return bits;
}

/** Places of contents that stand by themselves and have a word that begins so. */
export function looseWithWord(turn: MailboxTurn, block: number, start: string): number[] {
  return readPart(turn, block, partOfWord(start))
    .filter(({ words }) => ` ${words}`.includes(` ${start}`))
    .map(({ place }) => place);
}

/** By the text that the word is of and its first character, so that words which begin alike stand together. */
function partOfWord(word: string): number {
  return (word.charCodeAt(0) * 5 + word.charCodeAt(1) * 7) % PARTS;
}

/** Forgets removed contents that stand by themselves, and whole blocks none of whose contents exists any more. */
export function dropBlocks(turn: MailboxTurn, firstId: number, lastId: number): void {
  const { db } = turn;
  db.run(
    `DELETE FROM unblocked WHERE part IN (${EVERY_PART}) AND content_id BETWEEN ? AND ?`,
    firstId,
    lastId,
  );
  for (let block = blockOf(firstId); block <= blockOf(lastId); block++) {
    const first = block * BLOCK, last = first + BLOCK - 1;
    if (db.get("SELECT 1 FROM content WHERE id BETWEEN ? AND ? LIMIT 1", first, last)) continue;
    db.run("DELETE FROM gram WHERE id BETWEEN ? AND ?", block * ROWS, block * ROWS + ROWS - 1);
    db.run("DELETE FROM shared_word WHERE block = ?", block);
  }
}
