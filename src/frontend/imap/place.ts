import type { ActorRef } from "../../actor/actor.ts";
import type { Account } from "../../../actors/directory/contract.ts";
import type { MailboxContract, StorageLimits } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import type { Session } from "./session.ts";
import { sharingOf } from "./sharing.ts";

/** The namespace of what others share (RFC 2342 §5): below it stands the owner's address, then the folder's name. */
export const SHARED = "#Shared/";

/** Where a folder name leads: a mailbox, and the name inside it. */
export interface Place {
  /** Of another owner: each request says who acts, so that the mailbox can look at the rights. */
  mailbox: ActorRef<MailboxContract>;
  name: string;
  /** What stands before the name for this client; empty in the own mailbox. */
  prefix: string;
  /** Whose mailbox it is. */
  owner: { id: string; address: string };
  /** The owner's: what is stored there counts there. */
  limits: StorageLimits;
}

/** The own mailbox as a place of this name. */
export function ownPlace(session: Session, name: string): Place {
  const { id, address, limits } = session.user;
  return { mailbox: session.mailbox, name, prefix: "", owner: { id, address }, limits };
}

/**
 * The place of a folder name as the client says it. Fault `not_found` for an owner who shares nothing with this user,
 * whether there is one or not.
 */
export async function locate(session: Session, name: string): Promise<Place> {
  if (!name.startsWith(SHARED)) return ownPlace(session, name);
  const rest = name.slice(SHARED.length);
  const owners = await sharingOf(session.context).owners(session.user.id);
  const owner = owners.find(({ address }) => rest.startsWith(`${address}/`));
  if (!owner) throw new Fault("not_found", "no such folder");
  return sharedPlace(session, owner, rest.slice(owner.address.length + 1));
}

/** The place of a folder of another owner. */
export function sharedPlace(session: Session, owner: Account, name: string): Place {
  const { id, address, limits } = owner;
  return {
    mailbox: asGuest(session, id),
    name,
    prefix: `${SHARED}${address}/`,
    owner: { id, address },
    limits,
  };
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
