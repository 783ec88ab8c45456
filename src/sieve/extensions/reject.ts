import type { CommandCall } from "../call.ts";
import type { CommandDefinition, Extension } from "../extension.ts";
import type { Run } from "../run_state.ts";

/** Refuses the message, if need be by a report to its sender (RFC 5429 §2.2). */
export const REJECT: Extension = { name: "reject", commands: [rejecting("reject", false)] };

/** Refuses the message in the SMTP dialogue whenever that can be (RFC 5429 §2.1). */
export const EREJECT: Extension = { name: "ereject", commands: [rejecting("ereject", true)] };

function rejecting(name: string, protocolOnly: boolean): CommandDefinition {
  return {
    name,
    parameters: [{ name: "a reason", kind: "text" }],
    run(call: CommandCall, run: Run) {
      run.results.take({ type: "reject", protocolOnly, reason: run.text(call, 0) });
      run.results.implicitKeep = false;
    },
  };
}
