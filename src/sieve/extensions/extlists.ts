import type { Extension } from "../extension.ts";

/** Lists that are kept outside of the script: address books and the like (RFC 6134). */
export const EXTLISTS: Extension = {
  name: "extlists",
  matchTypes: [{
    name: "list",
    test(value, key, _matcher, run) {
      run.charge(1);
      if (!run.host.listHas(key.text, value.text)) return false;
      // RFC 6134 §2.2: the value that was found is ${0}.
      run.setMatches(() => [value.text]);
      return true;
    },
  }],
  tests: [{
    name: "valid_ext_list",
    parameters: [{ name: "names of lists", kind: "texts" }],
    test: (call, run) => run.texts(call, 0).every((list) => run.host.listExists(list)),
  }],
  tags: [{ of: ["redirect"], tag: { name: "list", apply: (draft) => draft.list = true } }],
};
