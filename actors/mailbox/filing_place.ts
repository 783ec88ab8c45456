import { Fault } from "../../src/base/fault.ts";
import type { DeliveryFilter, FilingPlace } from "./filter/contract.ts";
import { SEPARATOR } from "./names.ts";

/** How names begin that lead out of a mailbox: none of its own folders can have such a one. */
const ELSEWHERE = "#";

/** A folder of another mailbox. */
export interface Elsewhere {
  place: FilingPlace;
  /** The folder's name in there; nobody here can say whether there is one. */
  name: string;
}

/**
 * Where a name leads that a script writes; null for a name of this mailbox, and for one that leads nowhere the owner may
 * look. Fault `conflict` when it leads out and the filter does not say where to: whoever delivers asks again with that.
 */
export function filingPlace({ places }: Pick<DeliveryFilter, "places">, given: string): Elsewhere | null {
  if (!given.startsWith(ELSEWHERE)) return null;
  if (!places) throw new Fault("conflict", "a script names a folder of another mailbox");
  const full = given.normalize("NFC");
  const place = places.places.find(({ prefix, root }) =>
    full.startsWith(prefix) &&
    (root === "" || full.length === prefix.length || full[prefix.length] === SEPARATOR)
  );
  return place ? { place, name: place.root + full.slice(place.prefix.length) } : null;
}
