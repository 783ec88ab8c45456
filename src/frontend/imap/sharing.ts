import type { DirectoryContract } from "../../../actors/directory/contract.ts";
import type { Identity } from "../../../actors/mailbox/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import type { FrontendContext } from "../context.ts";

/** Whose folders an account may see. */
export type Sources = DirectoryContract["shares"]["reply"];

/** What the directory knows about who shares with whom, remembered until anything in it changes. */
export interface Sharing {
  /** An account with the groups that it is in. */
  identity(id: string): Promise<Identity>;
  /** Accounts whose mailboxes share something with this one, and public namespaces that do. */
  sources(id: string): Promise<Sources>;
  /** Calls `listener` when any of it may have changed, until the returned function is called. */
  watch(listener: () => void): () => void;
}

const byContext = new WeakMap<FrontendContext, Sharing>();

/** The knowledge that all sessions of a server have in common. */
export function sharingOf(context: FrontendContext): Sharing {
  let sharing = byContext.get(context);
  if (!sharing) byContext.set(context, sharing = createSharing(context));
  return sharing;
}

function createSharing(context: FrontendContext): Sharing {
  const directory = context.system.ref<DirectoryContract>("directory:main");
  const identities = new Map<string, Promise<Identity>>();
  const sources = new Map<string, Promise<Sources>>();
  const listeners = new Set<() => void>();
  context.system.watch("directory:main", "changed", () => {
    identities.clear();
    sources.clear();
    for (const listener of [...listeners]) listener();
  });
  return {
    identity: (id) => remember(identities, id, () => directory.ask("identity", { id })),
    sources: (id) => remember(sources, id, () => directory.ask("shares", { id })),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Sessions that ask for the same at once share one question; one that failed is asked anew. */
function remember<T>(known: Map<string, Promise<T>>, id: string, ask: () => Promise<T>): Promise<T> {
  const found = known.get(id);
  if (found) return found;
  const answer = ask();
  if (known.size >= LIMITS.resolutions) known.clear();
  known.set(id, answer);
  answer.catch(() => known.get(id) === answer && known.delete(id));
  return answer;
}
