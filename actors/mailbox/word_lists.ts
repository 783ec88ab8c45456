import type { Kind } from "./grams.ts";
import type { MailboxTurn } from "./state.ts";
import { isWordPart, wordParts, WordTable } from "./word_table.ts";

/** A longer list of words is not kept: the text is looked at then. */
const LIST_CHARS = 64 * 1024;

/** Runs of letters and digits of a needle that are looked for. */
const PARTS = 4;

/** Candidates of a block from which on all of its lists are gone through. */
const MANY = 200;

/** What is known of a needle: it is not there, it may be, it is; or it may be, and the words have been asked. */
export const NO = 0, MAYBE = 1, YES = 2, OPEN = 3;

/** The different words of texts, each once. */
export function wordsOf(texts: readonly string[]): string[] {
  const table = new WordTable();
  for (const text of texts) table.add(text);
  return table.words;
}

/** Keeps all words of a content's header and body. */
export function storeWordLists(turn: MailboxTurn, contentId: number, head: string[], body: string[]): void {
  const [headList, bodyList] = [head.join(" "), body.join(" ")];
  turn.db.run(
    "INSERT INTO word_list (content_id, body, head) VALUES (?, ?, ?)",
    contentId,
    bodyList.length <= LIST_CHARS ? bodyList : null,
    headList.length <= LIST_CHARS ? headList : null,
  );
}

/**
 * Looks for a needle in lists of words. Letters and digits stand in a text just when they stand in one of its words; of
 * any other needle, each run of them does.
 */
export class WordLists {
  readonly #sql: string;
  readonly #parts: string[];
  /** Of a content that has all parts in its words. */
  readonly #found: number;

  constructor(private readonly turn: MailboxTurn, kind: Kind, needle: string) {
    this.#found = isWordPart(needle) ? YES : OPEN;
    this.#parts = wordParts(needle).slice(0, PARTS);
    const has = this.#parts.map(() => `instr(${kind}, ?) > 0`).join(" AND ") || "1";
    this.#sql = `SELECT content_id, ${kind} IS NULL FROM word_list
      WHERE content_id BETWEEN ? AND ? AND ifnull(${has}, 1)`;
  }

  /** What one content's words say. */
  look(contentId: number): number {
    if (!this.#parts.length) return OPEN;
    const [row] = this.#read(contentId, contentId);
    return row ? this.#verdict(row) : NO;
  }

  /** Settles what is open of a block, when that is much: the contents from `first` on. */
  settle(guesses: Uint8Array, first: number): void {
    let open = 0;
    for (const guess of guesses) if (guess === MAYBE) open++;
    if (open < MANY || !this.#parts.length) return;
    const verdicts = new Uint8Array(guesses.length);
    for (const row of this.#read(first, first + guesses.length - 1)) {
      verdicts[row[0] - first] = this.#verdict(row);
    }
    for (let i = 0; i < guesses.length; i++) if (guesses[i] === MAYBE) guesses[i] = verdicts[i];
  }

  #read(first: number, last: number): Row[] {
    return this.turn.db.tuples<Row>(this.#sql, first, last, ...this.#parts);
  }

  #verdict([, unknown]: Row): number {
    return unknown ? OPEN : this.#found;
  }
}

type Row = [contentId: number, unknown: number];
