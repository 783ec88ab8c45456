import { Fault } from "../../src/base/fault.ts";
import { RIGHTS } from "../../src/codec/imap/rights.ts";
import { type MailboxContract, PUBLIC_PREFIX } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { copyAnnotations } from "./annotations.ts";
import { moveMessages } from "./copy.ts";
import { demandAbove, folderChange, makeFolder, makeSuperiors } from "./create.ts";
import { folderInfo } from "./folders.ts";
import { commitChanges } from "./log.ts";
import { folderName, SEPARATOR } from "./names.ts";
import { flagRights, isOwner, namedFor } from "./rights.ts";
import { existingUids } from "./spans.ts";
import { madeFolders, tellList } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Rename = MailboxContract["renameFolder"];

/**
 * RENAME (RFC 9051 §6.3.6): folders below go along, missing superior names of the target are made, ids, UIDs and
 * UIDVALIDITY stay. Subscriptions are names and stay as they are. A name that has folders below it but is none itself
 * may be the target, as for CREATE.
 */
export function renameFolder(request: Rename["request"], turn: MailboxTurn): Rename["reply"] {
  const source = namedFor(turn, request.from, request.as, "x");
  const to = folderName(request.to);
  demandAbove(turn, to, request.as);
  if (source.name === "INBOX" && !isOwner(turn, request.as)) {
    throw new Fault("denied", "only the owner renames INBOX");
  }
  if (catalog(turn).byName.has(to)) throw new Fault("exists", "a folder of that name exists already");
  const changes: LogChange[] = [];
  if (source.name === "INBOX") return { folder: folderInfo(turn, renameInbox(turn, source, to)) };
  if (to.startsWith(source.name + SEPARATOR)) {
    throw new Fault("invalid", "a folder cannot be moved below itself");
  }
  const { byName } = catalog(turn);
  const from = source.name, prefix = from + SEPARATOR;
  // The shortest first: one that moves up may get the name of the one above it.
  const moving = [source, ...[...byName.values()].filter(({ name }) => name.startsWith(prefix))]
    .sort((a, b) => a.name.length - b.name.length);
  const names = moving.map((folder) => folderName(to + folder.name.slice(from.length)));
  const leaving = new Set(moving.map(({ name }) => name));
  if (names.some((name) => byName.has(name) && !leaving.has(name))) {
    throw new Fault("exists", "a folder below that name exists already");
  }
  makeSuperiors(turn, to, changes);
  const above = madeFolders(changes);
  if (turn.name.startsWith(PUBLIC_PREFIX)) {
    moving.forEach(({ name }, i) => tellAddresses(turn, name, names[i]));
  }
  for (const folder of moving) byName.delete(folder.name);
  moving.forEach((folder, i) => {
    turn.db.run("UPDATE folder SET name = ? WHERE fid = ?", names[i], folder.fid);
    folder.name = names[i];
    byName.set(folder.name, folder);
    changes.push(folderChange(folder));
  });
  commitChanges(turn, changes, []);
  tellList(turn, [...above, { kind: "renamed", name: source.name, from }]);
  return { folder: folderInfo(turn, source) };
}

/** Mail addresses of a public folder lead to it under its new name. */
function tellAddresses(turn: MailboxTurn, from: string, to: string): void {
  turn.send("directory:main", "updatePublicAddresses", { id: turn.name, from, to });
}

/** RENAME INBOX: its messages move to a new folder, INBOX stays and is empty; folders below it and annotations stay. */
function renameInbox(turn: MailboxTurn, inbox: Folder, to: string): Folder {
  const changes: LogChange[] = [];
  const target = makeFolder(turn, to, [], changes);
  copyAnnotations(turn, inbox, target, changes);
  const uids = existingUids(turn.db, inbox.fid);
  if (uids.length) {
    const may = flagRights(RIGHTS);
    moveMessages(turn, { origin: inbox, target, move: true, as: undefined, may }, uids, changes);
    commitChanges(turn, changes, [inbox, target]);
  } else commitChanges(turn, changes, []);
  tellList(turn, madeFolders(changes));
  return target;
}
