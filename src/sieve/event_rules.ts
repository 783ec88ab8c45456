import type { CompileResult } from "./compile.ts";
import { ScriptProblem } from "./problem.ts";
import type { Run } from "./run_state.ts";
import type { Script } from "./script.ts";

/** What only the delivery of new mail makes sense of (RFC 6785 §3.11, RFC 7352 §3.4). */
const DELIVERY_ONLY = ["reject", "ereject", "vacation", "duplicate"];

/** A script that is run for an event of IMAP must not require what belongs to delivery (RFC 6785 §3.11). */
export function checkEventRules({ requires }: Script, { input }: Run): void {
  if (!input.imapEvent) return;
  const wrong = DELIVERY_ONLY.find((name) => requires.has(name));
  if (wrong !== undefined) throw new ScriptProblem(`"${wrong}" is only for the delivery of new mail`);
}

/** A warning for scripts that are made for events and cannot run for any. */
export function eventWarnings(requires: ReadonlySet<string>): CompileResult["warnings"] {
  if (!requires.has("imapsieve")) return [];
  return DELIVERY_ONLY.filter((name) => requires.has(name)).map((name) => ({
    severity: "warning",
    line: 1,
    column: 1,
    message: `with "imapsieve" this is a script for changes of folders, and there "${name}" is an error`,
  }));
}
