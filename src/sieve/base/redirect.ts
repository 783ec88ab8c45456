import { shown } from "../../codec/sieve/lexer.ts";
import { readOneAddress } from "../compose/mailbox_text.ts";
import { draftOf } from "../draft.ts";
import type { CommandDefinition } from "../extension.ts";
import { ScriptProblem } from "../problem.ts";
import type { Run } from "../run_state.ts";

/** Sends the message on (RFC 5228 §4.2); with `:list` to all members of a list (RFC 6134 §2.3). */
export const REDIRECT: CommandDefinition = {
  name: "redirect",
  parameters: [{ name: "an address", kind: "text" }],
  check(call, checker) {
    const target = call.parameters[0];
    if (target?.kind !== "text" || target.constant === null || call.tags.has("list")) return;
    const wrong = addressProblem(target.constant);
    if (wrong !== null) checker.error(target.position, wrong);
  },
  run(call, run) {
    const draft = draftOf(call, run), target = run.text(call, 0);
    for (const text of draft.list ? members(target, run) : [target]) {
      const address = readOneAddress(text);
      if (address === null) throw new ScriptProblem(addressProblem(text) ?? "");
      run.results.take({ type: "redirect", address, message: run.message.bytes() });
    }
    if (!draft.copy) run.results.implicitKeep = false;
  },
};

function addressProblem(text: string): string | null {
  return readOneAddress(text) === null ? `"${shown(text)}" is not an address, as name@example.org is` : null;
}

function members(list: string, run: Run): readonly string[] {
  const found = run.host.listMembers(list);
  if (found === null) throw new ScriptProblem(`the list "${shown(list)}" cannot be read`);
  return found;
}
