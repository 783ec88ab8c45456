import type { Extension } from "../extension.ts";
import type { MatchType } from "../match/match_type.ts";
import { modifierTags } from "../modifiers.ts";
import { parseRegex } from "../regex/parse.ts";
import { compileRegex, type RegexProgram } from "../regex/program.ts";
import { existsMatch } from "../regex/exists.ts";
import { searchRegex } from "../regex/search.ts";
import type { CaseRule } from "../regex/char_set.ts";

/** What one instruction costs, in characters compared: slower by far, and slower still where places are noted. */
const EXISTS_CHARS = 8;
const SEARCH_CHARS = 32;

const RULES: Readonly<Record<string, CaseRule>> = {
  "i;octet": "exact",
  "i;ascii-casemap": "ascii",
  "i;unicode-casemap": "unicode",
};

/** `:regex`: a part of the value matches; groups become match variables (RFC 5229 §3.2). */
const REGEX_TYPE: MatchType = {
  name: "regex",
  substring: true,
  read(key, comparator, budget) {
    const { node, groups } = parseRegex(key, RULES[comparator.name] ?? "exact");
    const program = compileRegex(node, groups, Math.min(budget.one, budget.all));
    budget.all -= program.code.length;
    return program;
  },
  test({ text }, key, _matcher, run) {
    const program = key.read as RegexProgram; // `read` above made it.
    if (!run.setsMatches()) {
      return existsMatch(program, text, (instructions) => run.chargeText(instructions * EXISTS_CHARS));
    }
    const places = searchRegex(program, text, (instructions) => run.chargeText(instructions * SEARCH_CHARS));
    if (places !== null) {
      run.setMatches(() =>
        Array.from({ length: places.length / 2 }, (_, i) => text.slice(places[2 * i], places[2 * i + 1]))
      );
    }
    return places !== null;
  },
};

/** Regular expressions that cost time in proportion to the text (draft-murchison-sieve-regex-07). */
export const REGEX: Extension = {
  name: "regex",
  matchTypes: [REGEX_TYPE],
  tags: modifierTags("quoteregex").map((tag) => ({ of: ["set", "extracttext"], tag })),
};
