import type { AclEntry, Acting, Identity } from "../acting.ts";

/** What a mailbox answers about rights on its folders; part of `MailboxContract`. */
export type SharingContract = {
  /** Rights on a folder (RFC 4314 §3). `add` and `remove` change what stands there; no rights: as `deleteAcl`. */
  setAcl: {
    request: Acting & { name: string; entry: AclEntry; mode: "replace" | "add" | "remove" };
    reply: Record<string, never>;
  };
  deleteAcl: { request: Acting & { name: string; identifier: string }; reply: Record<string, never> };
  /** What is granted beside the owner's own, which is never written down. */
  getAcl: { request: Acting & { name: string }; reply: { entries: AclEntry[] } };
  /** Rights that an identifier always has; all others may be given to it one by one. */
  listRights: { request: Acting & { name: string; identifier: string }; reply: { always: string } };
  myRights: { request: Acting & { name: string }; reply: { rights: string } };
  /** Whether mail of somebody to the folder's address is taken; faults as for `deliver`. */
  mayPost: { request: { name: string; as: Identity }; reply: Record<string, never> };
};
