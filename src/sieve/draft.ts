import type { Call } from "./call.ts";
import type { FolderChoice } from "./outcome.ts";
import type { Run } from "./run_state.ts";

/** What tags say of an action before it is taken; which of it an action heeds is its own matter. */
export interface ActionDraft extends FolderChoice {
  /** The implicit keep stays (RFC 3894). */
  copy: boolean;
  flags: string[] | null;
  /** Redirect to the members of a list (RFC 6134 §2.3). */
  list: boolean;
  /** Folder for a copy of what is sent (RFC 8580). */
  fcc: string | null;
}

/** The draft that a call's tags make. */
export function draftOf(call: Call, run: Run): ActionDraft {
  const draft: ActionDraft = {
    copy: false,
    flags: null,
    create: false,
    specialUse: null,
    mailboxId: null,
    list: false,
    fcc: null,
  };
  for (const { name, apply } of call.tagDefinitions) apply?.(draft, call.tags.get(name) ?? null, run);
  return draft;
}
