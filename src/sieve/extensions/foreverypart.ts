import { shown } from "../../codec/sieve/lexer.ts";
import type { CommandCall } from "../call.ts";
import type { Extension, Flow } from "../extension.ts";
import { runCommands } from "../interpret.ts";
import { currentPart, descendants, setCurrentPart } from "../parts_in_view.ts";
import type { Run } from "../run_state.ts";

/** Loops inside each other: each multiplies the work (RFC 5703 §3 asks for a bound). */
const MOST_LOOPS = 4;

/** Runs a block for every MIME part (RFC 5703 §3); inside another loop, for those of the current part. */
export const FOREVERYPART: Extension = {
  name: "foreverypart",
  commands: [
    {
      name: "foreverypart",
      block: true,
      tags: [{ name: "name", value: { name: "a loop's name", kind: "text", constant: true } }],
      check(call, checker) {
        const loops = checker.around.filter(({ command }) => command === "foreverypart").length;
        if (loops >= MOST_LOOPS) {
          checker.error(call.position, `loops are nested deeper than ${MOST_LOOPS} levels here`);
        }
      },
      run: forEveryPart,
    },
    {
      name: "break",
      tags: [{ name: "name", value: { name: "a loop's name", kind: "text", constant: true } }],
      check(call, checker) {
        const loops = checker.around.filter(({ command }) => command === "foreverypart");
        const name = nameOf(call);
        if (loops.length === 0) checker.error(call.position, '"break" must stand inside "foreverypart"');
        else if (name !== null && !loops.some((loop) => loop.name === name)) {
          checker.error(
            call.position,
            `there is no "foreverypart" around this with the name "${shown(name)}"`,
          );
        }
      },
      run: (call): Flow => ({ type: "break", name: nameOf(call) }),
    },
  ],
};

function forEveryPart(call: CommandCall, run: Run): Flow | undefined {
  const outer = currentPart(run);
  const parts = outer === null
    ? [run.view.tree, ...descendants(run.view.tree, run)]
    : descendants(outer, run);
  let flow: Flow | null = null;
  for (const part of parts) {
    run.charge(1);
    setCurrentPart(run, part);
    flow = runCommands(call.block, run);
    if (flow !== null) break;
  }
  setCurrentPart(run, outer);
  if (flow?.type === "break" && (flow.name === null || flow.name === nameOf(call))) return undefined;
  return flow ?? undefined;
}

function nameOf(call: CommandCall): string | null {
  const name = call.tags.get("name");
  return name?.kind === "text" ? name.constant : null;
}
