import { draftOf } from "../draft.ts";
import type { CommandDefinition } from "../extension.ts";
import { draftKeep } from "../filing.ts";

/** Files the message where it would go anyway (RFC 5228 §4.3). */
export const KEEP: CommandDefinition = {
  name: "keep",
  run(call, run) {
    run.results.take({ type: "keep", implicit: false, ...draftKeep(draftOf(call, run), run) });
    run.results.implicitKeep = false;
  },
};

/** Only cancels the implicit keep (RFC 5228 §4.4). */
export const DISCARD: CommandDefinition = {
  name: "discard",
  run(_call, run) {
    run.results.take({ type: "discard" });
    run.results.implicitKeep = false;
  },
};
