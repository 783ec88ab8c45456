import { type Glob, matchGlob, readGlob } from "./glob.ts";
import type { MatchType } from "./match_type.ts";
import { matchCharacters } from "./unicode_glob.ts";

/** What looking for a piece with `?` in it costs, character by character: slower than looking for plain text. */
const COMPARISON_COST = 4;

/** `:is`: value and key are the same. */
export const IS: MatchType = {
  name: "is",
  test: (value, { key }, { comparator }) => comparator.order(value.key, key) === 0,
};

/** `:contains`: the key is a part of the value; the empty key is part of any. */
const CONTAINS: MatchType = {
  name: "contains",
  substring: true,
  test: (value, { key }) => value.key.includes(key),
};

/** `:matches`: wildcards; what they stand for becomes the match variables (RFC 5229 §3.2). */
const MATCHES: MatchType = {
  name: "matches",
  substring: true,
  read: (key, comparator) => readGlob(key, comparator.unicode ? composed : comparator.key),
  test(value, key, { comparator }, run) {
    const glob = key.read as Glob; // `read` above made it.
    const work = (comparisons: number) => run.chargeText(COMPARISON_COST * comparisons);
    const text = comparator.unicode ? composed(value.text) : value.text;
    const found = comparator.unicode
      ? matchCharacters(glob, text, comparator.unicode, work)
      : matchGlob(glob, value.key, work);
    if (found === null) return false;
    run.setMatches(() => [
      value.text,
      ...found.map(([from, to]) => comparator.piece(text, from, to)),
    ]);
    return true;
  },
};

function composed(text: string): string {
  return text.normalize("NFC");
}

/** The three of RFC 5228 §2.7.1. */
export const BASE_MATCH_TYPES: readonly MatchType[] = [IS, CONTAINS, MATCHES];
