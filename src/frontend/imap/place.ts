import type { ActorRef } from "../../actor/actor.ts";
import type { MailboxContract, StorageLimits } from "../../../actors/mailbox/contract.ts";
import type { Session } from "./session.ts";

/** Where a folder name leads: a mailbox, and the name inside it. */
export interface Place {
  mailbox: ActorRef<MailboxContract>;
  name: string;
  /** What stands before the name for this client; empty in the own mailbox. */
  prefix: string;
  /** Whose mailbox it is. */
  owner: { id: string; address: string };
  /** The owner's: what is stored there counts there. */
  limits: StorageLimits;
}

/** The place of a folder name as the client says it. */
export function locate(session: Session, name: string): Promise<Place> {
  const { id, address, limits } = session.user;
  return Promise.resolve({ mailbox: session.mailbox, name, prefix: "", owner: { id, address }, limits });
}
