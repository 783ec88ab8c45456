import { Fault } from "../../base/fault.ts";
import { formatFlags } from "../../codec/imap/response.ts";
import { formatUidSet, uidCount, uidHas, uidList, type UidSet } from "../../codec/imap/uid_set.ts";
import type { FetchRow, StoredRun } from "../../../actors/mailbox/contract.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import type { CommandHandler } from "./command.ts";
import { permanentFlags, tellKeywords } from "./flag_lines.ts";
import type { FolderView } from "./folder_view.ts";
import { boundMessages, tellLimit } from "./message_limit.ts";
import { no, ok } from "./reply.ts";
import { resolveSet } from "./resolve.ts";
import type { Session } from "./session.ts";
import { fetchLine } from "./uid_only.ts";
import { sendUpdates } from "./updates.ts";

const MODES = { "+": "add", "-": "remove", "": "replace" } as const;

/** STORE and UID STORE (RFC 9051 §6.4.6), with UNCHANGEDSINCE (RFC 7162 §3.1.3). */
export const store: CommandHandler = async (session, args, call) => {
  const view = session.folder;
  args.space();
  const set = args.sequenceSet();
  args.space();
  const given = parseModifiers(args);
  const unchangedSince = given === undefined ? undefined : view.knownSince(given);
  const { mode, silent } = parseItem(args);
  args.space();
  const flags = args.flags();
  args.end();
  if (view.readOnly) return no("Folder is open read-only", "READ-ONLY");
  const { uids, code: limit } = boundMessages(resolveSet(view, set, call.uid));
  if (unchangedSince !== undefined) session.enableCondstore();
  if (!uids.length) return ok("STORE completed");
  // What others changed is told first, so that the mod-sequence of a silent change hides nothing of theirs.
  if (view.behind) await sendUpdates(session, { expunge: false, uid: call.uid });
  const request = { folder: view.id, uids, mode, flags, unchangedSince, silent, byRun: true };
  const reply = await session.selected.ask("store", request).catch((error) =>
    tellKeywordLimit(session, error)
  );
  const rows = reply.runs ? rowsOf(reply.runs) : reply.rows;
  view.noteOwn(reply.stamp, !silent, silent && reply.changed.length ? null : rows);
  tellKeywords(session, view, rows);
  if (!silent) session.write(formatRows(session, view, rows, call.uid));
  else if (session.condstore) {
    session.write(formatModSeqs(session, view, reply.changed, reply.stamp.modSeq));
  }
  if (reply.failed.length) {
    const failed = call.uid ? reply.failed : view.seqsOfUids(reply.failed);
    view.markStale(); // so that the client learns why
    const modified = ok("Some messages were changed meanwhile", `MODIFIED ${formatUidSet(failed)}`);
    return tellLimit(session, modified, limit);
  }
  const gone = !silent && rows.length < uidCount(uids);
  return tellLimit(
    session,
    gone ? ok("Some messages are gone", "EXPUNGEISSUED") : ok("STORE completed"),
    limit,
  );
};

/** With the last keyword taken the client must learn that no new ones can be made (RFC 9051 §7.1, PERMANENTFLAGS). */
async function tellKeywordLimit(session: Session, error: unknown): Promise<never> {
  if (error instanceof Fault && error.code === "limit") {
    const { keywords, rights } = await session.selected.ask("select", {
      name: session.folder.name,
      claimRecent: false,
      withoutUids: true,
    });
    session.write(`${permanentFlags(keywords, rights)}\r\n`);
  }
  throw error;
}

/** `(UNCHANGEDSINCE n) ` before the item. */
function parseModifiers(args: Arguments): number | undefined {
  if (args.peek() !== "(") return undefined;
  let unchangedSince: number | undefined;
  args.list(() => {
    const word = args.atom().toUpperCase();
    if (word !== "UNCHANGEDSINCE") throw new SyntaxError(`unknown modifier ${word}`);
    args.space();
    unchangedSince = args.number64();
  });
  args.space();
  return unchangedSince;
}

/** `FLAGS`, `+FLAGS`, `-FLAGS`, each with or without `.SILENT`. */
function parseItem(args: Arguments): { mode: "add" | "remove" | "replace"; silent: boolean } {
  const sign = args.accept("+") ? "+" : args.accept("-") ? "-" : "";
  const word = args.word();
  if (word !== "FLAGS" && word !== "FLAGS.SILENT") throw new SyntaxError(`unknown STORE item ${word}`);
  return { mode: MODES[sign], silent: word === "FLAGS.SILENT" };
}

/** A message after a STORE. */
type StoredRow = Pick<FetchRow, "uid" | "flags" | "keywords" | "modSeq">;

/** Messages of runs, by UID. */
function rowsOf(runs: readonly StoredRun[]): StoredRow[] {
  const rows: StoredRow[] = [];
  for (const { uids, flags, keywords, modSeq } of runs) {
    for (let i = 0; i < uids.length; i += 2) {
      for (let uid = uids[i]; uid <= uids[i + 1]; uid++) rows.push({ uid, flags, keywords, modSeq });
    }
  }
  return runs.length > 1 ? rows.sort((a, b) => a.uid - b.uid) : rows;
}

function formatRows(session: Session, view: FolderView, rows: readonly StoredRow[], uid: boolean): string {
  const withUid = session.uidInUpdates || uid && !session.uidOnly;
  let text = "", same: StoredRow | null = null, written = "";
  for (const row of rows) {
    const seq = view.seqOf(row.uid);
    if (!seq) continue;
    const recent = view.recent.length > 0 && uidHas(view.recent, row.uid);
    if (recent || same?.flags !== row.flags || same.keywords !== row.keywords) {
      written = formatFlags(row.flags, row.keywords, recent);
      same = recent ? null : row;
    }
    const modSeq = session.condstore ? ` MODSEQ (${row.modSeq})` : "";
    const start = fetchLine(session, seq, row.uid);
    text += `${start}${withUid ? `UID ${row.uid} ` : ""}FLAGS ${written}${modSeq})\r\n`;
  }
  return text;
}

/** Even a silent STORE tells the new mod-sequences (RFC 7162 §3.1.3). */
function formatModSeqs(session: Session, view: FolderView, changed: UidSet, modSeq: number): string {
  let text = "";
  for (const uid of uidList(changed)) {
    const withUid = session.uidOnly ? "" : `UID ${uid} `;
    text += `${fetchLine(session, view.seqOf(uid), uid)}${withUid}MODSEQ (${modSeq}))\r\n`;
  }
  return text;
}
