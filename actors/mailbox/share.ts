import { aclRows } from "./rights.ts";
import type { MailboxTurn } from "./state.ts";

/** Everybody who has any right on any folder; what is only taken away from somebody counts for nothing. */
function sharedWith(turn: MailboxTurn): string[] {
  const names = new Set<string>();
  for (const acl of aclRows(turn).values()) {
    for (const identifier of acl.keys()) if (!identifier.startsWith("-")) names.add(identifier);
  }
  return [...names].sort();
}

/**
 * Runs a change of rights. When it changed whom the mailbox shares anything with the directory is told, so that LIST
 * need not ask every mailbox there is: with the commit, and as often as it takes.
 */
export function tellingShares<T>(turn: MailboxTurn, change: () => T): T {
  const before = sharedWith(turn).join(" ");
  const result = change();
  const identifiers = sharedWith(turn);
  if (identifiers.join(" ") !== before) sendShares(turn, turn.now);
  return result;
}

/** Tells the directory how it is `at` a time. */
export function sendShares(turn: MailboxTurn, at: number): void {
  turn.send("directory:main", "updateShares", { owner: turn.name, identifiers: sharedWith(turn), at });
}
