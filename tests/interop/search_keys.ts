import { Dice } from "../support/imap_noise.ts";
import type { CorpusMessage } from "./corpus.ts";
import { FLAGS } from "./differential.ts";

/** A search key as a tree, so that a difference can be traced to the leaf it comes from. */
export type Key =
  | { sort: "leaf"; text: string }
  | { sort: "not"; keys: [Key] }
  | { sort: "or"; keys: [Key, Key] }
  | { sort: "and"; keys: [Key, Key] };

/** As it stands in a SEARCH command; one char an octet. */
export function formatKey(key: Key): string {
  switch (key.sort) {
    case "leaf":
      return key.text;
    case "not":
      return `NOT ${formatKey(key.keys[0])}`;
    case "or":
      return `OR ${key.keys.map(formatKey).join(" ")}`;
    case "and":
      return `(${key.keys.map(formatKey).join(" ")})`;
  }
}

/** The leaves of a tree. */
export function leavesOf(key: Key): string[] {
  return key.sort === "leaf" ? [key.text] : key.keys.flatMap(leavesOf);
}

/** What the tree finds when each leaf finds what `found` says (RFC 9051 §6.4.4: NOT, OR, and the conjunction). */
export function evaluate(key: Key, found: ReadonlyMap<string, ReadonlySet<number>>, n: number): boolean {
  switch (key.sort) {
    case "leaf":
      return found.get(key.text)!.has(n);
    case "not":
      return !evaluate(key.keys[0], found, n);
    case "or":
      return key.keys.some((one) => evaluate(one, found, n));
    case "and":
      return key.keys.every((one) => evaluate(one, found, n));
  }
}

const MONTHS = ["Jul-2002", "Aug-2002", "Sep-2002", "Oct-2002", "Dec-2002", "Feb-2003"];
const HEADERS = ["Message-ID", "Received", "X-Mailer", "Content-Type", "Reply-To", "Subject", "MIME-Version"];
const SYSTEM = ["ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN"].flatMap((flag) => [flag, `UN${flag}`]);
/** Words beyond ASCII, for messages that say theirs in some charset or other. */
const FOREIGN = ["é", "ü", "Ü", "ß", "ñ", "å", "日本", "для", "Über", "coöperate", "—"];

/** Keys from one seed: every sort of leaf, and nests three deep. */
export class KeyMaker {
  readonly #dice: Dice;

  constructor(seed: number, readonly messages: readonly CorpusMessage[]) {
    this.#dice = new Dice(seed);
  }

  key(depth = 0): Key {
    const dice = this.#dice;
    const inner = () => this.key(depth + 1);
    if (depth < 3 && dice.below(3) === 0) {
      const sort = dice.pick(["not", "or", "and"] as const);
      return sort === "not" ? { sort, keys: [inner()] } : { sort, keys: [inner(), inner()] };
    }
    return { sort: "leaf", text: this.#leaf() };
  }

  #leaf(): string {
    const dice = this.#dice, { length } = this.messages;
    switch (dice.below(12)) {
      case 0:
        return dice.pick([...SYSTEM, "ALL"]);
      case 1:
        return `${dice.pick(["KEYWORD", "UNKEYWORD"])} ${dice.pick([...FLAGS.slice(5), "$Nobody"])}`;
      case 2:
        return `${dice.pick(["LARGER", "SMALLER"])} ${dice.below(9000)}`;
      case 3:
        return `${dice.pick(["BEFORE", "ON", "SINCE"])} ${1 + dice.below(28)}-${dice.pick(MONTHS)}`;
      case 4:
        return `${dice.pick(["SENTBEFORE", "SENTON", "SENTSINCE"])} ${1 + dice.below(28)}-${
          dice.pick(MONTHS)
        }`;
      case 5:
        return `${dice.pick(["", "UID "])}${this.#set(length)}`;
      case 6:
        return `HEADER ${dice.pick(HEADERS)} ${dice.below(4) ? this.#string() : '""'}`;
      case 7:
        return `${dice.pick(["FROM", "TO", "CC", "BCC"])} ${this.#string()}`;
      case 8:
        return `SUBJECT ${this.#string()}`;
      case 9:
        return `${dice.pick(["BODY", "TEXT", "SUBJECT", "FROM"])} ${literal(dice.pick(FOREIGN))}`;
      default:
        return `${dice.pick(["BODY", "TEXT"])} ${this.#string()}`;
    }
  }

  #set(length: number): string {
    const number = () => 1 + this.#dice.below(length);
    return Array.from({ length: 1 + this.#dice.below(3) }, () => {
      return this.#dice.pick([`${number()}:${number()}`, `${number()}`, `${number()}:*`]);
    }).join(",");
  }

  /** Some letters, digits or a short phrase of some message. */
  #string(): string {
    const { text } = this.#dice.pick(this.messages);
    const phrase = this.#dice.below(4) === 0;
    const found = text.match(phrase ? /[a-zA-Z]+ [a-zA-Z]+/g : /[a-zA-Z0-9]{2,12}/g) ?? ["word"];
    return `"${this.#dice.pick(found)}"`;
  }
}

function literal(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `{${bytes.length}+}\r\n${String.fromCharCode(...bytes)}`;
}
