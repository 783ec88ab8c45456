import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { formatFlags, formatMailbox } from "../../codec/imap/response.ts";
import { hasStar, resolveSequenceSet, type SequenceSet } from "../../codec/imap/sequence_set.ts";
import {
  formatUidSet,
  uidCount,
  uidHas,
  uidIntersect,
  type UidSet,
  uidSubtract,
} from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import { folderFlags, permanentFlags, tellKeywords } from "./flag_lines.ts";
import { FolderView } from "./folder_view.ts";
import { readOnFullDisk } from "./full_disk.ts";
import { oldName } from "./old_name.ts";
import { fullName, locate } from "./place.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";
import { fetchLine, uidRequired } from "./uid_only.ts";

/** What a client remembers from last time (RFC 7162 §3.2.5). */
interface Resync {
  uidValidity: number;
  modSeq: number;
  known: SequenceSet | null;
  /** The client told message numbers as well. */
  numbered: boolean;
}

/** SELECT and EXAMINE (RFC 9051 §6.3.2, §6.3.3; RFC 7162 §3.1.8, §3.2.5). A failed one leaves nothing selected. */
export const select: CommandHandler = async (session, args, call) => {
  args.space();
  const asked = args.givenMailbox();
  const { condstore, resync } = parseParameters(args);
  args.end();
  if (resync?.numbered && session.uidOnly) return uidRequired(); // RFC 9586 §3
  if (resync && !session.qresync) throw new SyntaxError("QRESYNC is not enabled");
  const examine = call.name === "EXAMINE";
  if (session.view) {
    session.closeFolder();
    session.write("* OK [CLOSED] Previous folder is closed\r\n");
  }
  if (condstore) session.enableCondstore();
  const place = await locate(session, asked.name);
  const opened = await readOnFullDisk(
    !examine && !session.rev2,
    (claimRecent) => place.mailbox.ask("select", { name: place.name, claimRecent }),
  );
  const { status, uids, recent } = opened;
  const view = new FolderView({
    id: status.id,
    name: status.name,
    examined: examine,
    rights: opened.rights,
    uidValidity: status.uidValidity,
    uidNext: status.uidNext,
    modSeq: status.highestModSeq,
    uids,
    recent: session.rev2 ? [] : recent, // \Recent is gone from IMAP4rev2
    foreign: opened.foreign,
    prefix: place.prefix,
    keywords: opened.keywords,
  });
  session.openFolder(view, place);
  writeFolder(session, view, opened, oldName(session, asked));
  if (resync && resync.uidValidity === view.uidValidity) await writeResync(session, view, resync);
  return ok(`${examine ? "Examine" : "Select"} completed`, view.readOnly ? "READ-ONLY" : "READ-WRITE");
};

/** `(CONDSTORE)` or `(QRESYNC (uidvalidity modseq [known-uids] [(numbers uids)]))`. */
function parseParameters(args: Arguments): { condstore: boolean; resync: Resync | null } {
  let condstore = false, resync: Resync | null = null;
  if (args.atEnd()) return { condstore, resync };
  args.space();
  args.list(() => {
    const word = args.atom().toUpperCase();
    if (word === "CONDSTORE") condstore = true;
    else if (word === "QRESYNC") resync = parseResync(args);
    else throw new SyntaxError(`unknown parameter ${word}`);
  });
  return { condstore, resync };
}

function parseResync(args: Arguments): Resync {
  args.space();
  args.expect("(");
  const uidValidity = args.nzNumber();
  args.space();
  const modSeq = args.number64();
  if (!modSeq) throw new SyntaxError("mod-sequence may not be 0");
  let known: SequenceSet | null = null, numbered = false;
  if (args.accept(" ") && args.peek() !== "(") {
    known = args.sequenceSet();
    if (known.saved || hasStar(known)) throw new SyntaxError("known UIDs must be numbers");
    numbered = args.accept(" ");
  } else numbered = args.peek() === "(";
  if (numbered) skipMatchData(args);
  args.expect(")");
  return { uidValidity, modSeq, known, numbered };
}

/** Numbers and their UIDs only help servers that forget what was expunged (RFC 7162 §3.2.5.2); this one does not. */
function skipMatchData(args: Arguments): void {
  args.expect("(");
  args.sequenceSet();
  args.space();
  args.sequenceSet();
  args.expect(")");
}

function writeFolder(
  session: Session,
  view: FolderView,
  { status, keywords, rights, firstUnseenUid }: MailboxContract["select"]["reply"],
  spelling: string,
): void {
  const lines = [
    `* ${view.count} EXISTS`,
    folderFlags(keywords),
    permanentFlags(view.readOnly ? null : keywords, rights),
    `* OK [UIDVALIDITY ${view.uidValidity}] UIDs valid`,
    `* OK [UIDNEXT ${view.uidNext}] Next UID`,
    `* OK [HIGHESTMODSEQ ${view.modSeq}] Highest`,
    `* OK [MAILBOXID (${view.id})] Folder id`,
  ];
  if (session.rev2) {
    const folder = formatMailbox(fullName(session.place, view.name), session.utf8);
    lines.push(`* LIST (${view.prefix ? "" : status.specialUse.join(" ")}) "/" ${folder}${spelling}`);
  } else {
    // RECENT and UNSEEN are gone from IMAP4rev2 (RFC 9051 Appendix E 11, 12).
    lines.splice(1, 0, `* ${uidCount(uidIntersect(view.recent, view.uids))} RECENT`);
    const unseen = firstUnseenUid === null ? 0 : view.seqOf(firstUnseenUid);
    if (unseen && !session.uidOnly) lines.push(`* OK [UNSEEN ${unseen}] First unseen`);
  }
  session.write(lines.join("\r\n") + "\r\n");
}

/** What happened since the client was here: VANISHED (EARLIER), then changed flags (RFC 7162 §3.2.5.1). */
async function writeResync(session: Session, view: FolderView, resync: Resync): Promise<void> {
  const known: UidSet = resync.known
    ? resolveSequenceSet(resync.known, view.uidNext - 1)
    : view.uidNext > 1
    ? [1, view.uidNext - 1]
    : [];
  const since = view.knownSince(resync.modSeq);
  if (!known.length || since >= view.modSeq) return;
  // A client that comes from the other server of a pair may know UIDs that this one has not come to.
  const beyond = since < resync.modSeq ? uidSubtract(known, [1, Math.max(1, view.uidNext - 1)]) : [];
  if (beyond.length) session.write(`* VANISHED (EARLIER) ${formatUidSet(beyond)}\r\n`);
  await writeVanishedEarlier(session, view, known, since);
  const changes = await session.selected.ask("changes", { folder: view.id, since });
  tellKeywords(session, view, changes.changed);
  let text = "";
  for (const row of changes.changed) {
    const seq = view.seqOf(row.uid);
    // What came after this SELECT began is told later, as to every session that is here.
    if (!seq || !uidHas(known, row.uid) || row.modSeq > view.modSeq) continue;
    const flags = formatFlags(row.flags, row.keywords, uidHas(view.recent, row.uid));
    const uid = session.uidOnly ? "" : `UID ${row.uid} `;
    text += `${fetchLine(session, seq, row.uid)}${uid}FLAGS ${flags} MODSEQ (${row.modSeq}))\r\n`;
  }
  if (text) session.write(text);
}

/** VANISHED (EARLIER): which of `known` are gone since then (RFC 7162 §3.2.10.1). */
export async function writeVanishedEarlier(
  session: Session,
  view: FolderView,
  known: UidSet,
  since: number,
): Promise<void> {
  const bounded = uidIntersect(known, [1, Math.max(1, view.uidNext - 1)]);
  if (!bounded.length) return;
  const { uids } = await session.selected.ask("vanished", { folder: view.id, known: bounded, since });
  const gone = uidSubtract(uids, view.uids); // those the client counts are told in their own time
  if (gone.length) session.write(`* VANISHED (EARLIER) ${formatUidSet(gone)}\r\n`);
}
