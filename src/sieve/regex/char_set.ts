/** How letters of a regular expression are compared. */
export type CaseRule = "exact" | "ascii" | "unicode";

/** A set of characters by ranges of their numbers. */
export interface CharSet {
  ranges: readonly (readonly [from: number, to: number])[];
  negated: boolean;
  rule: CaseRule;
  /** Whether each ASCII character is in the set, everything else worked in. */
  ascii: Uint8Array;
}

/** Makes a set; with a case rule other than `exact` a letter is in it when any of its forms is. */
export function makeSet(ranges: CharSet["ranges"], negated: boolean, rule: CaseRule): CharSet {
  const set: CharSet = { ranges, negated, rule, ascii: new Uint8Array(128) };
  for (let code = 0; code < 128; code++) set.ascii[code] = Number(lookUp(set, code));
  return set;
}

/** Whether a character is in the set. */
export function hasChar(set: CharSet, code: number): boolean {
  return code < 128 ? set.ascii[code] === 1 : lookUp(set, code);
}

function lookUp(set: CharSet, code: number): boolean {
  return forms(code, set.rule).some((form) => inRanges(set.ranges, form)) !== set.negated;
}

/** A character and what counts as the same letter. */
function forms(code: number, rule: CaseRule): number[] {
  if (rule === "exact" || rule === "ascii" && code > 127) return [code];
  const char = String.fromCodePoint(code);
  return [code, ...[char.toLowerCase(), char.toUpperCase()].map((form) => form.codePointAt(0)!)];
}

function inRanges(ranges: CharSet["ranges"], code: number): boolean {
  return ranges.some(([from, to]) => from <= code && code <= to);
}

const CLASSES: Readonly<Record<string, CharSet["ranges"]>> = {
  alnum: [[0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]],
  alpha: [[0x41, 0x5a], [0x61, 0x7a]],
  blank: [[0x20, 0x20], [0x09, 0x09]],
  cntrl: [[0x00, 0x1f], [0x7f, 0x7f]],
  digit: [[0x30, 0x39]],
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [[0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]],
  space: [[0x20, 0x20], [0x09, 0x0d]],
  upper: [[0x41, 0x5a]],
  xdigit: [[0x30, 0x39], [0x41, 0x46], [0x61, 0x66]],
};

/** The ranges of `[:name:]`; null when there is no such class. */
export function namedClass(name: string): CharSet["ranges"] | null {
  return Object.hasOwn(CLASSES, name) ? CLASSES[name] : null;
}
