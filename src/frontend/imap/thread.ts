import type { SearchKey } from "../../codec/imap/search.ts";
import { mentionsModSeq } from "../../codec/imap/search_program.ts";
import {
  formatThreads,
  type PackedThreads,
  type Parents,
  type ThreadColumns,
} from "../../codec/imap/thread.ts";
import { threadByReferences } from "../../codec/imap/thread_references.ts";
import { threadBySubject } from "../../codec/imap/thread_subject.ts";
import type { CommandHandler } from "./command.ts";
import { mentionsNumbers, resolveFor } from "./find.ts";
import type { FolderView } from "./folder_view.ts";
import { keptFlagsBudget } from "./kept_flags.ts";
import { KeptThreads } from "./kept_threads.ts";
import { refuseToOrder } from "./message_limit.ts";
import { ok } from "./reply.ts";
import { readCharsetProgram } from "./search.ts";
import type { Session } from "./session.ts";
import { writeLong } from "./write_long.ts";

/** Pieces of an answer are about so long. */
const PIECE_CHARS = 16 * 1024;

/** THREAD and UID THREAD (RFC 5256 §3). */
export const thread: CommandHandler = async (session, args, call) => {
  args.space();
  const algorithm = args.atom().toUpperCase();
  if (algorithm !== "REFERENCES" && algorithm !== "ORDEREDSUBJECT") {
    throw new SyntaxError("unknown threading algorithm");
  }
  args.space();
  const parsed = await readCharsetProgram(session, args);
  if ("status" in parsed) return parsed;
  const view = session.folder;
  if (mentionsNumbers(parsed.key)) call.updates = "no-expunge";
  if (mentionsModSeq(parsed.key)) session.enableCondstore();
  const resolved = resolveFor(view, parsed.key);
  const refusal = refuseToOrder(view, resolved, call.name);
  if (refusal) return refusal;
  const command = resolved.key === "all" ? `${algorithm} ${call.uid}` : null;
  const pieces = (command === null ? null : view.threadsFor(command)) ??
    await makeThreads(session, view, algorithm === "REFERENCES", resolved, call.uid, command);
  await writeLong(session, pieces);
  return ok("THREAD completed");
};

/** Works the response out, and keeps it for the next time it is asked by that command. */
async function makeThreads(
  session: Session,
  view: FolderView,
  references: boolean,
  key: SearchKey,
  uid: boolean,
  command: string | null,
): Promise<string[]> {
  const { revision } = view;
  const columns = await readColumns(session, view, key, references);
  const parents = references ? await drive(threadByReferences(columns)) : threadBySubject(columns);
  const number = (message: number) => uid ? columns.uid[message] : view.seqOf(columns.uid[message]);
  const pieces = response(parents, columns, number);
  if (command === null) return pieces;
  view.keepThreads(null);
  if (view.current && view.revision === revision && columns.uid.length === view.count) {
    view.keepThreads(KeptThreads.take(command, revision, pieces, keptFlagsBudget(session.context)));
  }
  return pieces;
}

function response(
  parents: Parents,
  columns: ThreadColumns,
  number: (message: number) => number,
): string[] {
  const pieces: string[] = [];
  let text = columns.uid.length ? "* THREAD " : "* THREAD";
  for (const piece of formatThreads(parents, columns.sentMs, number)) {
    text += piece;
    if (text.length < PIECE_CHARS) continue;
    pieces.push(text);
    text = "";
  }
  pieces.push(`${text}\r\n`);
  return pieces;
}

/** All messages of the view that match, page by page. */
async function readColumns(
  session: Session,
  view: FolderView,
  key: SearchKey,
  references: boolean,
): Promise<ThreadColumns> {
  const pages: PackedThreads[] = [];
  let from: number | undefined;
  do {
    const page = await session.selected.ask("threadRows", { folder: view.id, key, references, from });
    pages.push(page);
    from = page.next ?? undefined;
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
  if (pages.length === 1 && pages[0].uid.every((uid) => view.seqOf(uid))) return pages[0];
  return joinKnown(view, pages);
}

/** The messages that the client knows. */
function joinKnown(view: FolderView, pages: readonly PackedThreads[]): ThreadColumns {
  const all = { uid: [], sentMs: [], subject: [], isReply: [], id: [], refs: [], refCount: [] } as Record<
    keyof ThreadColumns,
    number[]
  >;
  for (const page of pages) {
    for (let i = 0, ref = 0; i < page.uid.length; ref += page.refCount[i++]) {
      if (!view.seqOf(page.uid[i])) continue;
      all.uid.push(page.uid[i]);
      all.sentMs.push(page.sentMs[i]);
      all.subject.push(page.subject[i]);
      all.isReply.push(page.isReply[i]);
      all.id.push(page.id[i]);
      all.refCount.push(page.refCount[i]);
      for (let k = 0; k < page.refCount[i]; k++) all.refs.push(page.refs[ref + k]);
    }
  }
  return all;
}

/** Runs work that takes a while, with room for everybody else between its steps. */
async function drive<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await new Promise<void>((resolve) => setTimeout(resolve));
  }
}
