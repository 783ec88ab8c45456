import type { ActionDraft } from "./draft.ts";
import { currentFlags } from "./flags.ts";
import type { Filing } from "./outcome.ts";
import type { Run } from "./run_state.ts";

/** How a message is filed: with the flags that the call's `:flags` names, or else the script's current ones. */
export function draftFiling(draft: ActionDraft | null, run: Run): Filing {
  return { flags: draft?.flags ?? currentFlags(run), message: run.message.bytes() };
}

/** The same for what is kept: after an event of IMAP the message stays as it is (RFC 6785 §3.1). */
export function draftKeep(draft: ActionDraft | null, run: Run): Filing {
  const filing = draftFiling(draft, run);
  return run.input.imapEvent ? { ...filing, message: null } : filing;
}
