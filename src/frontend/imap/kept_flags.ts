import type { FetchRow } from "../../../actors/mailbox/contract.ts";
import type { ActorSystem } from "../../actor/actor.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatFlags } from "../../codec/imap/response.ts";
import type { UidSet } from "../../codec/imap/uid_set.ts";
import { createBudget } from "../budget.ts";
import type { Budget, FrontendContext } from "../context.ts";

/** What a folder's messages can have in a byte each. */
const COMBINATIONS = 256;
/** Text of all combinations together; a folder with more keywords than that is asked for each time. */
const TEXT_CHARS = 8 * 1024;

const budgets = new WeakMap<ActorSystem, Budget>();

/** What all sessions of a server may keep together. */
export function keptFlagsBudget({ system }: FrontendContext): Budget {
  let budget = budgets.get(system);
  if (!budget) budgets.set(system, budget = createBudget(LIMITS.keptFlagsBytes));
  return budget;
}

/** One combination of flags and keywords. */
interface Combination {
  readonly flags: number;
  readonly keywords: string;
  readonly text: string;
}

/**
 * The flags of a whole folder by message number, a byte each, as of a mod-sequence: clients ask for all flags again
 * and again, and mostly nothing has changed. Whoever moves `modSeq` on has put in everything up to there.
 */
export class KeptFlags {
  /** Every change up to here is in. */
  modSeq: number;
  #codes: Uint8Array;
  #count: number;
  #taken: number;
  #chars = 0;
  readonly #combinations: Combination[] = [];
  readonly #codeOf = new Map<string, number>();
  /** Some message's flags found no room: what is kept is of no use. */
  #overfull = false;

  private constructor(count: number, modSeq: number, private readonly budget: Budget, taken: number) {
    this.modSeq = modSeq;
    this.#codes = new Uint8Array(count);
    this.#count = count;
    this.#taken = taken;
  }

  /** Room for `count` messages; null when the server's sessions keep enough already. */
  static take(count: number, modSeq: number, budget: Budget): KeptFlags | null {
    const bytes = count + TEXT_CHARS;
    return budget.take(bytes) ? new KeptFlags(count, modSeq, budget, bytes) : null;
  }

  /** Gives the room back; it is not to be used afterwards. */
  drop(): void {
    this.budget.give(this.#taken);
    this.#taken = 0;
    this.#overfull = true;
  }

  /** Whether it can be used. */
  get usable(): boolean {
    return !this.#overfull;
  }

  /** Notes the flags of a message. */
  set(seq: number, row: Pick<FetchRow, "flags" | "keywords">): void {
    const key = row.keywords ? `${row.flags} ${row.keywords}` : FLAG_KEYS[row.flags & 31];
    const code = this.#codeOf.get(key) ?? this.#learn(key, row);
    if (code === null) this.#overfull = true;
    else this.#codes[seq - 1] = code;
  }

  /** The text of a message's flags. */
  text(seq: number, recent: boolean): string {
    const { flags, keywords, text } = this.#combinations[this.#codes[seq - 1]];
    return recent ? formatFlags(flags, keywords, true) : text;
  }

  /** Makes room for messages that came; their flags have to be set. */
  grow(count: number): void {
    if (count > this.#codes.length) {
      const more = Math.ceil(count * 1.25) - this.#codes.length;
      if (!this.budget.take(more)) {
        this.#overfull = true;
        return;
      }
      this.#taken += more;
      const codes = new Uint8Array(this.#codes.length + more);
      codes.set(this.#codes);
      this.#codes = codes;
    }
    this.#count = count;
  }

  /** Takes message numbers out; those above them move down. */
  remove(seqs: UidSet): void {
    let to = seqs.length ? seqs[0] - 1 : this.#count;
    for (let i = 0; i < seqs.length; i += 2) {
      const from = seqs[i + 1];
      const end = i + 2 < seqs.length ? seqs[i + 2] - 1 : this.#count;
      this.#codes.copyWithin(to, from, end);
      to += end - from;
    }
    this.#count = to;
  }

  #learn(key: string, { flags, keywords }: Pick<FetchRow, "flags" | "keywords">): number | null {
    const text = formatFlags(flags, keywords, false);
    this.#chars += text.length;
    if (this.#combinations.length >= COMBINATIONS || this.#chars > TEXT_CHARS) return null;
    this.#codeOf.set(key, this.#combinations.length);
    return this.#combinations.push({ flags, keywords, text }) - 1;
  }
}

/** Keys of the combinations without keywords, made once. */
const FLAG_KEYS = Array.from({ length: 32 }, (_, flags) => String(flags));
