import { compareTexts } from "../text/casemap.ts";
import type { SortColumn, SortCriterion } from "./sort.ts";

/** Bits of one digit, and so many of them that every difference of safe integers has room. */
const DIGIT_BITS = 11;
const BINS = 1 << DIGIT_BITS;
const DIGITS = 5;

/**
 * The order of messages, as places in the columns, which go by ascending UID. Equal ones stay as they are, never
 * reversed: the implicit last key is the message number (RFC 5256 §3).
 *
 * Numbers are sorted digit by digit, from the last key to the first, and texts by their rank among all that differ: mail
 * has few senders and subjects.
 */
export function sortedOrder(
  criteria: readonly SortCriterion[],
  columns: readonly SortColumn[],
  count: number,
): Uint32Array {
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  for (let i = criteria.length - 1; i >= 0; i--) {
    const column = columns[i];
    const keys = column instanceof Float64Array ? column : ranks(column);
    order = sortByNumber(order, keys, criteria[i].reverse);
  }
  return order;
}

/** For each text its place among the different ones. */
function ranks(texts: readonly string[]): Float64Array {
  const numbers = new Map<string, number>();
  const out = new Float64Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    let number = numbers.get(texts[i]);
    if (number === undefined) numbers.set(texts[i], number = numbers.size);
    out[i] = number;
  }
  const rank = new Float64Array(numbers.size);
  [...numbers.keys()].sort(compareTexts).forEach((text, i) => rank[numbers.get(text)!] = i);
  for (let i = 0; i < out.length; i++) out[i] = rank[out[i]];
  return out;
}

/** Sorts places by whole numbers; equal ones stay in their order. */
function sortByNumber(
  order: Uint32Array<ArrayBuffer>,
  keys: Float64Array,
  reverse: boolean,
): Uint32Array<ArrayBuffer> {
  let least = Infinity, most = -Infinity;
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] < least) least = keys[i];
    if (keys[i] > most) most = keys[i];
  }
  const digits = new Uint16Array(keys.length);
  let from = order, to = new Uint32Array(order.length);
  for (let at = 0, scale = 1; at < DIGITS && (most - least) / scale >= 1; at++, scale *= BINS) {
    const starts = new Uint32Array(BINS + 1);
    for (let i = 0; i < keys.length; i++) {
      const above = reverse ? most - keys[i] : keys[i] - least;
      digits[i] = Math.floor(above / scale) % BINS;
      starts[digits[i] + 1]++;
    }
    for (let bin = 1; bin < BINS; bin++) starts[bin] += starts[bin - 1];
    for (let i = 0; i < from.length; i++) to[starts[digits[from[i]]]++] = from[i];
    [from, to] = [to, from];
  }
  return from;
}
