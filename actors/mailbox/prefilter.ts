import { BLOCK, BLOCK_BYTES, blockOf } from "./block_size.ts";
import { looseWithWord, readBucket } from "./blocks.ts";
import { ALWAYS, type Kind, needleGrams } from "./grams.ts";
import { placesOfShared } from "./shared_words.ts";
import type { MailboxTurn } from "./state.ts";
import { MAYBE, OPEN, WordLists, YES } from "./word_lists.ts";
import { isWordPart } from "./word_table.ts";

/** What the index knows of a text: it is not there, it may be, it is. */
export type Guess = 0 | 1 | 2;

/** Says for a content what the index knows. */
export type Probe = (contentId: number) => Guess;

/** Possible matches of a block from which on it is worth while to ask for certain ones. */
const WORTH = 3;
/** Nothing is known of contents after this one. */
export function indexedTo(turn: MailboxTurn): number {
  return turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value;
}

/** Looks for a folded needle in the texts of a kind; blocks are read as contents of them are asked for. */
export function probe(turn: MailboxTurn, kind: Kind, needle: string): Probe {
  const indexed = indexedTo(turn);
  const grams = needleGrams(kind, needle);
  const lists = new WordLists(turn, kind, needle);
  const blocks = new Map<number, Uint8Array>();
  return (contentId) => {
    if (contentId > indexed) return 1;
    const block = blockOf(contentId), place = contentId - block * BLOCK;
    let guesses = blocks.get(block);
    if (!guesses) {
      blocks.set(block, guesses = guess(turn, block, kind, needle, grams));
      lists.settle(guesses, block * BLOCK);
    }
    if (guesses[place] === MAYBE) guesses[place] = lists.look(contentId);
    return guesses[place] === OPEN ? 1 : guesses[place] as Guess;
  };
}

function guess(turn: MailboxTurn, block: number, kind: Kind, needle: string, grams: number[]): Uint8Array {
  const out = new Uint8Array(BLOCK);
  const maybe = readBits(turn, block, grams);
  let count = 0;
  for (let place = 0; place < BLOCK; place++) {
    if (!(maybe[place >> 3] & 1 << (place & 7))) continue;
    out[place] = MAYBE;
    count++;
  }
  if (count < WORTH || !isWordPart(needle)) return out;
  const mark = kind === "head" ? "h" : "b";
  addCertain(out, placesOfShared(turn, block, mark + needle));
  addCertain(out, looseWithWord(turn, block, mark + needle));
  return out;
}

/** Contents that fill all of the buckets, and those that are too long to be known. */
function readBits(turn: MailboxTurn, block: number, grams: number[]): Uint8Array {
  const out = new Uint8Array(BLOCK_BYTES).fill(255);
  for (const gram of grams) {
    const bits = readBucket(turn, block, gram);
    let any = 0;
    for (let i = 0; i < out.length; i++) any |= out[i] &= bits[i];
    if (!any) break;
  }
  const always = readBucket(turn, block, ALWAYS);
  for (let i = 0; i < out.length; i++) out[i] |= always[i];
  return out;
}

/** Marks contents that have a word for certain. */
function addCertain(out: Uint8Array, places: readonly number[]): void {
  for (const place of places) if (out[place] === MAYBE) out[place] = YES;
}
