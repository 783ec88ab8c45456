import {
  BadCharset,
  mentionsModSeq,
  type ParsedKey,
  parseSearchKeys,
  parseSearchProgram,
  SEARCH_CHARSETS,
  type SearchProgram,
} from "../../codec/imap/search_program.ts";
import type { ActorRef } from "../../actor/actor.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { uidList } from "../../codec/imap/uid_set.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import type { Call, CommandHandler } from "./command.ts";
import { followResult, refuseTagReuse } from "./contexts.ts";
import { formatEsearch } from "./esearch.ts";
import { expandFilters } from "./filters.ts";
import { checkRelevancy, findMessages, type Found, mentionsNumbers, resolveFor, scoresOf } from "./find.ts";
import type { FolderView } from "./folder_view.ts";
import { boundSearch, tellLimit } from "./message_limit.ts";
import { no, ok, type Reply } from "./reply.ts";
import { formatScores, isAnswered, parseReturn, savedOf } from "./search_return.ts";
import type { Session } from "./session.ts";
import { refuseNumbersIn } from "./uid_only.ts";
import { numbersOf, writeNumbers } from "./write_numbers.ts";

/** SEARCH and UID SEARCH (RFC 9051 §6.4.4; RFC 4731, RFC 5182, RFC 9394 §3.1). */
export const search: CommandHandler = async (session, args, call) => {
  args.space();
  const options = parseReturn(args);
  const parsed = await readProgram(session, args);
  // A SAVE that is answered with NO empties the result, with BAD it leaves it alone (RFC 5182 §2.1).
  const save = options?.includes("SAVE") ?? false;
  if ("status" in parsed) {
    if (save && parsed.status === "NO") session.folder.saved = [];
    return parsed;
  }
  try {
    return await run(session, call, parsed.key, options);
  } catch (error) {
    if (save && !(error instanceof SyntaxError)) session.folder.saved = [];
    throw error;
  }
};

/** The program with its filters in place (RFC 5466), or the answer to what is not known here. */
export async function readProgram(session: Session, args: Arguments): Promise<SearchProgram | Reply> {
  const parsed = parseOrRefuse(() => parseSearchProgram(args, { noCharset: session.utf8Accept })); // RFC 6855 §3
  return await complete(session, parsed);
}

/** The same with the charset in front that SORT and THREAD always have (RFC 5256 §5, search-criteria). */
export async function readCharsetProgram(session: Session, args: Arguments): Promise<SearchProgram | Reply> {
  const charset = args.astring().toUpperCase();
  args.space();
  const parsed = parseOrRefuse(() => parseSearchKeys(args, charset));
  return await complete(session, parsed);
}

async function complete(session: Session, parsed: SearchProgram | Reply): Promise<SearchProgram | Reply> {
  const program = "status" in parsed ? parsed : await expandFilters(session, parsed);
  return "status" in program ? program : refuseNumbersIn(session, program.key) ?? program;
}

/** Or the answer to a charset that is not known here. */
function parseOrRefuse(parse: () => SearchProgram): SearchProgram | Reply {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof BadCharset)) throw error;
    return no("Unknown charset", `BADCHARSET (${SEARCH_CHARSETS.join(" ")})`);
  }
}

async function run(session: Session, call: Call, key: ParsedKey, options: string[] | null): Promise<Reply> {
  const view = session.folder;
  // Numbers in the key: the client must be able to tell what they mean (RFC 7162 §3.2.10).
  if (mentionsNumbers(key)) call.updates = "no-expunge";
  const withModSeq = mentionsModSeq(key);
  if (withModSeq) session.enableCondstore();
  refuseTagReuse(view, call.tag, options);
  checkRelevancy(key, options);
  const { key: resolved, code: limit } = boundSearch(view, resolveFor(view, key));
  const found = await findMessages(session, session.selected, view, resolved, call.tag);
  if (options === null && !session.rev2) {
    const modSeq = withModSeq && found.uids.length ? ` (MODSEQ ${found.highestModSeq})` : "";
    const numbers = numbersOf(call.uid ? found.uids : view.seqsOfUids(found.uids));
    await writeNumbers(session, "* SEARCH", numbers, `${modSeq}\r\n`);
    return tellLimit(session, ok("SEARCH completed"), limit);
  }
  const wanted = options?.length ? options : ["ALL"];
  if (wanted.includes("SAVE")) view.saved = savedOf(found.uids, wanted);
  if (isAnswered(wanted)) {
    const modSeq = withModSeq && found.uids.length
      ? await reportedModSeq(session.selected, view, found, wanted)
      : null;
    const numbers = call.uid ? found.uids : view.seqsOfUids(found.uids);
    const scores = wanted.includes("RELEVANCY")
      ? formatScores(await scoresOf(session, session.selected, view, resolved, uidList(found.uids)), wanted)
      : "";
    session.write(formatEsearch(call.tag, call.uid, numbers, wanted, modSeq, "", scores));
  }
  if (wanted.includes("UPDATE")) followResult(session, call, resolved, { found: found.uids });
  return tellLimit(session, ok("SEARCH completed"), limit);
}

/** MIN and MAX alone report the mod-sequence of those messages, everything else that of all (RFC 4731 §3.2). */
export async function reportedModSeq(
  mailbox: ActorRef<MailboxContract>,
  view: FolderView,
  found: Found,
  wanted: readonly string[],
): Promise<number> {
  const rest = wanted.filter((option) => option !== "MIN" && option !== "MAX" && option !== "SAVE");
  if (rest.length) return found.highestModSeq;
  const uids = savedOf(found.uids, wanted);
  const { rows } = await mailbox.ask("fetch", { folder: view.id, uids, items: {} });
  return rows.reduce((highest, row) => Math.max(highest, row.modSeq), 0);
}
