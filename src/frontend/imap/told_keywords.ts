import { LIMITS } from "../../base/limits.ts";

/** Keyword lists of rows that are remembered as known. */
const LINES = 100;

/**
 * Which keywords a client has heard of in FLAGS (RFC 9051 §7.3.5): kept as one text, as most sessions never meet others
 * than SELECT told.
 */
export class ToldKeywords {
  /** Each one between spaces. */
  #text: string;
  #lines: Set<string> | null = null;

  constructor(keywords: readonly string[]) {
    this.#text = keywords.length ? ` ${keywords.join(" ")} ` : " ";
  }

  get names(): string[] {
    return this.#text === " " ? [] : this.#text.slice(1, -1).split(" ");
  }

  /** Takes in the keywords of rows; true when one of them is new. */
  learn(rows: readonly { readonly keywords: string }[]): boolean {
    let news = false;
    for (const { keywords } of rows) {
      if (keywords === "" || this.#lines?.has(keywords)) continue;
      for (const name of keywords.split(" ")) {
        if (this.#text.includes(` ${name} `)) continue;
        this.#add(name);
        news = true;
      }
      this.#lines ??= new Set();
      if (this.#lines.size >= LINES) this.#lines.clear();
      this.#lines.add(keywords);
    }
    return news;
  }

  /** A mailbox may forget keywords that no message has, and learn others: then the list begins anew. */
  #add(name: string): void {
    if (this.names.length >= 2 * LIMITS.keywords) {
      this.#text = " ";
      this.#lines?.clear();
    }
    this.#text += `${name} `;
  }
}
