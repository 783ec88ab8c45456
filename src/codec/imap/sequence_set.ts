import { uidNormalize, type UidSet } from "./uid_set.ts";

/** A sequence-set as the client wrote it (RFC 9051 §9): numbers are message numbers or UIDs, as the command says. */
export interface SequenceSet {
  /** It names the saved search result too: `$`, RFC 5182. */
  saved: boolean;
  /** Pairs in any order; 0 stands for `*`. */
  ranges: [number, number][];
}

/** Parses `2,4:7,9:*`, also `$` alone or as the last element. Throws SyntaxError. */
export function parseSequenceSet(text: string): SequenceSet {
  const ranges: [number, number][] = [];
  const elements = text.split(",");
  let saved = false;
  elements.forEach((element, i) => {
    if (element === "$" && i === elements.length - 1) saved = true;
    else ranges.push(parseRange(element));
  });
  return { saved, ranges };
}

function parseRange(element: string): [number, number] {
  const colon = element.indexOf(":");
  if (colon < 0) {
    const number = parseNumber(element);
    return [number, number];
  }
  return [parseNumber(element.slice(0, colon)), parseNumber(element.slice(colon + 1))];
}

function parseNumber(text: string): number {
  if (text === "*") return 0;
  const number = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : NaN;
  if (!(number <= 0xffffffff)) throw new SyntaxError("bad sequence set");
  return number;
}

/**
 * The numbers of a set. `*` is `largest`: the largest UID that exists, or the count of messages. `n:*` includes
 * `largest` even when n is larger (RFC 9051 §9, seq-range); with nothing there (`largest` 0) a range with `*` is
 * empty. Numbers above `largest` stay. `$` is for the caller to add.
 */
export function resolveSequenceSet(set: SequenceSet, largest: number): UidSet {
  const pairs: [number, number][] = [];
  for (const [from, to] of set.ranges) {
    if (from && to) pairs.push(from <= to ? [from, to] : [to, from]);
    else if (largest) {
      const other = from || to || largest;
      pairs.push([Math.min(other, largest), largest]);
    }
  }
  return uidNormalize(pairs);
}

/** The largest number that is written out; message numbers above the count are the client's error (BAD). */
export function largestNumber(set: SequenceSet): number {
  let largest = 0;
  for (const [from, to] of set.ranges) largest = Math.max(largest, from, to);
  return largest;
}

/** Whether `*` stands in the set; it may not where the RFC wants known UIDs (RFC 7162 §3.2.5). */
export function hasStar(set: SequenceSet): boolean {
  return set.ranges.some(([from, to]) => !from || !to);
}

/** Wire form of a set. */
export function formatSequenceSet(set: SequenceSet): string {
  const elements = set.ranges.map(([from, to]) => from === to ? star(from) : `${star(from)}:${star(to)}`);
  if (set.saved) elements.push("$");
  return elements.join(",");
}

function star(number: number): string {
  return number ? String(number) : "*";
}
