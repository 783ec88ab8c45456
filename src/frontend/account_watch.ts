import type { AccountEvent } from "../../actors/directory/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import type { AccountWatch } from "./context.ts";

type Listener = (change: AccountEvent["change"]) => void;

/**
 * One watch on the directory for all sessions of this process. After a restart of the directory events may have been
 * missed: every session is told that its settings may have changed, and asks again.
 */
export function watchAccounts(system: ActorSystem): AccountWatch {
  const listeners = new Map<string, Set<Listener>>();
  const tell = (set: Set<Listener>, change: AccountEvent["change"]) => {
    for (const listener of [...set]) listener(change);
  };
  system.watch("directory:main", "accounts", (event) => {
    if (event.kind === "reset") {
      for (const set of listeners.values()) tell(set, "settings");
      return;
    }
    const { accountId, change } = event.event as AccountEvent;
    const set = listeners.get(accountId);
    if (set) tell(set, change);
  });
  return {
    watch(accountId, listener) {
      const set = listeners.get(accountId) ?? new Set();
      listeners.set(accountId, set);
      set.add(listener);
      return () => {
        set.delete(listener);
        if (!set.size) listeners.delete(accountId);
      };
    },
  };
}
