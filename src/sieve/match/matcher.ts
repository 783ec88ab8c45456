import type { Call } from "../call.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";
import type { Value } from "../value.ts";
import type { Comparator } from "./comparator.ts";
import type { MatchType, PreparedKey, ReadBudget } from "./match_type.ts";

/** What a comparison costs besides the characters that it looks at. */
const COMPARISON_CHARS = 48;

/** The six relations of RFC 5231 §4.1. */
export type Relation = "gt" | "ge" | "lt" | "le" | "eq" | "ne";

/** How one test compares. */
export interface Matcher {
  type: MatchType;
  comparator: Comparator;
  relation: Relation | null;
  /** Keys without variables, read once for all runs. */
  constantKeys: PreparedKey[] | null;
}

/**
 * Whether any of the values matches any of the keys; the match variables are set by the first that does. The keys are
 * those of the script, or a list that was made of them.
 */
export function matchesAny(
  call: Call,
  values: readonly string[],
  keys: Value | readonly string[] | null,
  run: Run,
): boolean {
  const matcher = matcherOf(call);
  const prepared = keysOf(matcher, keys, run);
  const compared = matcher.type.counts ? [String(values.length)] : values;
  for (const text of compared) {
    const value = { text, key: run.keyOf(matcher.comparator, text) };
    for (const key of prepared) {
      run.chargeText(COMPARISON_CHARS + value.key.length);
      if (matcher.type.test(value, key, matcher, run)) return true;
    }
  }
  return false;
}

/** The matcher of a call whose definition says that it has one. */
export function matcherOf(call: Call): Matcher {
  if (call.matcher === null) throw new TypeError("this test compares nothing");
  return call.matcher;
}

/** Reads keys for a matcher. Throws SyntaxError for a key that cannot be read. */
export function prepareKeys(matcher: Matcher, keys: readonly string[], budget: ReadBudget): PreparedKey[] {
  const { type, comparator } = matcher;
  return keys.map((text) => ({
    text,
    key: comparator.key(text),
    read: type.read?.(text, comparator, budget),
  }));
}

function keysOf(matcher: Matcher, keys: Value | readonly string[] | null, run: Run): PreparedKey[] {
  const given = isList(keys);
  if (matcher.constantKeys !== null && !given) return matcher.constantKeys;
  const texts = given ? keys : textsOf(keys, run);
  for (const text of texts) run.chargeText(text.length);
  try {
    const budget = { one: run.limits.regexSize, all: run.limits.regexSize };
    const prepared = prepareKeys(matcher, texts, budget);
    run.charge(run.limits.regexSize - budget.all);
    return prepared;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ScriptProblem(error.message);
  }
}

function isList(keys: Value | readonly string[] | null): keys is readonly string[] {
  return Array.isArray(keys);
}

function textsOf(keys: Value | null, run: Run): readonly string[] {
  if (keys?.kind === "text") return [run.expand(keys)];
  return keys?.kind === "texts" ? run.expandAll(keys) : [];
}
