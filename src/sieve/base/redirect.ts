import { parseAddress } from "../../codec/smtp/path.ts";
import { shown } from "../../codec/sieve/lexer.ts";
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
    for (const address of draft.list ? members(target, run) : [target]) {
      const wrong = addressProblem(address);
      if (wrong !== null) throw new ScriptProblem(wrong);
      run.results.take({ type: "redirect", address: address.trim(), message: run.message.bytes() });
    }
    if (!draft.copy) run.results.implicitKeep = false;
  },
};

/** What is wrong with an address that mail is to be sent to; null when it is one. */
export function addressProblem(text: string): string | null {
  return parseAddress(text.trim()) === null
    ? `"${shown(text)}" is not an address, as name@example.org is`
    : null;
}

function members(list: string, run: Run): readonly string[] {
  const found = run.host.listMembers(list);
  if (found === null) throw new ScriptProblem(`the list "${shown(list)}" cannot be read`);
  return found;
}
