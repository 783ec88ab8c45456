import type { FolderInfo } from "../../actors/mailbox/contract.ts";
import type { ActorAddress } from "../../src/actor/actor.ts";
import { uidList, type UidSet, uidSet } from "../../src/codec/imap/uid_set.ts";
import type { Promised } from "./ledger.ts";
import type { SimNode } from "./node.ts";
import type { World } from "./world.ts";

/** A folder with its rows as a session of this server sees them. */
export interface Opened {
  folder: FolderInfo;
  uids: UidSet;
  /** EMAILID by UID. */
  ids: Map<number, string>;
}

/** Reads a folder; a random one without a name. */
export async function open(
  world: World,
  node: SimNode,
  to: ActorAddress,
  name?: string,
): Promise<Opened | null> {
  const list = await world.ask(node, to, "listFolders", {});
  if (!list) return null;
  const named = list.folders.filter((folder) => name === undefined ? true : folder.name === name);
  if (!named.length) return null;
  const busy = world.dice.chance(0.6) ? named.filter((folder) => folder.name === "INBOX") : named;
  const folder = world.dice.pick(busy.length ? busy : named);
  const page = await world.ask(node, to, "fetch", {
    folder: folder.id,
    uids: [1, 0xffffffff],
    items: { emailId: true },
  });
  if (!page) return null;
  const ids = new Map(page.rows.map((row) => [row.uid, row.emailId!]));
  for (const [uid, id] of ids) world.ledger.sawUid(node.id, folder.id, folder.uidValidity, uid, id);
  return { folder, uids: uidSet(ids.keys()), ids };
}

/** Some of its messages. */
export function some(world: World, { ids }: Opened): UidSet {
  const all = [...ids.keys()];
  const probability = world.dice.pick([0.1, 0.5, 1]);
  const chosen = all.filter(() => world.dice.chance(probability));
  return uidSet(chosen.length ? chosen : all.length ? [world.dice.pick(all)] : []);
}

/** What was promised of them. */
export function promisedOf(world: World, opened: Opened, uids: UidSet): Promised[] {
  return [...uidList(uids)].map((uid) => world.ledger.messages.get(opened.ids.get(uid)!))
    .filter((promised) => promised !== undefined);
}
