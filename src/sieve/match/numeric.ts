import type { Comparator } from "./comparator.ts";

/** Stands for everything that begins with no digit: larger than any number, and equal to each other. */
const INFINITE = "i";

/** The number that a text begins with; for order and equality only (RFC 4790 §9.1). */
export const ASCII_NUMERIC: Comparator = {
  name: "i;ascii-numeric",
  substring: false,
  key: (text) => /^\d+/.exec(text)?.[0].replace(/^0+(?=\d)/, "") ?? INFINITE,
  piece: (text, from, to) => text.slice(from, to),
  order(a, b) {
    if (a === b) return 0;
    if (a === INFINITE || b === INFINITE) return a === INFINITE ? 1 : -1;
    // Without leading zeros the longer one is the larger.
    if (a.length !== b.length) return a.length - b.length;
    return a < b ? -1 : 1;
  },
};
