import type { FolderInfo } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { type MailboxFilter, matchFolders, parseSources } from "../../codec/imap/mailbox_filter.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import { mentionsModSeq, type ParsedKey } from "../../codec/imap/search_program.ts";
import { uidList } from "../../codec/imap/uid_set.ts";
import type { Call, CommandHandler } from "./command.ts";
import { followResult, refuseTagReuse } from "./contexts.ts";
import { formatEsearch } from "./esearch.ts";
import { checkRelevancy, findMessages, mentionsNumbers, resolveFor, scoresOf } from "./find.ts";
import { FolderView } from "./folder_view.ts";
import { ok } from "./reply.ts";
import { readProgram, reportedModSeq } from "./search.ts";
import { formatScores, parseReturn, savedOf, tellsSomething } from "./search_return.ts";
import type { Session } from "./session.ts";

/** ESEARCH (RFC 7377): a search of many folders; each that holds matches gets one ESEARCH response, with UIDs. */
export const multiSearch: CommandHandler = async (session, args, call) => {
  args.space();
  let sources: MailboxFilter[] = [{ kind: "selected" }];
  if (args.acceptWord("IN")) {
    args.space();
    sources = parseSources(args);
    args.space();
  }
  const options = parseReturn(args);
  const wanted = options?.length ? options : ["ALL"];
  const parsed = await readProgram(session, args);
  checkSources(session, call, sources, wanted);
  const save = wanted.includes("SAVE");
  try {
    if ("status" in parsed) {
      if (save && parsed.status === "NO") session.folder.saved = [];
      return parsed;
    }
    await run(session, call, sources, parsed.key, wanted);
    return ok("ESEARCH completed");
  } catch (error) {
    if (save && !(error instanceof SyntaxError)) session.folder.saved = []; // RFC 5182 §2.1
    throw error;
  }
};

async function run(
  session: Session,
  call: Call,
  sources: MailboxFilter[],
  key: ParsedKey,
  wanted: string[],
): Promise<void> {
  if (mentionsNumbers(key)) call.updates = "no-expunge";
  if (mentionsModSeq(key)) session.enableCondstore();
  checkRelevancy(key, wanted);
  const { view } = session;
  if (sources.every(({ kind }) => kind === "selected")) {
    return await searchFolder(session, call, session.folder, key, wanted);
  }
  const { folders, subscriptions } = await session.mailbox.ask("listFolders", {});
  const found = new Set(matchFolders(sources, folders, subscriptions));
  if (view && sources.some(({ kind }) => kind === "selected")) {
    folders.filter(({ id }) => id === view.id).forEach((folder) => found.add(folder));
  }
  for await (const one of viewsOf(session, found)) await searchFolder(session, call, one, key, wanted);
}

/** One folder's response; none when nothing matches (RFC 7377 §2.1). */
async function searchFolder(
  session: Session,
  call: Call,
  view: FolderView,
  key: ParsedKey,
  wanted: string[],
): Promise<void> {
  const selected = view === session.view;
  const resolved = resolveFor(view, key);
  const found = await findMessages(session, view, resolved);
  if (selected && wanted.includes("SAVE")) view.saved = savedOf(found.uids, wanted);
  const place = ` MAILBOX ${formatMailbox(view.name, session.utf8)} UIDVALIDITY ${view.uidValidity}`;
  if (found.uids.length && tellsSomething(wanted)) {
    const modSeq = mentionsModSeq(key) ? await reportedModSeq(session, view, found, wanted) : null;
    const scores = wanted.includes("RELEVANCY")
      ? formatScores(await scoresOf(session, view, resolved, uidList(found.uids)), wanted)
      : "";
    session.write(formatEsearch(call.tag, true, found.uids, wanted, modSeq, place, scores));
    await session.flush();
  }
  if (selected && wanted.includes("UPDATE")) {
    followResult(session, { tag: call.tag, uid: true, place }, resolved, { found: found.uids });
  }
}

/** What needs a folder to be selected (RFC 7377 §2.2). */
function checkSources(session: Session, call: Call, sources: MailboxFilter[], wanted: string[]): void {
  const selected = sources.some(({ kind }) => kind === "selected");
  if (!session.view && (selected || wanted.includes("UPDATE"))) {
    throw new SyntaxError("no folder is selected");
  }
  if (wanted.includes("SAVE") && (!selected || sources.length > 1)) {
    throw new SyntaxError("SAVE is for the selected folder alone");
  }
  if (session.view) refuseTagReuse(session.view, call.tag, wanted);
}

/** The selected folder's view as it is, others as they are now. */
async function* viewsOf(session: Session, folders: Iterable<FolderInfo>): AsyncGenerator<FolderView> {
  for (const folder of folders) {
    if (session.view?.id === folder.id) {
      yield session.view;
      continue;
    }
    try {
      const { status, uids, recent } = await session.mailbox.ask("select", {
        name: folder.name,
        claimRecent: false,
      });
      yield new FolderView({
        id: status.id,
        name: status.name,
        readOnly: true,
        uidValidity: status.uidValidity,
        uidNext: status.uidNext,
        modSeq: status.highestModSeq,
        uids,
        recent: session.rev2 ? [] : recent,
      });
    } catch (error) {
      // Gone or renamed meanwhile: there is nothing to tell of it.
      if (!(error instanceof Fault && error.code === "not_found")) throw error;
    }
    if (session.ending !== null) session.stop(session.ending);
  }
}
