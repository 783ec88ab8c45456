import type { Arguments } from "../../codec/imap/arguments.ts";
import { parseSearchReturn } from "../../codec/imap/search_program.ts";
import { type UidSet, uidSet, uidUnion } from "../../codec/imap/uid_set.ts";
import { takePartial } from "./esearch.ts";

/** `RETURN (…) `, with the rule on ALL and PARTIAL (RFC 9394 §3.1); null when there is none. */
export function parseReturn(args: Arguments): string[] | null {
  const options = parseSearchReturn(args);
  const partials = options?.filter((option) => option.startsWith("PARTIAL")).length ?? 0;
  if (partials > 1 || (partials && options?.includes("ALL"))) {
    throw new SyntaxError("PARTIAL goes once and without ALL");
  }
  return options;
}

/** A result in the order of a SORT: numbers as the command was given. */
export type Sorted = Uint32Array;

/**
 * One ESEARCH response of a SORT (RFC 5267 §3.1): MIN and MAX are the first and the last in its order, and only what
 * ascends by one is told as a range (§3.2).
 */
export function formatEsort(
  tag: string,
  uid: boolean,
  numbers: Sorted,
  wanted: readonly string[],
  modSeq: number | null,
  scores = "",
): string {
  let text = `* ESEARCH (TAG "${tag}")${uid ? " UID" : ""}`;
  if (numbers.length) {
    if (wanted.includes("MIN")) text += ` MIN ${numbers[0]}`;
    if (wanted.includes("MAX")) text += ` MAX ${numbers[numbers.length - 1]}`;
    if (wanted.includes("ALL")) text += ` ALL ${formatSorted(numbers)}`;
  }
  if (wanted.includes("COUNT")) text += ` COUNT ${numbers.length}`;
  const range = partialOf(wanted);
  if (range !== null) text += ` PARTIAL (${range} ${formatSorted(takeSorted(numbers, range)) || "NIL"})`;
  if (modSeq !== null) text += ` MODSEQ ${modSeq}`;
  return `${text}${scores}\r\n`;
}

/** `5,10:12,3` */
export function formatSorted(numbers: Sorted): string {
  let text = "";
  for (let i = 0; i < numbers.length;) {
    const first = numbers[i];
    let last = first;
    while (++i < numbers.length && numbers[i] === last + 1) last++;
    text += `${text ? "," : ""}${first}${last === first ? "" : `:${last}`}`;
  }
  return text;
}

/** Places `a:b` of the order, as `takePartial` does for a set. */
function takeSorted<T extends Sorted | readonly number[]>(numbers: T, range: string): T {
  const places = takePartial(numbers.length ? [1, numbers.length] : [], range);
  return (places.length ? numbers.slice(places[0] - 1, places[1]) : numbers.slice(0, 0)) as T;
}

/** What SAVE keeps of a SORT: the places that it keeps of a SEARCH, as a set. */
export function savedOfSorted(uids: Sorted, wanted: readonly string[]): UidSet {
  return uidSet(
    [...pairs(savedOf(uids.length ? [1, uids.length] : [], wanted))].flatMap((
      [a, b],
    ) => [...uids.subarray(a - 1, b)]),
  );
}

function* pairs(set: UidSet): Generator<[number, number]> {
  for (let i = 0; i < set.length; i += 2) yield [set[i], set[i + 1]];
}

/** What SAVE keeps: all, or what MIN, MAX and PARTIAL name without COUNT or ALL (RFC 5182 §2.4, RFC 9394 §3.2). */
export function savedOf(uids: UidSet, wanted: readonly string[]): UidSet {
  const min = wanted.includes("MIN"), max = wanted.includes("MAX"), range = partialOf(wanted);
  if (wanted.includes("ALL") || wanted.includes("COUNT") || (!min && !max && range === null)) return uids;
  if (!uids.length) return uids;
  const first = uids[0], last = uids[uids.length - 1];
  let out: UidSet = range === null ? [] : takePartial(uids, range);
  if (min) out = uidUnion(out, [first, first]);
  if (max) out = uidUnion(out, [last, last]);
  return out;
}

function partialOf(wanted: readonly string[]): string | null {
  const option = wanted.find((one) => one.startsWith("PARTIAL "));
  return option === undefined ? null : option.slice("PARTIAL ".length);
}

/** Scores of a result, those of its PARTIAL places where they were asked for (RFC 6203 §4). */
export function formatScores(scores: readonly number[], wanted: readonly string[]): string {
  const range = partialOf(wanted);
  return ` RELEVANCY (${(range === null ? scores : takeSorted(scores, range)).join(" ")})`;
}

/**
 * Whether there is an ESEARCH response: SAVE alone has none (RFC 5182 §2.1). UPDATE alone has an empty one, so that what
 * is waited for after a search with RETURN always comes.
 */
export function isAnswered(wanted: readonly string[]): boolean {
  return wanted.some((option) => option !== "SAVE");
}
