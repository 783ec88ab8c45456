import type { FetchRow, FolderChanges } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import type { FetchAttribute } from "../../codec/imap/fetch_items.ts";
import { formatFlags } from "../../codec/imap/response.ts";
import {
  formatUidSet,
  uidCount,
  uidHas,
  uidIntersect,
  type UidSet,
  uidUnion,
} from "../../codec/imap/uid_set.ts";
import { removeVanished, updateContexts } from "./contexts.ts";
import { writeRows } from "./fetch.ts";
import { FetchWriter } from "./fetch_writer.ts";
import { permanentFlags, tellKeywords } from "./flag_lines.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";
import { askChanges } from "./shared_changes.ts";
import { fetchLine } from "./uid_only.ts";

/** What the moment allows. */
export interface UpdateOptions {
  /** Message numbers may change (RFC 9051 §7.5.1, RFC 7162 §3.2.10). */
  expunge: boolean;
  /** A UID command is being answered: FETCH responses carry the UID (RFC 9051 §6.4.9). */
  uid?: boolean;
  /** New messages may be claimed as \Recent, which costs a turn; IDLE leaves it to the next command. */
  recent?: boolean;
}

/**
 * Tells the client what happened in its folder, as far as the moment allows: asks the mailbox for changes only when
 * an event said that there are some. False when the mailbox is away for the moment: then the view stays behind.
 */
export async function sendUpdates(session: Session, options: UpdateOptions): Promise<boolean> {
  const view = session.view;
  if (!view) return true;
  const { notifier } = session;
  if (view.behind && notifier?.selected !== null) {
    const changes = await catchUp(session, view);
    if (!changes) return false;
    if (session.view !== view) return true;
    if (view.rightsUntold) await writeRights(session, view);
    writeChanges(session, view, changes, options);
    if (view.contexts.length) await updateContexts(session, view, changes);
    const attributes = notifier?.selected?.attributes;
    if (attributes) await writeNew(session, view, notifier.strangers(changes.added), attributes);
  }
  removeVanished(session, view);
  if (options.expunge) writeVanished(session, view);
  if (options.recent && view.unclaimedRecent) await claimRecent(session, view);
  return true;
}

/** What may be changed has changed while the folder is open (RFC 9051 §7.1: READ-ONLY, READ-WRITE, PERMANENTFLAGS). */
async function writeRights(session: Session, view: FolderView): Promise<void> {
  const { name, readOnly, rights } = view;
  let keywords: string[];
  try {
    ({ keywords } = await session.selected.ask("select", { name, claimRecent: false, withoutUids: true }));
  } catch (error) {
    if (error instanceof Fault) return; // another time
    throw error;
  }
  view.rightsUntold = false;
  session.write(`${permanentFlags(readOnly ? null : keywords, rights)}\r\n`);
  session.write(`* OK [${readOnly ? "READ-ONLY" : "READ-WRITE"}] Your rights are ${rights} now\r\n`);
}

async function catchUp(session: Session, view: FolderView): Promise<FolderChanges | null> {
  const fresh = view.startCatchUp();
  try {
    return await askChanges(session, view, fresh);
  } catch (error) {
    if (error instanceof Fault && (error.code === "denied" || error.code === "not_found")) {
      session.stop("You may no longer read the selected folder");
    }
    view.markStale();
    if (!(error instanceof Fault)) throw error;
    session.log.warn("imap.changes", { error: error.message, code: error.code });
    return null;
  }
}

function writeChanges(
  session: Session,
  view: FolderView,
  changes: FolderChanges,
  options: UpdateOptions,
): void {
  if (changes.gone) session.stop("Selected folder was deleted");
  view.vanish(changes.vanished);
  if (options.expunge) writeVanished(session, view);
  let added: number;
  try {
    added = view.append(changes.added);
  } catch (error) {
    if (error instanceof RangeError) session.stop("Selected folder was renumbered");
    throw error;
  }
  if (added) {
    session.write(`* ${view.count} EXISTS\r\n`);
    // One that came just before an earlier claim of \Recent was taken along with it.
    if (uidIntersect(view.recent, changes.added).length) writeRecent(session, view);
    if (changes.recent && !view.readOnly && !session.rev2) view.unclaimedRecent = true;
  }
  view.uidNext = Math.max(view.uidNext, changes.uidNext);
  tellKeywords(session, view, changes.changed);
  let text = "";
  for (const row of changes.changed) {
    if (session.notifier?.selected?.flags === false) break; // RFC 5465 §5.1
    if (view.isOwn(row.modSeq) || uidHas(changes.added, row.uid)) continue;
    const seq = view.seqOf(row.uid);
    if (seq) text += formatUpdate(session, view, row, seq, options.uid ?? false);
  }
  view.finishCatchUp(changes.highestModSeq, changes.changed);
  if (text) session.write(text);
}

/** What NOTIFY wants to know of new messages (RFC 5465 §5.2). */
async function writeNew(
  session: Session,
  view: FolderView,
  added: UidSet,
  attributes: FetchAttribute[],
): Promise<void> {
  const uids = uidIntersect(added, view.uids);
  if (uids.length) {
    await writeRows(session, new FetchWriter(session, view, attributes), uids, attributes, undefined, null);
  }
}

/** An unsolicited FETCH of a message's flags. */
function formatUpdate(session: Session, view: FolderView, row: FetchRow, seq: number, uid: boolean): string {
  const flags = formatFlags(row.flags, row.keywords, uidHas(view.recent, row.uid));
  const withUid = uid || session.uidInUpdates || session.notifier;
  const id = withUid && !session.uidOnly ? `UID ${row.uid} ` : "";
  const modSeq = session.condstore ? ` MODSEQ (${row.modSeq})` : "";
  return `${fetchLine(session, seq, row.uid)}${id}FLAGS ${flags}${modSeq})\r\n`;
}

/**
 * Tells of gone messages: VANISHED once QRESYNC (RFC 7162 §3.2.10) or UIDONLY (RFC 9586 §3) is on, else one EXPUNGE each, from the highest
 * number down so that no number has to be counted anew.
 */
function writeVanished(session: Session, view: FolderView): void {
  removeVanished(session, view);
  const { uids, seqs } = view.takeVanished();
  if (!uids.length) return;
  if (session.qresync || session.uidOnly) return session.write(`* VANISHED ${formatUidSet(uids)}\r\n`);
  let text = "";
  for (let i = seqs.length - 2; i >= 0; i -= 2) {
    for (let seq = seqs[i + 1]; seq >= seqs[i]; seq--) text += `* ${seq} EXPUNGE\r\n`;
  }
  session.write(text);
}

/** Takes the \Recent mark of new messages for this session (RFC 3501 §2.3.2) and tells the count. */
async function claimRecent(session: Session, view: FolderView): Promise<void> {
  view.unclaimedRecent = false;
  try {
    const request = { name: view.name, claimRecent: true, withoutUids: true as const };
    const { status, recent } = await session.selected.ask("select", request);
    if (status.id !== view.id || !recent.length) return;
    view.recent = uidUnion(view.recent, recent);
    writeRecent(session, view);
  } catch (error) {
    if (!(error instanceof Fault)) throw error; // renamed or busy: \Recent is a courtesy
  }
}

function writeRecent(session: Session, view: FolderView): void {
  session.write(`* ${uidCount(uidIntersect(view.recent, view.uids))} RECENT\r\n`);
}
