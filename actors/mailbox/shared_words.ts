import { BLOCK, BLOCK_BYTES } from "./block_size.ts";
import type { MailboxTurn } from "./state.ts";

/** A word is kept when so many contents of a block share it: fewer are soon looked at. */
const SHARED = 4;
/** Shared words of one part of a block that are kept. */
const WORDS = 2_000;
const HASHES = 1 << 16;

/** Which contents of a block share which words, by lines of a place and words; one may stand with a word that few share. */
export function foldShares(lines: readonly string[]): Map<string, number[]> {
  const lists = lines.map((line) => line.split(" "));
  const often = oftenUsed(lists);
  const shared = new Map<string, number[]>();
  for (const [first, ...words] of lists) {
    const place = Number(first);
    for (const word of words) {
      if (often[hashOf(word)] < SHARED) continue;
      const places = shared.get(word);
      if (places) places.push(place);
      else shared.set(word, [place]);
    }
  }
  return shared;
}

/** How often words occur, by a hash: most occur once or twice and need not be looked at again. */
function oftenUsed(lists: readonly string[][]): Uint16Array {
  const counts = new Uint16Array(HASHES);
  for (const list of lists) for (const word of list) counts[hashOf(word)]++;
  return counts;
}

function hashOf(word: string): number {
  let h = 0;
  for (let i = 0; i < word.length; i++) h = Math.imul(h ^ word.charCodeAt(i), 0x2c1b3c6d);
  return (h ^ (h >>> 15)) & (HASHES - 1);
}

/** Stores the words that most contents share. */
export function writeShares(turn: MailboxTurn, block: number, shared: ReadonlyMap<string, number[]>): void {
  const kept = [...shared].filter(([, places]) => places.length >= SHARED)
    .sort((a, b) => b[1].length - a[1].length).slice(0, WORDS);
  for (const [word, places] of kept) {
    turn.db.run(
      "INSERT INTO shared_word (block, word, bits) VALUES (?, ?, ?)",
      block,
      word,
      packPlaces(places),
    );
  }
}

/** Few places as a list of two bytes each, which is shorter than their bits. */
function packPlaces(places: readonly number[]): Uint8Array {
  if (places.length < BLOCK_BYTES / 2) return new Uint8Array(Uint16Array.from(places).buffer);
  const bits = new Uint8Array(BLOCK_BYTES);
  for (const place of places) bits[place >> 3] |= 1 << (place & 7);
  return bits;
}

function unpackPlaces(packed: Uint8Array): number[] {
  if (packed.length < BLOCK_BYTES) return [...new Uint16Array(packed.slice().buffer)];
  const places: number[] = [];
  for (let place = 0; place < BLOCK; place++) if (packed[place >> 3] & 1 << (place & 7)) places.push(place);
  return places;
}

/** Places of a whole block's contents with a shared word that begins so. */
export function placesOfShared(turn: MailboxTurn, block: number, start: string): number[] {
  return turn.db.tuples<[Uint8Array]>(
    "SELECT bits FROM shared_word WHERE block = ? AND word >= ? AND word < ?",
    block,
    start,
    `${start}\uffff`,
  ).flatMap(([bits]) => unpackPlaces(bits));
}
