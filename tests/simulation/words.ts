/** Something that somebody said about one thing: a flag on or off, a password. */
export interface Word<T> {
  value: T;
  /** It bears no earlier time than this. */
  fromMs: number;
  /** It bears no later time than this; nobody knows before it is answered. */
  untilMs: number;
  /** A server said that it holds. */
  acknowledged: boolean;
}

/**
 * All words about one thing. Which one counts is known only where time tells: two that may have been said at the same
 * time, as far as the servers' clocks can say, leave it open.
 */
export class Words<T> {
  #words: Word<T>[] = [];
  #open = false;

  /** Somebody begins to say something. */
  begin(value: T, fromMs: number): Word<T> {
    const word = { value, fromMs, untilMs: Infinity, acknowledged: false };
    this.#words.push(word);
    return word;
  }

  /** It turned out to be no word at all: nothing changed by it. */
  take(word: Word<T>): void {
    this.#words = this.#words.filter((other) => other !== word);
  }

  /** From here on nobody can say what counts. */
  giveUp(): void {
    this.#open = true;
  }

  /** The last word, if it is known. */
  last(): Word<T> | null {
    const [first, ...others] = [...this.#words].sort((a, b) => b.fromMs - a.fromMs);
    if (this.#open || !first?.acknowledged) return null;
    return others.every((other) => other.untilMs < first.fromMs) ? first : null;
  }
}

/** The words on one of many things; those on something unknown are kept nowhere. */
export function wordsOf(all: Map<string, Words<string>>, key: string | undefined): Words<string> {
  const words = (key !== undefined && all.get(key)) || new Words<string>();
  if (key !== undefined) all.set(key, words);
  return words;
}
