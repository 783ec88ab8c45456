import type { Action } from "./outcome.ts";

/** An action in a few words, for logs and rehearsals: `fileinto Lists`, `redirect a@b.test`. */
export function tellAction(action: Action): string {
  switch (action.type) {
    case "keep":
      return `${action.implicit ? "keep (implicit)" : "keep"}${tellFlags(action.flags)}`;
    case "fileinto":
      return `fileinto ${action.mailbox}${tellFlags(action.flags)}`;
    case "redirect":
      return `redirect ${action.address}`;
    case "vacation":
    case "notify":
      return `${action.type} ${action.recipients.join(" ")}`;
    case "reject":
      return action.protocolOnly ? "ereject" : "reject";
    case "discard":
      return "discard";
  }
}

function tellFlags(flags: readonly string[] | null): string {
  return flags?.length ? ` with ${flags.join(" ")}` : "";
}
