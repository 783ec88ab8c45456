import type { Account, AccountEvent, DirectoryContract } from "../../actors/directory/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import { asFault } from "../base/fault.ts";
import type { AccountWatch, FrontendContext } from "./context.ts";

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

/** What a session wants to know of its account. */
interface Follower {
  /** Its settings as they are now. */
  settings?: (account: Account) => void;
  /** The session may not go on without a new login. */
  end: (why: Exclude<AccountEvent["change"], "settings">) => void;
  /** The directory did not answer; the session goes on with what it knows. */
  failed: (error: unknown) => void;
}

/** Follows the account of a session until the answer is called; after that nothing is told any more. */
export function followAccount(
  { accounts, system }: Pick<FrontendContext, "accounts" | "system">,
  id: string,
  { settings, end, failed }: Follower,
): () => void {
  let follows = true;
  const look = async () => {
    try {
      const account = await system.ref<DirectoryContract>("directory:main").ask("account", { id });
      if (follows) settings?.(account);
    } catch (error) {
      if (!follows) return;
      const { code } = asFault(error);
      if (code === "not_found") end("removed");
      else if (code === "denied") end("disabled");
      else failed(error);
    }
  };
  const unwatch = accounts.watch(id, (change) => change === "settings" ? void look() : end(change));
  return () => {
    follows = false;
    unwatch();
  };
}
