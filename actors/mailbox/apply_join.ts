import { replaceAll, writeJoined } from "../../src/actor/rows.ts";
import { Fault } from "../../src/base/fault.ts";
import { appendUid, type UidSet, uidSet, uidSubtract, uidUnion } from "../../src/codec/imap/uid_set.ts";
import { type Bytes, leave } from "./apply_change.ts";
import { forgetChanged } from "./changed_runs.ts";
import { FLAG, type FolderListChange } from "./contract.ts";
import { addFolder, noteUidValidity } from "./create.ts";
import { countContents, shareContent } from "./content_refs.ts";
import type { JoinChange, JoinFolder, JoinRow } from "./log_change.ts";
import { dropFolder } from "./delete.ts";
import { contentOf } from "./exchange.ts";
import { countersOf, noteExpunged } from "./expunge.ts";
import { registerKeywords } from "./flags.ts";
import { setSubscription } from "./folders.ts";
import { insertMessageRow } from "./message_row.ts";
import { existingOf, existingUids, writeSpans } from "./spans.ts";
import { catalog, type Folder, type MailboxTurn, saveFolder } from "./state.ts";
import { TABLES } from "./tables.ts";
import { tellFolder, tellList } from "./tell_folders.ts";
import { tellRows } from "./tell_rows.ts";

/**
 * Brings a mailbox to what a join says, on the server that made it and on the other one alike. The caller writes the
 * log and releases the bytes. Fault `not_found` when those of a message are not here yet; a message whose bytes are
 * absent is left out.
 */
export function applyJoin(turn: MailboxTurn, join: JoinChange, { absent, leaving }: Bytes): void {
  noteUidValidity(turn, join.uidValidity);
  turn.state.contents = null;
  const { byId } = catalog(turn);
  const names = new Map([...byId].map(([id, { name }]) => [id, name]));
  arrangeFolders(turn, join, leaving);
  for (const told of join.folders) {
    const head = { ...told, rows: told.rows.filter((row) => !absent.has(row[7]) || contentOf(turn, row[7])) };
    const folder = byId.get(head.id)!;
    if (join.branch) joinFolder(turn, folder, head, head.gone, head.gone, leaving);
    else {
      const all = existingUids(turn.db, folder.fid);
      joinFolder(turn, folder, head, all, uidSubtract(all, rowUids(head)), leaving);
    }
  }
  if (!join.branch) turn.db.run("DELETE FROM subscription");
  for (const { name, on } of join.subscriptions) setSubscription(turn, name, on);
  tellList(turn, join.branch ? listChanges(turn, names, join) : null);
  if (join.branch) writeJoined(turn.db, TABLES, join.rows);
  else replaceAll(turn.db, TABLES, join.rows);
  tellRows(turn, join.branch ? join.rows : Object.keys(TABLES).map((table) => ({ table })));
}

/** What the join did to the list of folders, whose names were `before` by id. */
function listChanges(
  turn: MailboxTurn,
  before: ReadonlyMap<string, string>,
  join: JoinChange,
): FolderListChange[] {
  const { byId } = catalog(turn);
  const changes: FolderListChange[] = [];
  for (const [id, from] of before) {
    const name = byId.get(id)?.name;
    if (name === undefined) changes.push({ kind: "gone", name: from });
    else if (name !== from) changes.push({ kind: "renamed", name, from });
  }
  for (const { id, name } of byId.values()) if (!before.has(id)) changes.push({ kind: "made", name });
  for (const { name, on } of join.subscriptions) {
    changes.push({ kind: on ? "subscribed" : "unsubscribed", name });
  }
  return changes;
}

/** Removes folders that are gone, makes new ones, and gives every one its name; names may change places. */
function arrangeFolders(turn: MailboxTurn, join: JoinChange, leaving: Map<number, number>): void {
  const { byId, byName } = catalog(turn);
  const wanted = new Map(join.folders.map((head) => [head.id, head]));
  for (const folder of [...byId.values()]) {
    if (!wanted.has(folder.id)) leave(leaving, dropFolder(turn, folder));
  }
  const moving = [...byId.values()].filter((folder) => wanted.get(folder.id)!.name !== folder.name);
  const rename = (folder: Folder, name: string) => {
    turn.db.run("UPDATE folder SET name = ? WHERE fid = ?", name, folder.fid);
    folder.name = name;
  };
  for (const folder of moving) {
    byName.delete(folder.name);
    rename(folder, `\u0000${folder.id}`);
  }
  for (const folder of moving) {
    rename(folder, wanted.get(folder.id)!.name);
    byName.set(folder.name, folder);
  }
  for (const head of join.folders) {
    const folder = byId.get(head.id);
    if (!folder) {
      // What went before it came (back) is not remembered run by run.
      addFolder(turn, head).vanishedFrom = head.modSeq;
    } else if (folder.specialUse.join(" ") !== head.specialUse.join(" ")) {
      folder.specialUse = head.specialUse;
      turn.db.run("UPDATE folder SET special_use = ? WHERE fid = ?", head.specialUse.join(" "), folder.fid);
    }
  }
}

/** `removed` rows make way, some for their like; `gone` is what clients are told. */
function joinFolder(
  turn: MailboxTurn,
  folder: Folder,
  head: JoinFolder,
  removed: UidSet,
  gone: UidSet,
  leaving: Map<number, number>,
): void {
  const { db } = turn;
  folder.forkFrom = folder.forkTo = folder.forkUid = 0;
  const same = folder.uidNext === head.uidNext && folder.highestModSeq === head.modSeq;
  if (!head.rows.length && !removed.length && same) return saveFolder(turn, folder);
  const going = existingOf(db, folder.fid, removed);
  leave(leaving, countContents(turn, folder.fid, going));
  for (let i = 0; i < going.length; i += 2) {
    db.run("DELETE FROM message WHERE fid = ? AND uid BETWEEN ? AND ?", folder.fid, going[i], going[i + 1]);
  }
  const left = uidSubtract(existingUids(db, folder.fid), going);
  for (const row of head.rows) putRow(turn, folder, row);
  writeSpans(db, folder.fid, uidUnion(left, rowUids(head)));
  folder.uidNext = head.uidNext;
  folder.highestModSeq = head.modSeq;
  forgetChanged(turn, folder);
  rememberGone(turn, folder, head, gone);
  Object.assign(folder, countersOf(turn, folder.fid, 1, 0xffffffff));
  saveFolder(turn, folder);
  tellFolder(turn, folder, null);
}

/** For QRESYNC (RFC 7162 §3.2): UIDs that went on either side are told to clients of both. */
function rememberGone(turn: MailboxTurn, folder: Folder, head: JoinFolder, gone: UidSet): void {
  if (folder.vanishedFrom < head.modSeq) noteExpunged(turn, folder, gone, head.modSeq);
}

/** A row that is here already keeps the moment of its birth: sessions of this server know it. */
function putRow(turn: MailboxTurn, folder: Folder, row: JoinRow): void {
  const [uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size, hash, threadId] = row;
  registerKeywords(turn, keywords);
  const content = contentOf(turn, hash);
  if (!content) throw new Fault("not_found", "a message has not come yet");
  if (content.thread_id !== threadId) {
    turn.db.run("UPDATE content SET thread_id = ? WHERE id = ?", threadId, content.id);
  }
  const known = turn.db.get<{ content_id: number }>(
    "SELECT content_id FROM message WHERE fid = ? AND uid = ?",
    folder.fid,
    uid,
  );
  if (known) {
    if (known.content_id !== content.id) throw new Error("a UID would name another message");
    turn.db.run(
      `UPDATE message SET modseq = ?, flags = ?, unseen = ?, keywords = ?, internal_ms = ?, save_ms = ?
       WHERE fid = ? AND uid = ?`,
      modSeq,
      flags,
      flags & FLAG.seen ? null : 1,
      keywords || null,
      internalDateMs,
      saveDateMs,
      folder.fid,
      uid,
    );
    return;
  }
  shareContent(turn, content.id);
  const message = { uid, modSeq, flags, keywords, internalDateMs, saveDateMs, size };
  insertMessageRow(turn, folder.fid, message, content.id);
}

function rowUids(head: JoinFolder): UidSet {
  const uids: number[] = [];
  let ascending = true;
  for (const [uid] of head.rows) {
    ascending &&= uids.length === 0 || uid > uids[uids.length - 1];
    if (ascending) appendUid(uids, uid);
  }
  return ascending ? uids : uidSet(head.rows.map(([uid]) => uid).sort((a, b) => a - b));
}
