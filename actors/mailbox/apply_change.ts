import { Fault } from "../../src/base/fault.ts";
import { writeHome } from "../../src/actor/replica.ts";
import { applyRow } from "../../src/actor/rows.ts";
import { uidSubtract } from "../../src/codec/imap/uid_set.ts";
import { noteChanged } from "./changed_runs.ts";
import { addFolder, noteUidValidity } from "./create.ts";
import { countContents, shareContent } from "./content_refs.ts";
import type { FolderListChange } from "./contract.ts";
import type { FolderHead, LogChange, MessageChange } from "./log_change.ts";
import { dropFolder } from "./delete.ts";
import { contentOf } from "./exchange.ts";
import { noteExpunged, removeMessages } from "./expunge.ts";
import { registerKeywords } from "./flags.ts";
import { setSubscription } from "./folders.ts";
import { countMessage, insertMessageRow } from "./message_row.ts";
import { appendSpan, existingOf } from "./spans.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";
import { changeFlags } from "./change_flags.ts";
import { TABLES } from "./tables.ts";
import { tellList } from "./tell_folders.ts";
import { tellRows } from "./tell_rows.ts";

/** The bytes of messages while entries of the other server are applied. */
export interface Bytes {
  /** Gone from the other server, too: later entries remove their messages. */
  absent: ReadonlySet<string>;
  /** How many uses of each content end; whoever applies the entries releases them at last. */
  leaving: Map<number, number>;
}

/** Notes that uses of contents end. */
export function leave(leaving: Map<number, number>, contents: ReadonlyMap<number, number>): void {
  for (const [id, count] of contents) leaving.set(id, (leaving.get(id) ?? 0) + count);
}

/** Does what a log entry of the other server says, exactly; answers the folder whose counters are to be written. */
export function applyChange(turn: MailboxTurn, change: LogChange, bytes: Bytes): Folder | null {
  switch (change.op) {
    case "folder":
      return applyFolder(turn, change);
    case "folder-gone": {
      const folder = catalog(turn).byId.get(change.id);
      if (folder) leave(bytes.leaving, dropFolder(turn, folder));
      return null;
    }
    case "subscription":
      setSubscription(turn, change.name, change.on);
      tellList(turn, [{ kind: change.on ? "subscribed" : "unsubscribed", name: change.name }]);
      return null;
    case "message":
      return applyMessage(turn, change, bytes);
    case "flags": {
      const folder = folderOf(turn, change.folder);
      changeFlags(turn, folder, change);
      folder.highestModSeq = change.modSeq;
      return folder;
    }
    case "expunge": {
      const folder = folderOf(turn, change.folder);
      const gone = existingOf(turn.db, folder.fid, change.uids);
      const contents = countContents(turn, folder.fid, gone);
      if (gone.length) removeMessages(turn, folder, gone, change.modSeq);
      // Messages that came and went on the other side: its clients may ask here what became of them.
      noteExpunged(turn, folder, uidSubtract(change.uids, gone), change.modSeq);
      leave(bytes.leaving, contents);
      folder.highestModSeq = change.modSeq;
      return folder;
    }
    case "row":
      applyRow(turn.db, TABLES, change);
      tellRows(turn, [change]);
      return null;
    case "home":
      writeHome(turn.db, { home: change.home, epoch: change.epoch });
      return null;
    case "join":
      throw new Fault("conflict", "a join stands alone in its entry");
  }
}

/** Makes a folder, or gives one another name. */
function applyFolder(turn: MailboxTurn, head: FolderHead): null {
  const { byId, byName } = catalog(turn);
  const folder = byId.get(head.id);
  noteUidValidity(turn, head.uidValidity);
  const from = folder?.name;
  if (!folder) addFolder(turn, head);
  else if (folder.name !== head.name || folder.specialUse.join(" ") !== head.specialUse.join(" ")) {
    turn.db.run(
      "UPDATE folder SET name = ?, special_use = ? WHERE fid = ?",
      head.name,
      head.specialUse.join(" "),
      folder.fid,
    );
    if (byName.get(folder.name) === folder) byName.delete(folder.name);
    folder.name = head.name;
    folder.specialUse = head.specialUse;
    byName.set(folder.name, folder);
  }
  const moved: FolderListChange = from === undefined
    ? { kind: "made", name: head.name }
    : { kind: "renamed", name: head.name, from };
  if (from !== head.name) tellList(turn, [moved]);
  return null;
}

function applyMessage(turn: MailboxTurn, change: MessageChange, { absent }: Bytes): Folder {
  const folder = folderOf(turn, change.folder);
  const content = contentOf(turn, change.hash);
  if (!content && !absent.has(change.hash)) throw new Fault("not_found", "a message has not come yet");
  if (content) insertMessage(turn, folder, change, content);
  folder.uidNext = change.uid + 1;
  folder.highestModSeq = change.modSeq;
  return folder;
}

function insertMessage(
  turn: MailboxTurn,
  folder: Folder,
  change: MessageChange,
  content: { id: number; thread_id: string },
): void {
  shareContent(turn, content.id);
  if (content.thread_id !== change.threadId) {
    turn.db.run("UPDATE content SET thread_id = ? WHERE id = ?", change.threadId, content.id);
  }
  registerKeywords(turn, change.keywords);
  insertMessageRow(turn, folder.fid, change, content.id);
  noteChanged(turn, folder, [change.uid, change.uid], change.modSeq);
  appendSpan(turn.db, folder.fid, change.uid, change.uid);
  countMessage(folder, change);
}

/** The folder of a change; a log that names an unknown one does not follow this state. */
function folderOf(turn: MailboxTurn, id: string): Folder {
  const folder = catalog(turn).byId.get(id);
  if (!folder) throw new Fault("conflict", "the log names a folder that is not here");
  return folder;
}
