import type { DirectoryContract } from "../../actors/directory/contract.ts";
import type { FilingPlace, FilingPlaces, WithPlaces } from "../../actors/mailbox/filter/contract.ts";
import type { ActorSystem } from "../actor/actor.ts";
import { Fault } from "../base/fault.ts";
import { SHARED } from "../frontend/imap/place.ts";

/** The folder of a public or private namespace that stands for all of it. */
const ROOT = "INBOX";

/**
 * Deliveries whose scripts may name folders of other mailboxes. The directory is only asked for these when a script
 * does so: the first attempt changed nothing then, and the second one bears the same request id.
 */
export function withPlacesOf(system: ActorSystem): WithPlaces {
  const directory = system.ref<DirectoryContract>("directory:main");
  return async (account, filter, ask) => {
    try {
      return await ask(filter);
    } catch (error) {
      const named = filter && error instanceof Fault && error.code === "conflict";
      if (!named) throw error;
      const [as, sources] = await Promise.all([
        directory.ask("identity", { id: account }),
        directory.ask("shares", { id: account }),
      ]);
      return await ask({ ...filter, places: placesFor(as, sources) });
    }
  };
}

/** The same mailboxes under the same names as IMAP shows them. */
function placesFor(as: FilingPlaces["as"], sources: DirectoryContract["shares"]["reply"]): FilingPlaces {
  const space = (own: boolean) => ({ id, name, limits }: typeof sources.spaces[number]): FilingPlace => ({
    prefix: `#${name}`,
    root: ROOT,
    mailbox: id,
    own,
    limits,
  });
  const owners = sources.owners.map(({ id, address, limits }): FilingPlace => ({
    prefix: `${SHARED}${address}/`,
    root: "",
    mailbox: id,
    own: false,
    limits,
  }));
  return {
    as,
    places: [...sources.spaces.map(space(true)), ...owners, ...sources.publics.map(space(false))],
  };
}
