import { Fault } from "../../src/base/fault.ts";
import { dropAcl } from "./acl.ts";
import type { MailboxContract } from "./contract.ts";
import { removeAnnotations } from "./annotations.ts";
import { countContents, releaseContents } from "./content_refs.ts";
import { hasInferiors } from "./folders.ts";
import { commitChanges } from "./log.ts";
import { folderName } from "./names.ts";
import { demand, isOwner } from "./rights.ts";
import { tellList } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Delete = MailboxContract["deleteFolder"];

/**
 * DELETE (RFC 9051 §6.3.5). A folder with others below it may be deleted: its messages and its row go, and LIST shows
 * the name as \NonExistent for as long as something lies below; deleting such a name again is refused.
 */
export function deleteFolder(request: Delete["request"], turn: MailboxTurn): Delete["reply"] {
  const name = folderName(request.name);
  const folder = catalog(turn).byName.get(name);
  if (folder) demand(turn, folder, request.as, "x");
  if (name === "INBOX") throw new Fault("denied", "INBOX cannot be deleted");
  if (!folder) {
    if (isOwner(turn, request.as) && hasInferiors(turn, name)) {
      throw new Fault("conflict", "the name has folders below it");
    }
    throw new Fault("not_found", "no such folder");
  }
  const annotations = removeAnnotations(turn, folder);
  releaseContents(turn, dropFolder(turn, folder));
  const rights = dropAcl(turn, folder.id);
  commitChanges(turn, [...annotations, ...rights, { op: "folder-gone", id: folder.id, name }], []);
  return { folder: folder.id };
}

/**
 * Removes a folder with all its rows, and tells watchers; the caller writes the log and releases the contents that it
 * gets back.
 */
export function dropFolder(turn: MailboxTurn, folder: Folder): ReadonlyMap<number, number> {
  const { byId, byName } = catalog(turn);
  const contents = countContents(turn, folder.fid, [1, 0xffffffff]);
  for (const table of ["message", "span", "expunged", "changed", "folder"]) {
    turn.db.run(`DELETE FROM ${table} WHERE fid = ?`, folder.fid);
  }
  turn.db.run("DELETE FROM annotation WHERE folder = ?", folder.id);
  turn.state.noted = null;
  byId.delete(folder.id);
  if (byName.get(folder.name) === folder) byName.delete(folder.name);
  turn.publish(`folder:${folder.id}`, { folder: folder.id, modSeq: folder.highestModSeq + 1, gone: true });
  tellList(turn, [{ kind: "gone", name: folder.name }]);
  return contents;
}
