import { Fault } from "../../src/base/fault.ts";
import { type Identity, type MailboxContract, PUBLIC_PREFIX } from "./contract.ts";
import { folderByName } from "./folders.ts";
import { rightsOf } from "./rights.ts";
import type { LogChange } from "./log_change.ts";
import { emailId } from "./content.ts";
import { makeFolder } from "./create.ts";
import { filterDelivery } from "./filter_delivery.ts";
import { checkRoom, fileMessage } from "./file_message.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { folderName } from "./names.ts";
import { madeFolders, tellList } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Deliver = MailboxContract["deliver"];
type MayPost = MailboxContract["mayPost"];

/** Final delivery of one message, by the mailbox's scripts where there are some. A missing folder is made; repeats of the request id are answered by the host. */
export function deliver(request: Deliver["request"], turn: MailboxTurn): Deliver["reply"] {
  const { message, limits, filter } = request;
  const filtered = filter && filterDelivery(request, filter, turn);
  if (filtered) return filtered;
  checkRoom(turn, [message.raw.length], limits);
  const changes: LogChange[] = [];
  const folder = request.as || turn.name.startsWith(PUBLIC_PREFIX)
    ? postable(turn, request.folder, request.as)
    : wantedFolder(turn, request.folder, changes);
  const stamp = nextModSeq(turn, folder);
  const { uid, hash, change } = fileMessage(turn, folder, stamp.modSeq, message);
  changes.push(change);
  commitChanges(turn, changes, [folder]);
  return { folder: folder.name, uid, uidValidity: folder.uidValidity, emailId: emailId(hash) };
}

/** Whether somebody may send mail to a folder's address. */
export function mayPost({ name, as }: MayPost["request"], turn: MailboxTurn): MayPost["reply"] {
  postable(turn, name, as);
  return {};
}

/**
 * A folder that has an address of its own takes mail of those with `p` (RFC 4314 §4): `anyone` are people outside. Who
 * may not is told so, as whoever writes to an address knows that it is there.
 */
function postable(turn: MailboxTurn, name: string, as: Identity | undefined): Folder {
  const folder = folderByName(turn, name);
  if (!rightsOf(turn, folder, as).includes("p")) {
    throw new Fault("denied", "the folder takes no mail from you");
  }
  return folder;
}

function wantedFolder(turn: MailboxTurn, given: string, changes: LogChange[]): Folder {
  const { byName } = catalog(turn);
  const known = byName.get(given);
  if (known) return known;
  const name = given === "" ? "INBOX" : folderName(given);
  const folder = byName.get(name);
  if (folder) return folder;
  const made = makeFolder(turn, name, [], changes);
  tellList(turn, madeFolders(changes));
  return made;
}
