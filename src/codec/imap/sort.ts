import type { Arguments } from "./arguments.ts";

/** What messages can be sorted by (RFC 5256 §3; RFC 5957 §4 for the DISPLAY keys; RFC 6203 §6). */
export type SortKey =
  | "ARRIVAL"
  | "CC"
  | "DATE"
  | "DISPLAYFROM"
  | "DISPLAYTO"
  | "FROM"
  | "RELEVANCY"
  | "SIZE"
  | "SUBJECT"
  | "TO";

const KEYS: ReadonlySet<string> = new Set<SortKey>([
  "ARRIVAL",
  "CC",
  "DATE",
  "DISPLAYFROM",
  "DISPLAYTO",
  "FROM",
  "RELEVANCY",
  "SIZE",
  "SUBJECT",
  "TO",
]);

/** One key and its direction. */
export interface SortCriterion {
  key: SortKey;
  reverse: boolean;
}

/** Values of one key, as long as there are messages: whole numbers, or texts in the form that is compared. */
export type SortColumn = Float64Array | string[];

/** `(SUBJECT REVERSE DATE)` (RFC 5256 §5). A key that stood there before can decide nothing and is dropped. */
export function parseSortCriteria(args: Arguments): SortCriterion[] {
  const criteria: SortCriterion[] = [];
  args.list(() => {
    let word = args.atom().toUpperCase();
    const reverse = word === "REVERSE";
    if (reverse) {
      args.space();
      word = args.atom().toUpperCase();
    }
    if (!KEYS.has(word)) throw new SyntaxError(`unknown sort key ${word}`);
    if (!criteria.some(({ key }) => key === word)) criteria.push({ key: word as SortKey, reverse });
  });
  if (!criteria.length) throw new SyntaxError("no sort keys");
  return criteria;
}
