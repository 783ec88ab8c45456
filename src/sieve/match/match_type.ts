import type { Run } from "../run_state.ts";
import type { Comparator } from "./comparator.ts";
import type { Matcher } from "./matcher.ts";

/** A way in which a value matches a key (RFC 5228 §2.7.1). */
export interface MatchType {
  readonly name: string;
  /** It looks at parts of values, which not every comparator can. */
  readonly substring?: boolean;
  /** Another tag argument behind it: a relation, `:count "gt"` (RFC 5231 §4). */
  readonly relation?: boolean;
  /** The number of values is what is compared, not the values. */
  readonly counts?: boolean;
  /** Reads a key once. Throws SyntaxError for one that cannot be read. */
  readonly read?: (key: string, comparator: Comparator, budget: ReadBudget) => unknown;
  readonly test: (value: PreparedValue, key: PreparedKey, matcher: Matcher, run: Run) => boolean;
}

/** A key, ready to be compared. */
export interface PreparedKey {
  text: string;
  /** The comparator's key of it. */
  key: string;
  /** What the match type's `read` made of it. */
  read: unknown;
}

/** A value with the comparator's key of it. */
export interface PreparedValue {
  text: string;
  key: string;
}

/** Instructions that regular expressions may yet be compiled to: of one, and of all of a script together. */
export interface ReadBudget {
  one: number;
  all: number;
}
