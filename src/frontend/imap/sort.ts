import { mentionsModSeq, type ParsedKey } from "../../codec/imap/search_program.ts";
import { parseSortCriteria, type SortCriterion } from "../../codec/imap/sort.ts";
import type { Call, CommandHandler } from "./command.ts";
import { followResult, refuseTagReuse } from "./contexts.ts";
import { checkRelevancy, mentionsNumbers, resolveFor, scoresOf } from "./find.ts";
import { sortMessages } from "./find_sorted.ts";
import { refuseToOrder } from "./message_limit.ts";
import { ok, type Reply } from "./reply.ts";
import { readCharsetProgram } from "./search.ts";
import { formatEsort, formatScores, isAnswered, parseReturn, savedOfSorted } from "./search_return.ts";
import type { Session } from "./session.ts";
import { writeNumbers } from "./write_numbers.ts";

/** SORT and UID SORT (RFC 5256 §3; RFC 5957; with RETURN RFC 5267 §3; MODSEQ as RFC 7162 §3.1.9 and §3.1.10). */
export const sort: CommandHandler = async (session, args, call) => {
  args.space();
  const options = parseReturn(args);
  const criteria = parseSortCriteria(args);
  args.space();
  const parsed = await readCharsetProgram(session, args);
  const save = options?.includes("SAVE") ?? false;
  try {
    if ("status" in parsed) {
      if (save && parsed.status === "NO") session.folder.saved = [];
      return parsed;
    }
    return await run(session, call, criteria, parsed.key, options);
  } catch (error) {
    if (save && !(error instanceof SyntaxError)) session.folder.saved = []; // RFC 5182 §2.1
    throw error;
  }
};

async function run(
  session: Session,
  call: Call,
  criteria: SortCriterion[],
  key: ParsedKey,
  options: string[] | null,
): Promise<Reply> {
  const view = session.folder;
  if (mentionsNumbers(key)) call.updates = "no-expunge";
  const withModSeq = mentionsModSeq(key);
  if (withModSeq) session.enableCondstore();
  refuseTagReuse(view, call.tag, options);
  checkRelevancy(key, [...options ?? [], ...criteria.map((one) => one.key)]);
  const resolved = resolveFor(view, key);
  const refusal = refuseToOrder(view, resolved, call.name);
  if (refusal) {
    if (options?.includes("SAVE")) view.saved = []; // RFC 5182 §2.1
    return refusal;
  }
  const found = await sortMessages(session, view, resolved, criteria);
  const numbers = call.uid ? found.uids : found.uids.map((uid) => view.seqOf(uid));
  const modSeq = withModSeq && numbers.length ? found.highestModSeq : null;
  if (options === null) {
    await writeNumbers(session, "* SORT", numbers, modSeq === null ? "\r\n" : ` (MODSEQ ${modSeq})\r\n`);
    return ok("SORT completed");
  }
  const wanted = options.length ? options : ["ALL"];
  if (wanted.includes("SAVE")) view.saved = savedOfSorted(found.uids, wanted);
  if (isAnswered(wanted)) {
    const scores = wanted.includes("RELEVANCY")
      ? formatScores(await scoresOf(session, session.selected, view, resolved, found.uids), wanted)
      : "";
    session.write(formatEsort(call.tag, call.uid, numbers, wanted, modSeq, scores));
  }
  if (wanted.includes("UPDATE")) followResult(session, call, resolved, { by: criteria, sorted: found.uids });
  return ok("SORT completed");
}
