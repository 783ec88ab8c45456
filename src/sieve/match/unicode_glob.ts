import { Buffer } from "node:buffer";
import { type Glob, type GlobCaptures, type GlobPiece, matchGlob } from "./glob.ts";

/** What making a unit of a character costs, in comparisons. */
const CHARACTER_COST = 2;
const PAIR_FROM = 0xd800, PAIR_TO = 0xdc00, PAIR_UNITS = 0x800, UNITS = 0x10000;

/** Gives every character of the first plane the unit of all that have the same key; each is looked up once. */
export interface CharacterTable {
  keyOf: (char: string) => string;
  units: Uint16Array;
  byKey: Map<string, number>;
}

/** An empty table; it may be kept for ever, as there are only so many characters. */
export function characterTable(keyOf: (char: string) => string): CharacterTable {
  return { keyOf, units: new Uint16Array(UNITS), byKey: new Map() };
}

/**
 * Matches a pattern where a character is one of Unicode, and two are the same when they have one key. For that each is
 * made one unit, the same for the same key; then it is a pattern like any other. Pattern and value are composed (NFC),
 * so that a letter and its mark are one.
 */
export function matchCharacters(
  glob: Glob,
  value: string,
  table: CharacterTable,
  work: (comparisons: number) => void,
): GlobCaptures | null {
  const pairs = new Map<string, number>();
  work(CHARACTER_COST * value.length);
  const pieces = glob.pieces.map((piece) => pieceInUnits(piece, table, pairs));
  const captures = matchGlob({ pieces }, inUnits(value, table, pairs), work);
  if (captures === null || !/[\ud800-\udbff]/.test(value)) return captures;
  const offsets: number[] = [];
  let at = 0;
  for (const char of value) {
    offsets.push(at);
    at += char.length;
  }
  offsets.push(at);
  return captures.map(([from, to]) => [offsets[from], offsets[to]]);
}

function pieceInUnits(
  { text, any }: GlobPiece,
  table: CharacterTable,
  pairs: Map<string, number>,
): GlobPiece {
  // Places of `?` are counted in characters too: a place stands behind as many as there are before it.
  const places = any.map((place) => [...text.slice(0, place)].length);
  return { text: inUnits(text, table, pairs), any: places };
}

function inUnits(text: string, table: CharacterTable, pairs: Map<string, number>): string {
  const out = Buffer.alloc(2 * text.length);
  let size = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isPair = code >= PAIR_FROM && code < PAIR_TO && at + 1 < text.length;
    const unit = isPair ? pairUnit(text.slice(at, at + 2), table, pairs) : plainUnit(code, table);
    if (isPair) at++;
    out.writeUInt16LE(unit, size);
    size += 2;
  }
  return out.toString("utf16le", 0, size);
}

/** The first character that was seen with the same key stands for all of them. */
function plainUnit(code: number, { units, byKey, keyOf }: CharacterTable): number {
  if (units[code] !== 0) return units[code];
  const key = keyOf(String.fromCharCode(code));
  let unit = byKey.get(key);
  if (unit === undefined) byKey.set(key, unit = code);
  return units[code] = unit;
}

/** Characters beyond the first plane get the units that are of no use otherwise, for one match. */
function pairUnit(char: string, { keyOf }: CharacterTable, pairs: Map<string, number>): number {
  const key = keyOf(char);
  let unit = pairs.get(key);
  if (unit === undefined) pairs.set(key, unit = PAIR_FROM + pairs.size % PAIR_UNITS);
  return unit;
}
