import { Fault } from "../../src/base/fault.ts";
import { RIGHTS } from "../../src/codec/imap/rights.ts";
import { FLAG, type FolderId, type Identity } from "./contract.ts";
import { folderByName } from "./folders.ts";
import { type Folder, folderById, type MailboxTurn } from "./state.ts";

/** Rights by identifier. */
type Acl = ReadonlyMap<string, string>;

const NOBODY: Acl = new Map();

/** Who has been given what on a folder, beside its owner. */
export function aclOf(turn: MailboxTurn, folder: FolderId): Acl {
  return aclRows(turn).get(folder) ?? NOBODY;
}

/** All rights by folder. */
export function aclRows(turn: MailboxTurn): ReadonlyMap<FolderId, Acl> {
  return turn.state.acl ??= readAcl(turn);
}

function readAcl(turn: MailboxTurn): Map<FolderId, Map<string, string>> {
  const all = new Map<FolderId, Map<string, string>>();
  const rows = turn.db.tuples<[string, string, string]>(
    "SELECT folder, identifier, rights FROM acl ORDER BY folder, identifier",
  );
  for (const [folder, identifier, rights] of rows) {
    const acl = all.get(folder) ?? new Map<string, string>();
    all.set(folder, acl.set(identifier, rights));
  }
  return all;
}

/** The owner acts: nobody is named, or the owner is. A mailbox bears its owner's id. */
export function isOwner(turn: MailboxTurn, as: Identity | undefined): boolean {
  return !as || as.id === turn.name;
}

/**
 * What somebody may do with a folder (RFC 4314 §2): everything that is given to the account, to its groups and to all,
 * less everything that is taken from any of them.
 */
export function rightsOf(turn: MailboxTurn, folder: Folder, as: Identity | undefined): string {
  if (isOwner(turn, as)) return RIGHTS;
  const acl = aclOf(turn, folder.id);
  if (!acl.size) return "";
  let given = "", taken = "";
  const own = as!.id ? [as!.id, "authenticated"] : [];
  const names = ["anyone", ...own, ...as!.groups.map((address) => `group:${address}`)];
  for (const name of names) {
    given += acl.get(name) ?? "";
    taken += acl.get(`-${name}`) ?? "";
  }
  return [...RIGHTS].filter((right) => given.includes(right) && !taken.includes(right)).join("");
}

/**
 * Throws unless all of these rights are there (or one of them, with `any`): `denied`, and `not_found` for who may not
 * know that the folder is there (RFC 4314 §6).
 */
export function demand(
  turn: MailboxTurn,
  folder: Folder,
  as: Identity | undefined,
  needed: string,
  any = false,
): void {
  if (isOwner(turn, as)) return;
  const rights = rightsOf(turn, folder, as);
  const has = (right: string) => rights.includes(right);
  if (any ? [...needed].some(has) : [...needed].every(has)) return;
  if (!has("l")) throw new Fault("not_found", "no such folder");
  throw new Fault("denied", "you have no right to do this with the folder");
}

/** The folder of an id, for somebody who has these rights on it. */
export function folderFor(turn: MailboxTurn, id: FolderId, as: Identity | undefined, needed: string): Folder {
  const folder = folderById(turn, id);
  demand(turn, folder, as, needed);
  return folder;
}

/** The folder of a name, for somebody who has these rights on it. */
export function namedFor(turn: MailboxTurn, name: string, as: Identity | undefined, needed: string): Folder {
  const folder = folderByName(turn, name);
  demand(turn, folder, as, needed);
  return folder;
}

/** Flags that somebody may change: \Seen by `s`, \Deleted by `t`, all others by `w` (RFC 4314 §4). */
export interface FlagRights {
  bits: number;
  keywords: boolean;
}

/** Which flags rights let change. */
export function flagRights(rights: string): FlagRights {
  const others = FLAG.answered | FLAG.flagged | FLAG.draft;
  const has = (right: string) => rights.includes(right);
  return {
    bits: (has("s") ? FLAG.seen : 0) | (has("t") ? FLAG.deleted : 0) | (has("w") ? others : 0),
    keywords: has("w"),
  };
}
