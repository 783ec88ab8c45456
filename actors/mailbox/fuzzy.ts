import type { SearchKey } from "../../src/codec/imap/search.ts";
import { FIELD_COLUMNS, foldText } from "./search_text.ts";

/**
 * A search key, and what FUZZY makes of keys of text: the words, as beginnings of words and in any order, of one field
 * (a column of `brief`) or of the whole message (null).
 */
export type FuzzyKey =
  | Exclude<SearchKey, { key: "not" | "or" | "and" }>
  | { key: "words"; column: string | null; words: string[] }
  | { key: "not"; of: FuzzyKey }
  | { key: "or"; of: [FuzzyKey, FuzzyKey] }
  | { key: "and"; of: FuzzyKey[] };

/** Words of one value that count: the word index is asked for each of them. */
const WORDS = 10;

/**
 * The key without FUZZY (RFC 6203 §3): keys of text below it also match what has all of their words. Everything else is
 * taken exactly (§5). Words of messages that are not indexed yet are not known.
 */
export function withoutFuzzy(key: SearchKey, fuzzy = false): FuzzyKey {
  switch (key.key) {
    case "fuzzy":
      return withoutFuzzy(key.of, true);
    case "not":
      return { key: "not", of: withoutFuzzy(key.of, fuzzy) };
    case "or":
      return { key: "or", of: [withoutFuzzy(key.of[0], fuzzy), withoutFuzzy(key.of[1], fuzzy)] };
    case "and":
      return { key: "and", of: key.of.map((one) => withoutFuzzy(one, fuzzy)) };
    case "header":
    case "body":
    case "text":
      return fuzzy ? withWords(key) : key;
    default:
      return key;
  }
}

function withWords(key: Extract<SearchKey, { key: "header" | "body" | "text" }>): FuzzyKey {
  const words = foldText(key.value).match(/[\p{L}\p{N}]+/gu)?.slice(0, WORDS) ?? [];
  const column = key.key === "header" ? FIELD_COLUMNS.get(key.name.toLowerCase()) : null;
  if (!words.length || column === undefined) return key;
  return { key: "or", of: [key, { key: "words", column, words }] };
}
