/** Letters and digits of every script that are a word, in folded text. */
const WORD = /^[a-z0-9\u0080-\uffff]+$/;

/** Slots of the table at first; it grows when half of them are taken. */
const SLOTS = 1024;

/**
 * The different words of folded texts. A word goes on as long as letters and digits do, whatever its length, so that a
 * text has a needle of letters and digits just when one of its words has it.
 */
export class WordTable {
  readonly words: string[] = [];
  #slots = new Int32Array(SLOTS);
  #hashes: number[] = [];

  /** Adds the words of a text. */
  add(text: string): void {
    let hash = 0, start = -1;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (isWordUnit(unit)) {
        if (start < 0) {
          start = i;
          hash = 0;
        }
        hash = Math.imul(hash ^ unit, 0x2c1b3c6d);
        hash ^= hash >>> 15;
      } else if (start >= 0) {
        this.#addOne(text, start, i, hash);
        start = -1;
      }
    }
    if (start >= 0) this.#addOne(text, start, text.length, hash);
  }

  #addOne(text: string, start: number, end: number, hash: number): void {
    const slots = this.#slots, mask = slots.length - 1;
    let slot = hash & mask;
    for (; slots[slot]; slot = (slot + 1) & mask) {
      const at = slots[slot] - 1;
      if (this.#hashes[at] === hash && isAt(this.words[at], text, start, end)) return;
    }
    this.words.push(text.slice(start, end));
    this.#hashes.push(hash);
    slots[slot] = this.words.length;
    if (2 * this.words.length > slots.length) this.#grow();
  }

  #grow(): void {
    const slots = new Int32Array(2 * this.#slots.length), mask = slots.length - 1;
    this.#hashes.forEach((hash, at) => {
      let slot = hash & mask;
      while (slots[slot]) slot = (slot + 1) & mask;
      slots[slot] = at + 1;
    });
    this.#slots = slots;
  }
}

function isWordUnit(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a || unit >= 0x30 && unit <= 0x39 || unit >= 0x80;
}

function isAt(word: string, text: string, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== text.charCodeAt(start + i)) return false;
  return true;
}

/** Whether a text that has a word with the needle in it is sure to have the needle: it crosses no word's edge. */
export function isWordPart(needle: string): boolean {
  return WORD.test(needle);
}

/** What of a needle must lie inside of words: all of its runs of letters and digits. */
export function wordParts(needle: string): string[] {
  return needle.match(/[a-z0-9\u0080-\uffff]+/g) ?? [];
}
