import { ALWAYS, BUCKETS } from "./grams.ts";
import type { MailboxTurn } from "./state.ts";

/**
 * The search index. Contents are taken together in blocks by their ids. A whole block has for each bucket of `grams.ts`
 * one bit a content, so that a needle is looked for in a thousand messages with a few short rows; and for words that
 * many of them share which ones have it for certain. Contents of the last block stand one by one until it is whole.
 */
export const BLOCK = 1024;

/** Bytes of one bucket's bits; those of some buckets lie in one row, so that two rows fill a page of the file. */
export const BLOCK_BYTES = BLOCK / 8;
const ROW_BUCKETS = 15;
const ROW_BYTES = ROW_BUCKETS * BLOCK_BYTES;
const ROWS = Math.ceil(BUCKETS / ROW_BUCKETS);

/** A word is kept when so many contents of a block share it: fewer are soon looked at. */
const SHARED = 4;
/** Shared words of a block that are kept. */
const WORDS = 12_000;
const WORD_HASHES = 1 << 20;

/** A content's part of the index. */
export interface Signature {
  /** Buckets, without repeats. */
  buckets: Uint16Array;
  words: string[];
}

/** The block of a content. */
export function blockOf(contentId: number): number {
  return Math.floor(contentId / BLOCK);
}

/** Keeps a content's signature until its block is whole. */
export function storeSignature(turn: MailboxTurn, contentId: number, { buckets, words }: Signature): void {
  turn.db.run(
    "INSERT INTO unblocked (content_id, buckets, words) VALUES (?, ?, ?)",
    contentId,
    new Uint8Array(buckets.buffer, buckets.byteOffset, buckets.byteLength),
    words.join(" "),
  );
}

/** A content whose text is too long: every search looks at it. */
export const OPAQUE: Signature = { buckets: Uint16Array.of(ALWAYS), words: [] };

/** Puts a block together whose last content has been indexed; contents that are gone meanwhile leave no bits. */
export function closeBlock(turn: MailboxTurn, block: number): void {
  const { db } = turn;
  const rows = db.tuples<[number, Uint8Array, string]>(
    "SELECT content_id, buckets, words FROM unblocked WHERE content_id BETWEEN ? AND ?",
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
  );
  const bits = new Uint8Array(ROWS * ROW_BYTES);
  const shared = new Map<string, number[]>();
  const words = rows.map(([, , line]) => line ? line.split(" ") : []);
  const often = oftenUsed(words);
  rows.forEach(([id, buckets], i) => {
    setBits(bits, readBuckets(buckets), id - block * BLOCK);
    share(shared, often, words[i], id - block * BLOCK);
  });
  for (let row = 0; row < ROWS; row++) {
    const part = bits.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES);
    db.run("INSERT INTO gram (id, bits) VALUES (?, ?)", block * ROWS + row, part);
  }
  const kept = [...shared].filter(([, places]) => places.length >= SHARED)
    .sort((a, b) => b[1].length - a[1].length).slice(0, WORDS);
  for (const [word, places] of kept) {
    db.run("INSERT INTO shared_word (block, word, bits) VALUES (?, ?, ?)", block, word, packPlaces(places));
  }
  db.run("DELETE FROM unblocked WHERE content_id BETWEEN ? AND ?", block * BLOCK, block * BLOCK + BLOCK - 1);
}

function setBits(bits: Uint8Array, buckets: Uint16Array, place: number): void {
  const byte = place >> 3, bit = 1 << (place & 7);
  for (let i = 0; i < buckets.length; i++) bits[buckets[i] * BLOCK_BYTES + byte] |= bit;
}

function share(
  shared: Map<string, number[]>,
  often: Uint16Array,
  words: readonly string[],
  place: number,
): void {
  for (const word of words) {
    if (often[hashOf(word)] < SHARED) continue;
    const places = shared.get(word);
    if (places) places.push(place);
    else shared.set(word, [place]);
  }
}

/** Few places as a list of two bytes each, which is shorter than their bits. */
function packPlaces(places: readonly number[]): Uint8Array {
  if (places.length < BLOCK_BYTES / 2) return new Uint8Array(Uint16Array.from(places).buffer);
  const bits = new Uint8Array(BLOCK_BYTES);
  for (const place of places) bits[place >> 3] |= 1 << (place & 7);
  return bits;
}

/** The places of a shared word. */
export function unpackPlaces(packed: Uint8Array): number[] {
  if (packed.length < BLOCK_BYTES) return [...new Uint16Array(packed.slice().buffer)];
  const places: number[] = [];
  for (let place = 0; place < BLOCK; place++) if (packed[place >> 3] & 1 << (place & 7)) places.push(place);
  return places;
}

/** How often words occur in a block, by a hash: most occur once or twice and need not be looked at again. */
function oftenUsed(words: readonly string[][]): Uint16Array {
  const counts = new Uint16Array(WORD_HASHES);
  for (const list of words) for (const word of list) counts[hashOf(word)]++;
  return counts;
}

function hashOf(word: string): number {
  let h = 0;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x2c1b3c6d);
  return (h ^ (h >>> 15)) & (WORD_HASHES - 1);
}

/** The bits of one bucket in a whole block; null when the block was never put together. */
export function readBucket(turn: MailboxTurn, block: number, bucket: number): Uint8Array | null {
  const [row] = turn.db.tuples<[Uint8Array]>(
    "SELECT bits FROM gram WHERE id = ?",
    block * ROWS + Math.floor(bucket / ROW_BUCKETS),
  );
  const at = (bucket % ROW_BUCKETS) * BLOCK_BYTES;
  return row ? row[0].subarray(at, at + BLOCK_BYTES) : null;
}

/** Forgets whole blocks none of whose contents exists any more, among those of removed contents. */
export function dropBlocks(turn: MailboxTurn, firstId: number, lastId: number): void {
  const { db } = turn;
  db.run("DELETE FROM unblocked WHERE content_id BETWEEN ? AND ?", firstId, lastId);
  for (let block = blockOf(firstId); block <= blockOf(lastId); block++) {
    const first = block * BLOCK, last = first + BLOCK - 1;
    if (db.get("SELECT 1 FROM content WHERE id BETWEEN ? AND ? LIMIT 1", first, last)) continue;
    db.run("DELETE FROM gram WHERE id BETWEEN ? AND ?", block * ROWS, block * ROWS + ROWS - 1);
    db.run("DELETE FROM shared_word WHERE block = ?", block);
  }
}

/** Buckets of a row of `unblocked`. */
export function readBuckets(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer);
}
