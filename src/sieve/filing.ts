import type { ActionDraft } from "./draft.ts";
import { currentFlags } from "./flags.ts";
import type { Filing } from "./outcome.ts";
import type { Run } from "./run_state.ts";

/** How a message is filed: with the flags that the call's `:flags` names, or else the script's current ones. */
export function draftFiling(draft: ActionDraft | null, run: Run): Filing {
  return { flags: draft?.flags ?? currentFlags(run), message: run.message.bytes() };
}
