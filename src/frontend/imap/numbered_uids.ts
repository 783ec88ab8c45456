import { appendRange, uidCount, uidIntersect, type UidSet, uidSubtract } from "../../codec/imap/uid_set.ts";

/** Runs that are taken out one by one; more of them are one pass over all runs. */
const SPLICED = 32;

/**
 * The messages of a folder by number (RFC 9051 §2.3.1.2): UIDs as runs, with how many messages lie before each. A
 * look-up halves its way to the run, and messages that come or go cost what lies behind them: a folder of a million
 * messages with a hundred thousand gaps stays as quick as a small one.
 */
export class NumberedUids {
  readonly #runs: number[];
  /** Messages before run i; one longer than there are runs, so that the last is the count. */
  readonly #before: number[] = [0];
  /** The run of the last look-up: rows come in order, so it is the right one or the one before it. */
  #hint = 0;
  #revision = 0;

  constructor(uids: UidSet) {
    this.#runs = [...uids];
    this.#number(0);
  }

  /** Another number whenever messages came or went. */
  get revision(): number {
    return this.#revision;
  }

  get count(): number {
    return this.#before[this.#before.length - 1];
  }

  get uids(): UidSet {
    return this.#runs;
  }

  /** The largest UID; 0 when there is none. */
  get lastUid(): number {
    return this.#runs.length ? this.#runs[this.#runs.length - 1] : 0;
  }

  /** The number of a UID; 0 when it is not here. */
  seqOf(uid: number): number {
    const runs = this.#runs;
    let at = this.#hint;
    if (2 * at >= runs.length || uid < runs[2 * at] || uid > runs[2 * at + 1]) {
      at = this.#find(uid);
      if (at < 0) return 0;
      this.#hint = at;
    }
    return this.#before[at] + uid - runs[2 * at] + 1;
  }

  /** The UIDs of numbers; numbers past the count are left out. */
  uidsOf(seqs: UidSet): UidSet {
    const runs = this.#runs, before = this.#before, out: number[] = [];
    for (let i = 0; i < seqs.length; i += 2) {
      let first = seqs[i];
      for (let at = this.#runOfSeq(first); 2 * at < runs.length && first <= seqs[i + 1]; at++) {
        const last = Math.min(seqs[i + 1], before[at + 1]);
        appendRange(out, runs[2 * at] + first - before[at] - 1, runs[2 * at] + last - before[at] - 1);
        first = last + 1;
      }
    }
    return out;
  }

  /** The numbers of UIDs; unknown UIDs are left out. */
  seqsOf(uids: UidSet): UidSet {
    const known = uidIntersect(uids, this.#runs), out: number[] = [];
    for (let i = 0; i < known.length; i += 2) {
      const first = this.seqOf(known[i]);
      appendRange(out, first, first + known[i + 1] - known[i]);
    }
    return out;
  }

  /** Adds new UIDs; says how many. Throws RangeError when one lies between known ones: numbers would shift. */
  append(uids: UidSet): number {
    const last = this.lastUid, runs = this.#runs.length;
    const below = uids.length && uids[0] <= last ? uidIntersect(uids, [1, last]) : [];
    if (uidCount(below) !== uidCount(uidIntersect(below, this.#runs))) {
      throw new RangeError("a message appeared between known ones");
    }
    const added = uidIntersect(uids, [last + 1, 0xffffffff]);
    for (let i = 0; i < added.length; i += 2) appendRange(this.#runs, added[i], added[i + 1]);
    if (added.length) this.#number(Math.max(0, runs - 2));
    return uidCount(added);
  }

  /** Takes known UIDs out; each of their runs lies in one of ours, as ours never touch. */
  remove(uids: UidSet): void {
    const runs = this.#runs;
    if (uids.length > 2 * SPLICED) {
      const left = uidSubtract(runs, uids);
      runs.length = left.length;
      for (let i = 0; i < left.length; i++) runs[i] = left[i];
      return this.#number(0);
    }
    let lowest = runs.length;
    for (let i = uids.length - 2; i >= 0; i -= 2) {
      lowest = 2 * this.#find(uids[i]);
      const first = runs[lowest], last = runs[lowest + 1];
      const left: number[] = [];
      if (first < uids[i]) left.push(first, uids[i] - 1);
      if (last > uids[i + 1]) left.push(uids[i + 1] + 1, last);
      runs.splice(lowest, 2, ...left);
    }
    this.#number(lowest);
  }

  /** Counts the messages before each run anew, from the run at place `from` of `#runs` on. */
  #number(from: number): void {
    const runs = this.#runs, before = this.#before;
    before.length = runs.length / 2 + 1;
    for (let i = from; i < runs.length; i += 2) before[i / 2 + 1] = before[i / 2] + runs[i + 1] - runs[i] + 1;
    this.#hint = 0;
    this.#revision++;
  }

  /** The run in which a number lies; behind the last one when there is no such number. */
  #runOfSeq(seq: number): number {
    const before = this.#before;
    let low = 0, high = before.length - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (before[mid + 1] < seq) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  #find(uid: number): number {
    const runs = this.#runs;
    let low = 0, high = runs.length / 2 - 1;
    const next = this.#hint + 1;
    if (next <= high && uid >= runs[2 * next] && uid <= runs[2 * next + 1]) return next;
    while (low <= high) {
      const mid = (low + high) >> 1;
      if (uid < runs[2 * mid]) high = mid - 1;
      else if (uid > runs[2 * mid + 1]) low = mid + 1;
      else return mid;
    }
    return -1;
  }
}
