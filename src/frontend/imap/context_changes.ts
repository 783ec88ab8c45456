import { formatSorted } from "./search_return.ts";

/**
 * Pairs of REMOVEFROM (RFC 5267 §4.3.4): where results that are not `kept` stand, counted from 1. From the last one up,
 * so that no pair moves what the next one means.
 */
export function removedFrom(
  sorted: Uint32Array,
  kept: (uid: number) => boolean,
  tell: (uid: number) => number,
): string {
  return runs(sorted, (uid) => !kept(uid)).reverse().map((run) => format(sorted, run, tell)).join(" ");
}

/** Pairs of ADDTO (RFC 5267 §4.3.3): where results that were not `known` stand now; from the first one down. */
export function addedTo(
  sorted: Uint32Array,
  known: (uid: number) => boolean,
  tell: (uid: number) => number,
): string {
  return runs(sorted, (uid) => !known(uid)).map((run) => format(sorted, run, tell)).join(" ");
}

function format(
  sorted: Uint32Array,
  [from, to]: [number, number],
  tell: (uid: number) => number,
): string {
  return `${from + 1} ${formatSorted(sorted.slice(from, to).map(tell))}`;
}

/** Stretches `[from, to)` of places that hold. */
function runs(sorted: Uint32Array, holds: (uid: number) => boolean): [number, number][] {
  const out: [number, number][] = [];
  for (let at = 0; at < sorted.length; at++) {
    if (!holds(sorted[at])) continue;
    const last = out[out.length - 1];
    if (last && last[1] === at) last[1]++;
    else out.push([at, at + 1]);
  }
  return out;
}
