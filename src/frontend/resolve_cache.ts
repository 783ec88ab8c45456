import type { DirectoryContract, Resolution } from "../../actors/directory/contract.ts";
import { LIMITS } from "../base/limits.ts";
import type { FrontendContext } from "./context.ts";

/** Where mail for an address goes, remembered until anything in the directory changes. */
export type Resolve = (address: string, authenticated: boolean) => Promise<Resolution>;

const byContext = new WeakMap<FrontendContext, Resolve>();

/** The resolver that all sessions of a server share. */
export function resolveCache(context: FrontendContext): Resolve {
  let resolve = byContext.get(context);
  if (!resolve) byContext.set(context, resolve = createResolve(context));
  return resolve;
}

/**
 * Only found addresses are kept. The directory says `changed` after each commit and before anything that follows it,
 * so a change counts for the next RCPT; an answer that was on its way when it came is not kept.
 */
function createResolve(context: FrontendContext): Resolve {
  const directory = context.system.ref<DirectoryContract>("directory:main");
  const known = new Map<string, Resolution>();
  let generation = 0;
  context.system.watch("directory:main", "changed", () => {
    generation++;
    known.clear();
  });
  return async (address, authenticated) => {
    const key = `${authenticated ? "+" : "-"}${address}`;
    const hit = known.get(key);
    if (hit) return hit;
    const asked = generation;
    const found = await directory.ask("resolve", { address, authenticated });
    if (asked !== generation) return found;
    if (known.size >= LIMITS.resolutions) known.clear();
    known.set(key, found);
    return found;
  };
}
