/** Somebody who is not the owner: the account and the addresses of the groups that it is in, as the directory has them. */
export interface Identity {
  id: string;
  groups: string[];
}

/** Somebody who has not logged in: only what is given to `anyone` is theirs. */
export const ANONYMOUS: Identity = { id: "", groups: [] };

/** `as` is who acts, when it is not the owner: rights on the folder decide (RFC 4314). Left out: the owner, who may all. */
export type Acting = { as?: Identity };

/** One line of an access control list (RFC 4314 §3.6): an account id, `anyone`, `authenticated` or `group:<address>`. */
export interface AclEntry {
  /** With `-` before it: rights that are taken away. */
  identifier: string;
  /** Of `lrswipkxtea`, in this order. */
  rights: string;
}

/** How the ids of public mailboxes begin, which belong to nobody: they have INBOX alone, which stands for all of it. */
export const PUBLIC_PREFIX = "public-";

/** How the ids of private namespaces begin: mailboxes that an account has beside its own, with INBOX alone, too. */
export const SPACE_PREFIX = "space-";
