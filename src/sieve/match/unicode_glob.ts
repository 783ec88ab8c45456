import { type Glob, type GlobCaptures, matchGlob } from "./glob.ts";

/** Numbers that stand for characters in turn. */
const UNITS = 0xffff;

/**
 * Matches a pattern where a character is one of Unicode, and two are the same when `keyOf` gives one key for both. For
 * that each is made one unit, the same for the same key; then it is a pattern like any other. Pattern and value are
 * composed (NFC), so that a letter and its mark are one.
 */
export function matchCharacters(
  glob: Glob,
  value: string,
  keyOf: (char: string) => string,
  work: (comparisons: number) => void,
): GlobCaptures | null {
  const units = new Units(keyOf), offsets: number[] = [];
  let at = 0, plain = "";
  for (const char of value) {
    offsets.push(at);
    at += char.length;
    plain += units.of(char);
  }
  offsets.push(at);
  work(value.length);
  const captures = matchGlob({ pieces: glob.pieces.map((piece) => inUnits(piece, units)) }, plain, work);
  return captures && captures.map(([from, to]) => [offsets[from], offsets[to]]);
}

function inUnits({ text, any }: Glob["pieces"][number], units: Units): Glob["pieces"][number] {
  const wild = new Set(any), places: number[] = [];
  let out = "", at = 0;
  for (const char of text) {
    if (wild.has(at)) places.push(out.length);
    out += units.of(char);
    at += char.length;
  }
  return { text: out, any: places };
}

class Units {
  readonly #ofChar = new Map<string, string>();
  readonly #ofKey = new Map<string, string>();

  constructor(readonly keyOf: (char: string) => string) {}

  of(char: string): string {
    const known = this.#ofChar.get(char);
    if (known !== undefined) return known;
    const key = this.keyOf(char);
    let unit = this.#ofKey.get(key);
    if (unit === undefined) {
      unit = String.fromCharCode(1 + this.#ofKey.size % UNITS);
      this.#ofKey.set(key, unit);
    }
    this.#ofChar.set(char, unit);
    return unit;
  }
}
