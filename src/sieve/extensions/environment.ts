import type { Extension } from "../extension.ts";
import { matcherOf, matchesAny } from "../match/matcher.ts";

/** What is known of where the script runs (RFC 5183); an item that is not known matches nothing. */
export const ENVIRONMENT: Extension = {
  name: "environment",
  tests: [{
    name: "environment",
    matching: true,
    parameters: [{ name: "the name of an item", kind: "text" }, {
      name: "texts to compare with",
      kind: "texts",
    }],
    test(call, run) {
      const name = run.text(call, 0).toLowerCase(), { environment } = run.input;
      if (!Object.hasOwn(environment, name)) return false;
      // RFC 5183 §4: the empty text counts as none.
      const none = environment[name] === "" && matcherOf(call).type.counts;
      return matchesAny(call, none ? [] : [environment[name]], call.parameters[1], run);
    },
  }],
};
