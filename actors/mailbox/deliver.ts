import type { MailboxContract } from "./contract.ts";
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

/** Final delivery of one message, by the mailbox's scripts where there are some. A missing folder is made; repeats of the request id are answered by the host. */
export function deliver(request: Deliver["request"], turn: MailboxTurn): Deliver["reply"] {
  const { message, limits, filter } = request;
  const filtered = filter && filterDelivery(request, filter, turn);
  if (filtered) return filtered;
  checkRoom(turn, [message.raw.length], limits);
  const changes: LogChange[] = [];
  const folder = wantedFolder(turn, request.folder, changes);
  const stamp = nextModSeq(turn, folder);
  const { uid, hash, change } = fileMessage(turn, folder, stamp.modSeq, message);
  changes.push(change);
  commitChanges(turn, changes, [folder]);
  return { folder: folder.name, uid, uidValidity: folder.uidValidity, emailId: emailId(hash) };
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
