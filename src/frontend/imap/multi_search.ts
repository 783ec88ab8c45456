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
import { SearchBudget, tellLimit } from "./message_limit.ts";
import { fullName, locate, type Place } from "./place.ts";
import { ok } from "./reply.ts";
import { readProgram, reportedModSeq } from "./search.ts";
import { formatScores, isAnswered, parseReturn, savedOf } from "./search_return.ts";
import type { Session } from "./session.ts";
import { sharedFolders } from "./shared_folders.ts";

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
    const budget = new SearchBudget();
    await run(session, call, sources, { key: parsed.key, budget }, wanted);
    return tellLimit(session, ok("ESEARCH completed"), budget.code);
  } catch (error) {
    if (save && !(error instanceof SyntaxError)) session.folder.saved = []; // RFC 5182 §2.1
    throw error;
  }
};

/** What is looked for, and in how many messages more. */
interface Bounded {
  key: ParsedKey;
  budget: SearchBudget;
}

async function run(
  session: Session,
  call: Call,
  sources: MailboxFilter[],
  what: Bounded,
  wanted: string[],
): Promise<void> {
  const { key } = what;
  if (mentionsNumbers(key)) call.updates = "no-expunge";
  if (mentionsModSeq(key)) session.enableCondstore();
  checkRelevancy(key, wanted);
  const { view } = session;
  const selected = view ? [{ view, place: session.place }] : [];
  if (sources.every(({ kind }) => kind === "selected")) {
    for (const one of selected) await searchFolder(session, call, one, what, wanted);
    return;
  }
  const { folders, subscriptions } = await session.mailbox.ask("listFolders", {});
  const shared = await sharedFolders(session, sharedPatterns(sources, subscriptions));
  const own = matchFolders(sources, folders, subscriptions);
  const others = matchFolders(sources.filter(({ kind }) => kind !== "personal"), shared, subscriptions);
  const found = new Set([...own, ...others]);
  const first = sources.some(({ kind }) => kind === "selected") ? selected : [];
  for (const one of first) {
    found.forEach((folder) => folder.id === one.view.id && found.delete(folder));
    await searchFolder(session, call, one, what, wanted);
  }
  for await (const one of viewsOf(session, found)) await searchFolder(session, call, one, what, wanted);
}

/** What of the folders of others is meant: those below a name, or the name itself. */
function sharedPatterns(sources: readonly MailboxFilter[], subscriptions: readonly string[]): string[] {
  const names = sources.flatMap((source) =>
    "names" in source ? source.names : source.kind === "subscribed" ? subscriptions : []
  );
  return names.filter((name) => name.startsWith("#")).map((name) => `${name}*`);
}

/** A folder to search, and where it is. */
interface PlacedView {
  view: FolderView;
  place: Place;
}

/** One folder's response; none when nothing matches (RFC 7377 §2.1). */
async function searchFolder(
  session: Session,
  call: Call,
  { view, place }: PlacedView,
  { key, budget }: Bounded,
  wanted: string[],
): Promise<void> {
  const selected = view === session.view;
  const resolved = budget.take(view, resolveFor(view, key));
  if (resolved === null) return;
  const found = await findMessages(session, place.mailbox, view, resolved);
  if (selected && wanted.includes("SAVE")) view.saved = savedOf(found.uids, wanted);
  const name = formatMailbox(fullName(place, view.name), session.utf8);
  const which = ` MAILBOX ${name} UIDVALIDITY ${view.uidValidity}`;
  if (found.uids.length && isAnswered(wanted)) {
    const modSeq = mentionsModSeq(key) ? await reportedModSeq(place.mailbox, view, found, wanted) : null;
    const scores = wanted.includes("RELEVANCY")
      ? formatScores(await scoresOf(session, place.mailbox, view, resolved, uidList(found.uids)), wanted)
      : "";
    session.write(formatEsearch(call.tag, true, found.uids, wanted, modSeq, which, scores));
    await session.flush();
  }
  if (selected && wanted.includes("UPDATE")) {
    followResult(session, { tag: call.tag, uid: true, place: which }, resolved, { found: found.uids });
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

/** Folders that are opened while the one before them is searched: a mailbox may have thousands. */
const AHEAD = 16;

/** The selected folder's view as it is, others as they are now; in the order of the folders. */
async function* viewsOf(session: Session, folders: Iterable<FolderInfo>): AsyncGenerator<PlacedView> {
  const line: Promise<PlacedView | null>[] = [];
  const next = async () => {
    const one = await line.shift();
    if (session.ending !== null) session.stop(session.ending);
    return one;
  };
  for (const folder of folders) {
    const one = viewOf(session, folder);
    one.catch(() => {}); // it is looked at in its turn
    line.push(one);
    if (line.length < AHEAD) continue;
    const view = await next();
    if (view) yield view;
  }
  while (line.length) {
    const view = await next();
    if (view) yield view;
  }
}

/** Null for a folder that is gone, renamed or no longer to be read: there is nothing to tell of it. */
async function viewOf(session: Session, folder: FolderInfo): Promise<PlacedView | null> {
  if (session.view?.id === folder.id) return { view: session.view, place: session.place };
  try {
    const place = await locate(session, folder.name);
    const { status, uids, recent } = await place.mailbox.ask("select", {
      name: place.name,
      claimRecent: false,
    });
    const view = new FolderView({
      id: status.id,
      name: status.name,
      examined: true,
      uidValidity: status.uidValidity,
      uidNext: status.uidNext,
      modSeq: status.highestModSeq,
      uids,
      recent: session.rev2 ? [] : recent,
      prefix: place.prefix,
    });
    return { view, place };
  } catch (error) {
    if (error instanceof Fault && (error.code === "not_found" || error.code === "denied")) return null;
    throw error;
  }
}
