import { putRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { parseRights, RIGHTS } from "../../src/codec/imap/rights.ts";
import type { FolderId, MailboxContract } from "./contract.ts";
import { commitChanges } from "./log.ts";
import { superiors } from "./names.ts";
import { aclOf, demand, namedFor, rightsOf } from "./rights.ts";
import { tellingShares } from "./share.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";
import { type AclRow, TABLES } from "./tables.ts";
import { tellRows } from "./tell_rows.ts";

type Get = MailboxContract["getAcl"];
type Set = MailboxContract["setAcl"];
type Delete = MailboxContract["deleteAcl"];
type List = MailboxContract["listRights"];
type My = MailboxContract["myRights"];

/** An account id, `anyone`, `authenticated` or `group:<address>`, maybe after a `-`. */
const IDENTIFIER = /^-?(?:group:[^\s@]+@[^\s@]+|[^\s:@-][^\s:@]*)$/;
const IDENTIFIER_CHARS = 330;

/** SETACL (RFC 4314 §3.1). Rights that come to nothing leave no entry; the owner has all and keeps them. */
export function setAcl(request: Set["request"], turn: MailboxTurn): Set["reply"] {
  const folder = namedFor(turn, request.name, request.as, "a");
  const identifier = checkedIdentifier(turn, request.entry.identifier);
  const given = readRights(request.entry.rights);
  const before = aclOf(turn, folder.id).get(identifier) ?? "";
  const rights = [...RIGHTS].filter((right) => {
    if (request.mode === "remove") return before.includes(right) && !given.includes(right);
    return given.includes(right) || (request.mode === "add" && before.includes(right));
  }).join("");
  if (!rights) return dropEntry(turn, folder, identifier);
  if (!before && aclOf(turn, folder.id).size >= LIMITS.aclEntries) {
    throw new Fault("limit", "the folder has too many rights of its own");
  }
  const row: AclRow = { folder: folder.id, identifier, rights };
  commitRows(turn, () => putRow(turn, TABLES, "acl", row));
  return {};
}

/** DELETEACL (RFC 4314 §3.2). Of an identifier without rights there is nothing to delete, which is no failure. */
export function deleteAcl(request: Delete["request"], turn: MailboxTurn): Delete["reply"] {
  const folder = namedFor(turn, request.name, request.as, "a");
  return dropEntry(turn, folder, checkedIdentifier(turn, request.identifier));
}

/** GETACL (RFC 4314 §3.3). */
export function getAcl(request: Get["request"], turn: MailboxTurn): Get["reply"] {
  const folder = namedFor(turn, request.name, request.as, "a");
  return { entries: [...aclOf(turn, folder.id)].map(([identifier, rights]) => ({ identifier, rights })) };
}

/** LISTRIGHTS (RFC 4314 §3.4): no right is tied to another one. */
export function listRights(request: List["request"], turn: MailboxTurn): List["reply"] {
  namedFor(turn, request.name, request.as, "a");
  return { always: request.identifier === turn.name ? RIGHTS : "" };
}

/** MYRIGHTS (RFC 4314 §3.5): told to everybody who has one of `l`, `r`, `i`, `k`, `x` and `a`. */
export function myRights(request: My["request"], turn: MailboxTurn): My["reply"] {
  const folder = namedFor(turn, request.name, request.as, "");
  demand(turn, folder, request.as, "lrikxa", true);
  return { rights: rightsOf(turn, folder, request.as) };
}

/** A new folder begins with the rights of the one above it; the changes are for the log. */
export function inheritAcl(turn: MailboxTurn, folder: Folder): RowChange[] {
  const { byName } = catalog(turn);
  const above = superiors(folder.name).reverse().find((name) => byName.has(name));
  if (above === undefined) return [];
  const rows = [...aclOf(turn, byName.get(above)!.id)].map(([identifier, rights]) => ({
    folder: folder.id,
    identifier,
    rights,
  } satisfies AclRow));
  return told(turn, rows.map((row) => putRow(turn, TABLES, "acl", row)));
}

/** The rights on a folder that is deleted go with it; the changes are for the log. */
export function dropAcl(turn: MailboxTurn, folder: FolderId): RowChange[] {
  const identifiers = [...aclOf(turn, folder).keys()];
  return tellingShares(turn, () => {
    return told(turn, identifiers.map((identifier) => removeRow(turn, TABLES, "acl", [folder, identifier])));
  });
}

/** Whether a stored identifier is one that could have been given. */
export function isIdentifier(text: string): boolean {
  return text.length <= IDENTIFIER_CHARS && IDENTIFIER.test(text);
}

function dropEntry(turn: MailboxTurn, folder: Folder, identifier: string): Record<string, never> {
  commitRows(turn, () => removeRow(turn, TABLES, "acl", [folder.id, identifier]));
  return {};
}

function commitRows(turn: MailboxTurn, change: () => RowChange | null): void {
  const made = tellingShares(turn, () => told(turn, [change()]));
  if (made.length) commitChanges(turn, made, []);
}

function told(turn: MailboxTurn, changes: (RowChange | null)[]): RowChange[] {
  const made = changes.filter((change) => change !== null);
  tellRows(turn, made);
  return made;
}

function checkedIdentifier(turn: MailboxTurn, identifier: string): string {
  if (!isIdentifier(identifier)) throw new Fault("invalid", "no such identifier");
  if (identifier.replace(/^-/, "") === turn.name) {
    throw new Fault("rejected", "the owner of a folder has all rights on it, and keeps them");
  }
  return identifier;
}

function readRights(text: string): string {
  try {
    return parseRights(text);
  } catch (error) {
    throw new Fault("invalid", (error as SyntaxError).message); // it throws nothing else
  }
}
