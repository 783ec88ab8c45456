import { BLOCK, BLOCK_BYTES, blockOf, readBucket, readBuckets, unpackPlaces } from "./blocks.ts";
import { ALWAYS, isWordPart, type Kind, needleGrams } from "./grams.ts";
import type { MailboxTurn } from "./state.ts";

/** What the index knows of a text: it is not there, it may be, it is. */
export type Guess = 0 | 1 | 2;

/** Says for a content what the index knows. */
export type Probe = (contentId: number) => Guess;

/** Possible matches of a block from which on it is worth while to ask for certain ones. */
const WORTH = 3;
/** And from which on every shared word is looked through, not only those that begin with the needle. */
const WORTH_ALL = 64;

/** Nothing is known of contents after this one. */
export function indexedTo(turn: MailboxTurn): number {
  return turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value;
}

/** Looks for a folded needle in the texts of a kind; blocks are read as contents of them are asked for. */
export function probe(turn: MailboxTurn, kind: Kind, needle: string): Probe {
  const indexed = indexedTo(turn);
  const grams = needleGrams(kind, needle);
  const blocks = new Map<number, Uint8Array>();
  return (contentId) => {
    if (contentId > indexed) return 1;
    const block = blockOf(contentId);
    let guesses = blocks.get(block);
    if (!guesses) blocks.set(block, guesses = guess(turn, block, indexed, kind, needle, grams));
    return guesses[contentId - block * BLOCK] as Guess;
  };
}

function guess(
  turn: MailboxTurn,
  block: number,
  indexed: number,
  kind: Kind,
  needle: string,
  grams: number[],
): Uint8Array {
  if (block === blockOf(indexed + 1)) return guessOpen(turn, block, kind, needle, grams);
  const out = new Uint8Array(BLOCK);
  const maybe = readBits(turn, block, grams);
  let count = 0;
  for (let place = 0; place < BLOCK; place++) {
    if (!(maybe[place >> 3] & 1 << (place & 7))) continue;
    out[place] = 1;
    count++;
  }
  if (count < WORTH || (kind !== "head" && kind !== "body") || !isWordPart(needle)) return out;
  const mark = kind === "head" ? "h" : "b";
  count -= addCertain(out, shareOf(turn, block, mark + needle, `${mark}${needle}\uffff`));
  if (count > WORTH_ALL) {
    const words = shareOf(turn, block, mark, `${mark}\uffff`, needle);
    addCertain(out, words);
  }
  return out;
}

/** The block that is not whole yet: one content after the other. */
function guessOpen(
  turn: MailboxTurn,
  block: number,
  kind: Kind,
  needle: string,
  grams: number[],
): Uint8Array {
  const out = new Uint8Array(BLOCK);
  const rows = turn.db.tuples<[number, Uint8Array, string]>(
    "SELECT content_id, buckets, words FROM unblocked WHERE content_id BETWEEN ? AND ?",
    block * BLOCK,
    block * BLOCK + BLOCK - 1,
  );
  const word = kind === "head" || kind === "body" ? isWordPart(needle) : false;
  const start = ` ${kind === "head" ? "h" : "b"}${needle}`;
  for (const [id, bytes, words] of rows) {
    const buckets = readBuckets(bytes);
    if (buckets[0] !== ALWAYS && !grams.every((gram) => buckets.includes(gram))) continue;
    out[id - block * BLOCK] = word && ` ${words}`.includes(start) ? 2 : 1;
  }
  return out;
}

/** Contents that fill all of the buckets, and those that are too long to be known. */
function readBits(turn: MailboxTurn, block: number, grams: number[]): Uint8Array {
  const out = new Uint8Array(BLOCK_BYTES).fill(255);
  for (const gram of grams) {
    const bits = readBucket(turn, block, gram);
    let any = 0;
    for (let i = 0; i < out.length; i++) any |= out[i] &= bits ? bits[i] : 0;
    if (!any) break;
  }
  const always = readBucket(turn, block, ALWAYS);
  if (always) { for (let i = 0; i < out.length; i++) out[i] |= always[i]; }
  return out;
}

/** Bits of shared words in a range, those that hold the needle. */
function shareOf(turn: MailboxTurn, block: number, from: string, to: string, needle = ""): Uint8Array[] {
  return turn.db.tuples<[Uint8Array]>(
    "SELECT bits FROM shared_word WHERE block = ? AND word >= ? AND word < ? AND instr(substr(word, 2), ?) > 0",
    block,
    from,
    to,
    needle,
  ).map(([bits]) => bits);
}

/** Marks contents that a shared word names; says how many possible ones became certain. */
function addCertain(out: Uint8Array, words: readonly Uint8Array[]): number {
  let count = 0;
  for (const bits of words) {
    for (const place of unpackPlaces(bits)) {
      if (out[place] !== 1) continue;
      out[place] = 2;
      count++;
    }
  }
  return count;
}
