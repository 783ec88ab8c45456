import type { DirectoryContract, SiteScripts } from "../../actors/directory/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import { readVerdict } from "../codec/message/verdict.ts";
import { networkSet } from "../config/networks.ts";
import type { Configuration } from "../config/schema.ts";
import type { Filtering } from "../frontend/context.ts";

/**
 * The administrator's scripts, asked for once and kept until the directory says that anything changed: it does so
 * after each commit, so a change counts for the next delivery.
 */
export function siteScriptsOf(system: ActorSystem): () => Promise<SiteScripts> {
  const directory = system.ref<DirectoryContract>("directory:main");
  let known: Promise<SiteScripts> | null = null;
  system.watch("directory:main", "changed", () => void (known = null));
  return () => {
    if (known) return known;
    const asked = directory.ask("siteScripts", {});
    known = asked;
    asked.catch(() => {
      if (known === asked) known = null;
    });
    return asked;
  };
}

/** What deliveries ask of the directory, whatever is configured. */
export type Asking = Pick<Filtering, "siteScripts" | "withPlaces">;

/** What deliveries are filtered by, as the configuration says. */
export function filteringOf({ siteScripts, withPlaces }: Asking, { sieve }: Configuration): Filtering {
  const isTrusted = networkSet(sieve.verdictNetworks);
  const fields = { spam: sieve.spamHeader, spamFull: sieve.spamFullScore, virus: sieve.virusHeader };
  return {
    siteScripts,
    withPlaces,
    verdictOf: (raw, { address, lmtp }) =>
      lmtp || isTrusted(address) ? readVerdict(raw, fields) : { spamPercent: null, virusLevel: null },
  };
}
