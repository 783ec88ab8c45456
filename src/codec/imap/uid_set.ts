/**
 * A set of message numbers (UIDs or sequence numbers) as flat pairs `[first, last, first, last, …]`, ascending,
 * disjoint and never touching. The form in which sets travel between places and lie in the change log.
 */
export type UidSet = readonly number[];

/** The set of a list of numbers in any order, repeats allowed. */
export function uidSet(numbers: Iterable<number>): UidSet {
  const sorted = [...numbers].sort((a, b) => a - b);
  const out: number[] = [];
  for (const n of sorted) appendUid(out, n);
  return out;
}

/** Adds `n`, not smaller than the last number of the set, in place. */
export function appendUid(set: number[], n: number): void {
  const end = set.length - 1;
  if (end > 0 && n <= set[end] + 1) {
    if (n > set[end]) set[end] = n;
  } else set.push(n, n);
}

/** Adds a run at the end of a set, in place: none of its numbers is smaller than the last one. */
export function appendRange(set: number[], first: number, last: number): void {
  const end = set.length - 1;
  if (end > 0 && first <= set[end] + 1) {
    if (last > set[end]) set[end] = last;
  } else set.push(first, last);
}

/** How many numbers are in the set. */
export function uidCount(set: UidSet): number {
  let count = 0;
  for (let i = 0; i < set.length; i += 2) count += set[i + 1] - set[i] + 1;
  return count;
}

/** The smallest numbers of the set, at most so many; and the first of the others, or null. */
export function uidTake(set: UidSet, count: number): { first: UidSet; next: number | null } {
  for (let i = 0, left = count; i < set.length; i += 2) {
    const size = set[i + 1] - set[i] + 1;
    if (size > left) {
      const first = set.slice(0, i);
      return { first: left ? [...first, set[i], set[i] + left - 1] : first, next: set[i] + left };
    }
    left -= size;
  }
  return { first: set, next: null };
}

/** Whether `n` is in the set. */
export function uidHas(set: UidSet, n: number): boolean {
  let low = 0, high = set.length / 2 - 1;
  while (low <= high) {
    const mid = (low + high) >> 1;
    if (n < set[2 * mid]) high = mid - 1;
    else if (n > set[2 * mid + 1]) low = mid + 1;
    else return true;
  }
  return false;
}

/** Each number, ascending. */
export function* uidList(set: UidSet): IterableIterator<number> {
  for (let i = 0; i < set.length; i += 2) {
    for (let n = set[i]; n <= set[i + 1]; n++) yield n;
  }
}

/** Sorts and joins pairs that may overlap or stand in any order (`5:9,1:6` → `[1,9]`). */
export function uidNormalize(pairs: readonly (readonly [number, number])[]): UidSet {
  const sorted = [...pairs].sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [first, last] of sorted) {
    const end = out.length - 1;
    if (end > 0 && first <= out[end] + 1) {
      if (last > out[end]) out[end] = last;
    } else out.push(first, last);
  }
  return out;
}

/**
 * Numbers in both sets. Runs of one that lie before those of the other are leapt over, so that a few numbers out of a
 * folder of a hundred thousand runs cost no look at each of them.
 */
export function uidIntersect(a: UidSet, b: UidSet): UidSet {
  const out: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i + 1] < b[j]) i = leap(a, i + 2, b[j]);
    else if (b[j + 1] < a[i]) j = leap(b, j + 2, a[i]);
    if (i >= a.length || j >= b.length) break;
    const first = Math.max(a[i], b[j]), last = Math.min(a[i + 1], b[j + 1]);
    if (first <= last) out.push(first, last);
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return out;
}

/** The first run from `from` on that does not end before `n`: by steps that double, then halve. */
function leap(set: UidSet, from: number, n: number): number {
  let step = 2, low = from;
  while (low + step < set.length && set[low + step + 1] < n) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, set.length);
  while (low < high) {
    const mid = low + ((high - low) >> 2 << 1);
    if (set[mid + 1] < n) low = mid + 2;
    else high = mid;
  }
  return low;
}

/** Numbers in either set. */
export function uidUnion(a: UidSet, b: UidSet): UidSet {
  const pairs: [number, number][] = [];
  for (const set of [a, b]) {
    for (let i = 0; i < set.length; i += 2) pairs.push([set[i], set[i + 1]]);
  }
  return uidNormalize(pairs);
}

/** Numbers of `a` that are not in `b`. */
export function uidSubtract(a: UidSet, b: UidSet): UidSet {
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let first = a[i];
    const last = a[i + 1];
    if (j < b.length && b[j + 1] < first) j = leap(b, j + 2, first);
    for (let k = j; k < b.length && b[k] <= last; k += 2) {
      if (b[k] > first) out.push(first, b[k] - 1);
      first = b[k + 1] + 1;
    }
    if (first <= last) out.push(first, last);
  }
  return out;
}

/** Wire form: `1:3,5,9:12` (RFC 9051 sequence-set). The empty set is the empty string: callers leave the item out. */
export function formatUidSet(set: UidSet): string {
  let out = "";
  for (let i = 0; i < set.length; i += 2) {
    if (i) out += ",";
    out += set[i] === set[i + 1] ? set[i] : `${set[i]}:${set[i + 1]}`;
  }
  return out;
}
