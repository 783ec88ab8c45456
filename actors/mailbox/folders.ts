import { Fault } from "../../src/base/fault.ts";
import { uidCount } from "../../src/codec/imap/uid_set.ts";
import type { FolderInfo, FolderStatus, Identity, MailboxContract } from "./contract.ts";
import { folderName, SEPARATOR, subscriptionName } from "./names.ts";
import { readerOf, unseenCount } from "./own_seen.ts";
import { isOwner, namedFor, rightsOf } from "./rights.ts";
import { existingUids } from "./spans.ts";
import { catalog, type Folder, type MailboxTurn, messageCount, usedBytes } from "./state.ts";
import { tellList } from "./tell_folders.ts";
import { commitChanges } from "./log.ts";
import { LIMITS } from "../../src/base/limits.ts";

type List = MailboxContract["listFolders"];
type Status = MailboxContract["status"];
type Statuses = MailboxContract["statuses"];
type Subscribe = MailboxContract["subscribe"];
type Usage = MailboxContract["usage"];

/** The folder of a full name; throws `not_found`, and `invalid` for what can be no name. */
export function folderByName(turn: MailboxTurn, name: string): Folder {
  const folder = catalog(turn).byName.get(folderName(name));
  if (!folder) throw new Fault("not_found", "no such folder");
  return folder;
}

/** Whether folders lie below a name. */
export function hasInferiors(turn: MailboxTurn, name: string): boolean {
  const prefix = name + SEPARATOR;
  for (const other of catalog(turn).byName.keys()) if (other.startsWith(prefix)) return true;
  return false;
}

/** What LIST tells of a folder. */
export function folderInfo(turn: MailboxTurn, folder: Folder): FolderInfo {
  return describe(folder, isSubscribed(turn, folder.name));
}

/** What STATUS tells somebody of a folder (RFC 9051 §6.3.11). */
export function folderStatus(
  turn: MailboxTurn,
  folder: Folder,
  as: Identity | undefined,
): FolderStatus {
  return {
    ...folderInfo(turn, folder),
    uidNext: folder.uidNext,
    highestModSeq: folder.highestModSeq,
    messages: folder.messages,
    unseen: unseenCount(turn, folder, readerOf(turn, folder, as)),
    deleted: folder.deleted,
    recent: recentCount(turn, folder),
    size: folder.size,
  };
}

/** How many messages no session has taken as \Recent yet. */
export function recentCount(turn: MailboxTurn, folder: Folder): number {
  if (folder.recentFrom >= folder.uidNext) return 0;
  return uidCount(existingUids(turn.db, folder.fid, folder.recentFrom));
}

/**
 * INBOX first, then by name; subscriptions sorted too. Others than the owner see what they have `l` on, and no
 * subscriptions: everybody's stand in the own mailbox.
 */
export function listFolders({ as }: List["request"], turn: MailboxTurn): List["reply"] {
  if (!isOwner(turn, as)) return { folders: visibleFolders(turn, as), subscriptions: [] };
  const subscriptions = turn.db.tuples<[string]>("SELECT name FROM subscription ORDER BY name").flat();
  const subscribed = new Set(subscriptions);
  const folders = [...catalog(turn).byId.values()].sort(byName);
  return { folders: folders.map((folder) => describe(folder, subscribed.has(folder.name))), subscriptions };
}

function visibleFolders(turn: MailboxTurn, as: Identity | undefined): FolderInfo[] {
  const folders = [...catalog(turn).byId.values()].sort(byName);
  return folders.map((folder) => ({ ...describe(folder, false), rights: rightsOf(turn, folder, as) }))
    .filter(({ rights }) => rights.includes("l"));
}

/** STATUS of one folder. */
export function status(request: Status["request"], turn: MailboxTurn): Status["reply"] {
  return folderStatus(turn, namedFor(turn, request.name, request.as, "r"), request.as);
}

/** STATUS of many, for LIST-STATUS (RFC 5819); names that are no folder, or no readable one, are left out. */
export function statuses(request: Statuses["request"], turn: MailboxTurn): Statuses["reply"] {
  const { byName } = catalog(turn);
  const folders: FolderStatus[] = [];
  for (const name of request.names.slice(0, LIMITS.folders)) {
    const folder = byName.get(name);
    if (!folder || !rightsOf(turn, folder, request.as).includes("r")) continue;
    folders.push(folderStatus(turn, folder, request.as));
  }
  return { folders };
}

/**
 * SUBSCRIBE and UNSUBSCRIBE. A name must stand for something when it is added (RFC 9051 §6.3.7 lets us check); those of
 * other mailboxes are not looked at.
 */
export function subscribe(request: Subscribe["request"], turn: MailboxTurn): Subscribe["reply"] {
  const name = subscriptionName(request.name);
  if (isSubscribed(turn, name) === request.on) return {};
  if (request.on) {
    if (!name.startsWith("#") && !catalog(turn).byName.has(name) && !hasInferiors(turn, name)) {
      throw new Fault("not_found", "no such folder");
    }
    const count = turn.db.get<{ n: number }>("SELECT count(*) AS n FROM subscription")!.n;
    if (count >= LIMITS.folders) throw new Fault("limit", "too many subscriptions");
  }
  setSubscription(turn, name, request.on);
  commitChanges(turn, [{ op: "subscription", name, on: request.on }], []);
  tellList(turn, [{ kind: request.on ? "subscribed" : "unsubscribed", name }]);
  return {};
}

/** Adds or removes a name. */
export function setSubscription(turn: MailboxTurn, name: string, on: boolean): void {
  if (on) turn.db.run("INSERT OR IGNORE INTO subscription (name) VALUES (?)", name);
  else turn.db.run("DELETE FROM subscription WHERE name = ?", name);
}

/** RFC 9208 figures. */
export function usage(_request: Usage["request"], turn: MailboxTurn): Usage["reply"] {
  return { bytes: usedBytes(turn), messages: messageCount(turn), folders: catalog(turn).byId.size };
}

function isSubscribed(turn: MailboxTurn, name: string): boolean {
  return turn.db.get("SELECT 1 FROM subscription WHERE name = ?", name) !== undefined;
}

function describe(folder: Folder, subscribed: boolean): FolderInfo {
  return {
    id: folder.id,
    name: folder.name,
    uidValidity: folder.uidValidity,
    specialUse: [...folder.specialUse],
    subscribed,
  };
}

function byName(a: Folder, b: Folder): number {
  if (a.name === "INBOX" || b.name === "INBOX") return a.name === b.name ? 0 : a.name === "INBOX" ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
