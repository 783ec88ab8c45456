import type { Extension } from "../extension.ts";
import { matcherOf, matchesAny } from "../match/matcher.ts";

/** Items that are empty where no event of IMAP made the script run (RFC 6785 §4.2, §4.5). */
const IMAP_ITEMS = new Set(["imap.user", "imap.email", "imap.cause", "imap.mailbox", "imap.changedflags"]);

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
      const item = Object.hasOwn(environment, name) ? environment[name] : IMAP_ITEMS.has(name) ? "" : null;
      if (item === null) return false;
      // RFC 5183 §4: the empty text counts as none.
      const none = item === "" && matcherOf(call).type.counts;
      return matchesAny(call, none ? [] : [item], call.parameters[1], run);
    },
  }],
};
