import { Fault } from "../../src/base/fault.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { inheritAcl } from "./acl.ts";
import { inheritSeen } from "./annotations.ts";
import { type Identity, type MailboxContract, PUBLIC_PREFIX } from "./contract.ts";
import type { FolderHead, LogChange } from "./log_change.ts";
import { folderInfo } from "./folders.ts";
import { commitChanges } from "./log.ts";
import { folderName, SEPARATOR, superiors } from "./names.ts";
import { demand, isOwner } from "./rights.ts";
import { madeFolders, tellList } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Create = MailboxContract["createFolder"];

/** Uses that a folder can be created for (RFC 6154 §2, RFC 8457); \All and \Flagged would be views, which we have not. */
const SPECIAL_USES = ["\\Archive", "\\Drafts", "\\Important", "\\Junk", "\\Sent", "\\Trash"];

/** CREATE (RFC 9051 §6.3.4): also makes missing superior names. One trailing separator says nothing and is dropped. */
export function createFolder(request: Create["request"], turn: MailboxTurn): Create["reply"] {
  const given = request.name.endsWith(SEPARATOR) ? request.name.slice(0, -1) : request.name;
  const name = folderName(given);
  const uses = createUses(turn, request.specialUse ?? []);
  demandAbove(turn, name, request.as);
  if (catalog(turn).byName.has(name)) throw new Fault("exists", "the folder exists already");
  const changes: LogChange[] = [];
  const folder = makeFolder(turn, name, uses, changes);
  commitChanges(turn, changes, []);
  tellList(turn, madeFolders(changes));
  if (turn.name.startsWith(PUBLIC_PREFIX)) askAddresses(turn, changes);
  return { folder: folderInfo(turn, folder) };
}

/** New folders of a public mailbox may get mail addresses (M08): the directory decides. */
export function askAddresses(turn: MailboxTurn, changes: readonly LogChange[]): void {
  for (const { name } of madeFolders(changes)) {
    turn.send("directory:main", "createPublicAddresses", { id: turn.name, folder: name });
  }
}

/** Who is not the owner needs `k` on the folder above (RFC 4314 §4); above the topmost there is only the owner. */
export function demandAbove(turn: MailboxTurn, name: string, as: Identity | undefined): void {
  if (isOwner(turn, as)) return;
  const { byName } = catalog(turn);
  const above = superiors(name).reverse().find((one) => byName.has(one));
  if (above === undefined) throw new Fault("denied", "only the owner makes folders at the top");
  demand(turn, byName.get(above)!, as, "k");
}

/** Makes a folder and the missing ones above it; what was made is added to `changes`. */
export function makeFolder(turn: MailboxTurn, name: string, uses: string[], changes: LogChange[]): Folder {
  makeSuperiors(turn, name, changes);
  return insertFolder(turn, name, uses, changes);
}

/** Makes the missing folders above a name. */
export function makeSuperiors(turn: MailboxTurn, name: string, changes: LogChange[]): void {
  const { byName } = catalog(turn);
  for (const above of superiors(name)) if (!byName.has(above)) insertFolder(turn, above, [], changes);
}

/** The log entry that tells all of a folder. */
export function folderChange(folder: Folder): LogChange {
  return {
    op: "folder",
    id: folder.id,
    name: folder.name,
    uidValidity: folder.uidValidity,
    specialUse: [...folder.specialUse],
    uidNext: folder.uidNext,
    modSeq: folder.highestModSeq,
  };
}

function insertFolder(turn: MailboxTurn, name: string, uses: string[], changes: LogChange[]): Folder {
  if (catalog(turn).byId.size >= LIMITS.folders) throw new Fault("limit", "too many folders");
  const id = newId(turn.nowMs, turn.random);
  const uidValidity = nextUidValidity(turn);
  const folder = addFolder(turn, { id, name, uidValidity, specialUse: uses, uidNext: 1, modSeq: 1 });
  changes.push(folderChange(folder), ...inheritAcl(turn, folder), ...inheritSeen(turn, folder));
  return folder;
}

/** Writes the row of an empty folder. */
export function addFolder(turn: MailboxTurn, head: FolderHead): Folder {
  const { byId, byName } = catalog(turn);
  const { id, name, uidValidity, specialUse } = head;
  const { lastId } = turn.db.run(
    "INSERT INTO folder (id, name, uid_validity, special_use, uid_next, highest_modseq) VALUES (?, ?, ?, ?, ?, ?)",
    id,
    name,
    uidValidity,
    specialUse.join(" "),
    head.uidNext,
    head.modSeq,
  );
  const folder: Folder = {
    fid: lastId,
    id,
    name,
    uidValidity,
    uidNext: head.uidNext,
    highestModSeq: head.modSeq,
    messages: 0,
    unseen: 0,
    deleted: 0,
    size: 0,
    recentFrom: 1,
    vanishedFrom: 1,
    changedFrom: 0,
    specialUse,
    forkFrom: 0,
    forkTo: 0,
    forkUid: 0,
  };
  byId.set(id, folder);
  byName.set(name, folder);
  return folder;
}

/** Takes note of a UIDVALIDITY that the other server gave. */
export function noteUidValidity(turn: MailboxTurn, given: number): void {
  turn.db.run("UPDATE meta SET value = max(value, ?) WHERE key = 'uid_validity'", given);
}

/**
 * Larger than any given before, so that a name made again never meets an old UIDVALIDITY (RFC 9051 §2.3.1.1). The lowest
 * bit is the server's, so that two that are cut off never give the same to folders of the same name.
 */
function nextUidValidity(turn: MailboxTurn): number {
  const { value } = turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'uid_validity'")!;
  const least = Math.max(Math.floor(turn.nowMs / 1000), value + 1);
  const next = least + (least % 2 === turn.node.slot ? 0 : 1);
  turn.db.run("UPDATE meta SET value = ? WHERE key = 'uid_validity'", next);
  return next;
}

/** Special uses that a new folder may have; throws `rejected` for the others. */
export function createUses(turn: MailboxTurn, given: readonly string[]): string[] {
  const uses: string[] = [];
  for (const use of given) {
    const known = SPECIAL_USES.find((name) => name.toLowerCase() === use.toLowerCase());
    if (!known) throw new Fault("rejected", `special use ${use} is not supported`);
    for (const folder of catalog(turn).byId.values()) {
      if (folder.specialUse.includes(known)) {
        throw new Fault("rejected", `${folder.name} is already used for ${known}`);
      }
    }
    if (!uses.includes(known)) uses.push(known);
  }
  return uses;
}
