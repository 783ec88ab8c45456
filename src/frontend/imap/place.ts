import type { ActorRef } from "../../actor/actor.ts";
import type { Account, PublicView, SpaceView } from "../../../actors/directory/contract.ts";
import type { MailboxContract, StorageLimits } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { withEvents } from "./imap_events.ts";
import type { Session } from "./session.ts";
import { sharingOf, type Sources } from "./sharing.ts";

/** The namespace of what others share (RFC 2342 §5): below it stands the owner's address, then the folder's name. */
export const SHARED = "#Shared/";

/** The folder of a public mailbox that stands for the namespace itself: nobody deletes or renames it. */
const PUBLIC_ROOT = "INBOX";

/** Where a folder name leads: a mailbox, and the name inside it. */
export interface Place {
  /** Of another owner or of none: each request says who acts, so that the mailbox can look at the rights. */
  mailbox: ActorRef<MailboxContract>;
  name: string;
  /** What stands for `root` at the beginning of names for this client; empty in the own mailbox. */
  prefix: string;
  /** How every name in the mailbox begins that a client can reach. */
  root: string;
  /** Whose mailbox it is; public ones are nobody's. */
  owner: { id: string; address: string } | null;
  /** The owner's: what is stored there counts there. */
  limits: StorageLimits;
}

/** The own mailbox as a place of this name. */
function ownPlace(session: Session, name: string): Place {
  const { id, address, limits } = session.user;
  return { mailbox: session.mailbox, name, prefix: "", root: "", owner: { id, address }, limits };
}

/**
 * The place of a folder name as the client says it. Fault `not_found` for an owner who shares nothing with this user,
 * whether there is one or not.
 */
export async function locate(session: Session, name: string): Promise<Place> {
  if (!name.startsWith("#")) return ownPlace(session, name);
  const places = placesOf(session, await sharingOf(session.context).sources(session.user.id));
  const place = places.find(({ prefix, root }) =>
    name.startsWith(prefix) && (!root || isLevel(name, prefix))
  );
  if (place) return { ...place, name: place.root + name.slice(place.prefix.length) };
  if (name.startsWith(SHARED)) throw new Fault("not_found", "no such folder");
  return ownPlace(session, name);
}

/** The full name of a folder of a place, as the client knows it. */
export function fullName({ prefix, root }: Pick<Place, "prefix" | "root">, name: string): string {
  return prefix + name.slice(root.length);
}

/** Every place beside the own mailbox: private namespaces first, as nobody can give their names to anything else. */
export function placesOf(session: Session, { owners, publics, spaces }: Sources): Place[] {
  return [
    ...spaces.map((space) => spacePlace(session, space)),
    ...owners.map((owner) => sharedPlace(session, owner)),
    ...publics.map((space) => publicPlace(session, space)),
  ];
}

/** A private namespace: the account is its owner. */
function spacePlace(session: Session, { id, name, limits }: SpaceView): Place {
  const { address } = session.user;
  return {
    mailbox: session.context.system.ref<MailboxContract>(`mailbox:${id}`),
    name: PUBLIC_ROOT,
    prefix: `#${name}`,
    root: PUBLIC_ROOT,
    owner: { id: session.user.id, address },
    limits,
  };
}

/** What another owner shares. */
function sharedPlace(session: Session, account: Account): Place {
  const { id, address, limits } = account;
  const prefix = `${SHARED}${address}/`;
  return {
    mailbox: withEvents(session, asGuest(session, id), account),
    name: "",
    prefix,
    root: "",
    owner: { id, address },
    limits,
  };
}

/** A public namespace. */
function publicPlace(session: Session, { id, name, limits }: PublicView): Place {
  return {
    mailbox: asGuest(session, id),
    name: PUBLIC_ROOT,
    prefix: `#${name}`,
    root: PUBLIC_ROOT,
    owner: null,
    limits,
  };
}

function isLevel(name: string, prefix: string): boolean {
  return name.length === prefix.length || name[prefix.length] === "/";
}

function asGuest(session: Session, owner: string): ActorRef<MailboxContract> {
  const ref = session.context.system.ref<MailboxContract>(`mailbox:${owner}`);
  const sharing = sharingOf(session.context);
  const { id } = session.user;
  return {
    address: ref.address,
    ask: async (name, request, options) => {
      const as = await sharing.identity(id);
      return await ref.ask(name, { ...request as object, as } as typeof request, options); // every request is an object
    },
  };
}
