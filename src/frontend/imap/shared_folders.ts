import type { FolderInfo, FolderStatus } from "../../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../actor/actor.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { fullName, locate, type Place, placesOf } from "./place.ts";
import type { Session } from "./session.ts";
import { sharingOf } from "./sharing.ts";

/** Folders of others that LIST patterns may mean, under their full names. A mailbox that is away shows none. */
export async function sharedFolders(session: Session, patterns: readonly string[]): Promise<FolderInfo[]> {
  if (!patterns.some((pattern) => mayReach(pattern, "#"))) return [];
  const places = placesOf(session, await sharingOf(session.context).sources(session.user.id));
  const wanted = places.filter(({ prefix }) => patterns.some((pattern) => mayReach(pattern, prefix)));
  const folders: FolderInfo[] = [];
  for (let at = 0; at < wanted.length; at += LIMITS.sharedAsks) {
    const lists = wanted.slice(at, at + LIMITS.sharedAsks).map((place) => foldersOf(session, place));
    folders.push(...(await Promise.all(lists)).flat());
  }
  return folders;
}

async function foldersOf(session: Session, place: Place): Promise<FolderInfo[]> {
  try {
    const { folders } = await place.mailbox.ask("listFolders", {});
    // What the owner uses a folder for says nothing about this user's.
    return folders.filter(({ name }) => name.startsWith(place.root))
      .map((folder) => ({ ...folder, name: fullName(place, folder.name), specialUse: [] }));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    session.log.warn("imap.shared", {
      mailbox: place.mailbox.address,
      error: error.message,
      code: error.code,
    });
    return [];
  }
}

/** Whether a pattern could match a name that begins like this, or a level above one. */
function mayReach(pattern: string, prefix: string): boolean {
  const wildcard = pattern.search(/[*%]/);
  const literal = wildcard < 0 ? pattern : pattern.slice(0, wildcard);
  return literal.startsWith(prefix) || prefix.startsWith(literal);
}

/** A folder's STATUS and where it is. */
export interface PlacedStatus {
  folder: FolderStatus;
  place: Place;
}

/** STATUS of many folders by full name, one question a mailbox; those that cannot be read are left out. */
export async function statusesOf(
  session: Session,
  names: readonly string[],
): Promise<Map<string, PlacedStatus>> {
  const found = new Map<string, PlacedStatus>();
  for (const { place, names: inside } of await byMailbox(session, names)) {
    const { folders } = await place.mailbox.ask("statuses", { names: inside });
    for (const folder of folders) found.set(fullName(place, folder.name), { folder, place });
  }
  return found;
}

/** Where a name leads; null when what was shared there is not any more. */
async function placeOf(session: Session, name: string): Promise<Place | null> {
  try {
    return await locate(session, name);
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return null;
    throw error;
  }
}

/** Folders by full name, grouped by the mailbox that they are in, under their names there; those that are gone are left out. */
export async function byMailbox(
  session: Session,
  names: readonly string[],
): Promise<{ place: Place; names: string[] }[]> {
  const groups = new Map<ActorAddress, { place: Place; names: string[] }>();
  for (const name of names) {
    const place = await placeOf(session, name);
    if (!place) continue;
    const group = groups.get(place.mailbox.address) ?? { place, names: [] };
    groups.set(place.mailbox.address, group);
    group.names.push(place.name);
  }
  return [...groups.values()];
}
