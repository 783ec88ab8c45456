import { Fault } from "../../src/base/fault.ts";
import { newId } from "../../src/base/id.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { LogChange, MailboxContract } from "./contract.ts";
import { folderInfo } from "./folders.ts";
import { commitChanges } from "./log.ts";
import { folderName, SEPARATOR, superiors } from "./names.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Create = MailboxContract["createFolder"];

/** Uses that a folder can be created for (RFC 6154 §2, RFC 8457); \All and \Flagged would be views, which we have not. */
const SPECIAL_USES = ["\\Archive", "\\Drafts", "\\Important", "\\Junk", "\\Sent", "\\Trash"];

/** CREATE (RFC 9051 §6.3.4): also makes missing superior names. One trailing separator says nothing and is dropped. */
export function createFolder(request: Create["request"], turn: MailboxTurn): Create["reply"] {
  const given = request.name.endsWith(SEPARATOR) ? request.name.slice(0, -1) : request.name;
  const name = folderName(given);
  const uses = checkedUses(turn, request.specialUse ?? []);
  if (catalog(turn).byName.has(name)) throw new Fault("exists", "the folder exists already");
  const changes: LogChange[] = [];
  const folder = makeFolder(turn, name, uses, changes);
  commitChanges(turn, changes, []);
  turn.publish("folders", {});
  return { folder: folderInfo(turn, folder) };
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
  const { byId, byName } = catalog(turn);
  if (byId.size >= LIMITS.folders) throw new Fault("limit", "too many folders");
  const id = newId(turn.nowMs, turn.random);
  const uidValidity = nextUidValidity(turn);
  const { lastId } = turn.db.run(
    "INSERT INTO folder (id, name, uid_validity, special_use) VALUES (?, ?, ?, ?)",
    id,
    name,
    uidValidity,
    uses.join(" "),
  );
  const folder: Folder = {
    fid: lastId,
    id,
    name,
    uidValidity,
    uidNext: 1,
    highestModSeq: 1,
    messages: 0,
    unseen: 0,
    deleted: 0,
    size: 0,
    recentFrom: 1,
    vanishedFrom: 1,
    specialUse: uses,
  };
  byId.set(id, folder);
  byName.set(name, folder);
  changes.push(folderChange(folder));
  return folder;
}

/** Larger than any given before, so that a name made again never meets an old UIDVALIDITY (RFC 9051 §2.3.1.1). */
function nextUidValidity(turn: MailboxTurn): number {
  const { value } = turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'uid_validity'")!;
  const next = Math.max(Math.floor(turn.nowMs / 1000), value + 1);
  turn.db.run("UPDATE meta SET value = ? WHERE key = 'uid_validity'", next);
  return next;
}

function checkedUses(turn: MailboxTurn, given: readonly string[]): string[] {
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
