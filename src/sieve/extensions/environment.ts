import type { Extension } from "../extension.ts";
import { matchesAny } from "../match/matcher.ts";

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
      return Object.hasOwn(environment, name) &&
        matchesAny(call, [environment[name]], call.parameters[1], run);
    },
  }],
};
