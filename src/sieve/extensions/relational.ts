import type { Extension } from "../extension.ts";
import type { MatchType, PreparedKey, PreparedValue } from "../match/match_type.ts";
import type { Matcher } from "../match/matcher.ts";

/** `:value` compares by order, `:count` compares how many values there are (RFC 5231 §4). */
export const RELATIONAL: Extension = {
  name: "relational",
  matchTypes: [
    { name: "value", relation: true, test: holds },
    { name: "count", relation: true, counts: true, test: holds } satisfies MatchType,
  ],
};

function holds(value: PreparedValue, { key }: PreparedKey, { comparator, relation }: Matcher): boolean {
  const order = comparator.order(value.key, key);
  switch (relation) {
    case "gt":
      return order > 0;
    case "ge":
      return order >= 0;
    case "lt":
      return order < 0;
    case "le":
      return order <= 0;
    case "ne":
      return order !== 0;
    default:
      return order === 0;
  }
}
