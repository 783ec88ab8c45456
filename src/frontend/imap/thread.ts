import type { SearchKey } from "../../codec/imap/search.ts";
import { mentionsModSeq } from "../../codec/imap/search_program.ts";
import { formatThreads, type Parents, type ThreadColumns } from "../../codec/imap/thread.ts";
import { threadByReferences } from "../../codec/imap/thread_references.ts";
import { threadBySubject } from "../../codec/imap/thread_subject.ts";
import type { CommandHandler } from "./command.ts";
import { mentionsNumbers, resolveFor } from "./find.ts";
import type { FolderView } from "./folder_view.ts";
import { refuseToOrder } from "./message_limit.ts";
import { ok } from "./reply.ts";
import { readCharsetProgram } from "./search.ts";
import type { Session } from "./session.ts";
import { writeLong } from "./write_long.ts";

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
  const references = algorithm === "REFERENCES";
  const key = resolveFor(view, parsed.key);
  const refusal = refuseToOrder(view, key, call.name);
  if (refusal) return refusal;
  const columns = await readColumns(session, view, key, references);
  const parents = references ? await drive(threadByReferences(columns)) : threadBySubject(columns);
  const number = (message: number) => call.uid ? columns.uid[message] : view.seqOf(columns.uid[message]);
  await writeLong(session, response(parents, columns, number));
  return ok("THREAD completed");
};

function* response(
  parents: Parents,
  columns: ThreadColumns,
  number: (message: number) => number,
): Generator<string> {
  yield columns.uid.length ? "* THREAD " : "* THREAD";
  yield* formatThreads(parents, columns.sentMs, number);
  yield "\r\n";
}

/** All messages of the view that match, page by page. */
async function readColumns(
  session: Session,
  view: FolderView,
  key: SearchKey,
  references: boolean,
): Promise<ThreadColumns> {
  const all: ThreadColumns = {
    uid: [],
    sentMs: [],
    subject: [],
    isReply: [],
    id: [],
    refs: [],
    refCount: [],
  };
  let from: number | undefined;
  do {
    const page = await session.selected.ask("threadRows", { folder: view.id, key, references, from });
    let ref = 0;
    for (let i = 0; i < page.uid.length; ref += page.refCount[i++]) {
      if (!view.seqOf(page.uid[i])) continue;
      all.uid.push(page.uid[i]);
      all.sentMs.push(page.sentMs[i]);
      all.subject.push(page.subject[i]);
      all.isReply.push(page.isReply[i]);
      all.id.push(page.id[i]);
      all.refCount.push(page.refCount[i]);
      for (let k = 0; k < page.refCount[i]; k++) all.refs.push(page.refs[ref + k]);
    }
    from = page.next ?? undefined;
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
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
