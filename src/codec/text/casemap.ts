/** Digraphs have a title case of their own: all forms of one map to its middle one (DŽ, Dž, dž → Dž). */
const DIGRAPHS = new Map([
  ..."\u01c4\u01c6".split("").map((char) => [char, "\u01c5"] as const),
  ..."\u01c7\u01c9".split("").map((char) => [char, "\u01c8"] as const),
  ..."\u01ca\u01cc".split("").map((char) => [char, "\u01cb"] as const),
  ..."\u01f1\u01f3".split("").map((char) => [char, "\u01f2"] as const),
]);

/** Runs outside of ASCII that came up before, and what they become: mail repeats a few hundred. */
const knownRuns = new Map<string, string>();
const KNOWN_RUNS = 2_000;
const RUN_CHARS = 20;

/**
 * What SORT and THREAD compare, octet by octet of its UTF-8: i;unicode-casemap (RFC 5051 §2), the comparator that RFC
 * 5255 §4.2 and RFC 5256 name. Every character in title case, as far as that is one character, then decomposed.
 */
export function collationKey(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text.toUpperCase();
  return text.replace(/[a-z]+|[^\x00-\x7f]+/g, (run) => run < "{" ? run.toUpperCase() : foldRun(run));
}

/**
 * What SEARCH looks for and in: two texts have one key when they have one of `collationKey`. It is its lower case, which
 * is quicker to make of much text. No character changes what another one becomes, so that a part of a text becomes a
 * part; the lower case of sigma would be another at the end of a word.
 */
export function searchKey(text: string): string {
  if (!/[^\x00-\x7f]/.test(text)) return text.toLowerCase();
  const folded = text.replace(/[^\x00-\x7f]+/g, foldRun);
  if (!folded.includes("\u03a3")) return folded.toLowerCase();
  return folded.split("\u03a3").map((piece) => piece.toLowerCase()).join("\u03c3");
}

function foldRun(run: string): string {
  if (run.length > RUN_CHARS) return foldWhole(run);
  let folded = knownRuns.get(run);
  if (folded === undefined) {
    if (knownRuns.size >= KNOWN_RUNS) knownRuns.clear();
    knownRuns.set(run, folded = foldWhole(run));
  }
  return folded;
}

function foldWhole(text: string): string {
  let out = "";
  for (const char of text) out += titleCase(char);
  return out.normalize("NFKD");
}

function titleCase(char: string): string {
  if (char >= "\u01c4" && char <= "\u01f3") {
    const title = DIGRAPHS.get(char);
    if (title !== undefined) return title;
    if (char === "\u01c5" || char === "\u01c8" || char === "\u01cb" || char === "\u01f2") return char;
  }
  // Georgian letters have capitals for headlines only: their title case is themselves.
  if (char >= "\u10d0" && char <= "\u10ff") return char;
  const upper = char.toUpperCase();
  // ß and the like: one character has no other one as its capital.
  return upper.length === char.length ? upper : char;
}

/** Order of two texts by their characters, as the octets of their UTF-8 would give; `<` goes by UTF-16 units. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i), y = b.charCodeAt(i);
    if (x === y) continue;
    // Characters beyond U+FFFF are written with units below U+E000, and yet come last.
    const high = (unit: number) => unit >= 0xd800 && unit < 0xe000;
    if (high(x) !== high(y)) return high(x) ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
