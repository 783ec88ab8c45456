import type { TestCall } from "../call.ts";
import type { Extension, ParameterDefinition } from "../extension.ts";
import { matcherOf, matchesAny } from "../match/matcher.ts";
import type { Run } from "../run_state.ts";

const KEY: ParameterDefinition = { name: "a value to compare with", kind: "text" };

/** How likely the message is spam: 0 not looked at, 1 no sign of it, 10 certain (RFC 5235 §3.2). */
export const SPAMTEST: Extension = {
  name: "spamtest",
  tests: [{
    name: "spamtest",
    matching: true,
    parameters: [KEY],
    test(call, run) {
      const { spamPercent } = run.input;
      if (call.tags.has("percent")) return compareVerdict(call, spamPercent, run);
      return compareVerdict(
        call,
        spamPercent === null ? null : 1 + Math.floor(clamp(spamPercent) * 9 / 100),
        run,
      );
    },
  }],
};

/** The same in steps of one to a hundred (RFC 5235 §3.2). */
export const SPAMTESTPLUS: Extension = {
  name: "spamtestplus",
  implies: ["spamtest"],
  tags: [{ of: ["spamtest"], tag: { name: "percent" } }],
};

/** What a virus check said: 0 not looked at, 1 clean, to 5 certain (RFC 5235 §3.3). */
export const VIRUSTEST: Extension = {
  name: "virustest",
  tests: [{
    name: "virustest",
    matching: true,
    parameters: [KEY],
    test: (call, run) => compareVerdict(call, run.input.virusLevel, run),
  }],
};

/** Without a verdict the value is 0, and `:count` is 0 as well. */
function compareVerdict(call: TestCall, verdict: number | null, run: Run): boolean {
  const counts = matcherOf(call).type.counts && verdict === null;
  const values = counts ? [] : [String(verdict === null ? 0 : Math.round(clamp(verdict)))];
  return matchesAny(call, values, call.parameters[0], run);
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}
