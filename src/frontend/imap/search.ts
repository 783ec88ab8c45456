import type { SearchKey } from "../../codec/imap/search.ts";
import {
  BadCharset,
  mentionsModSeq,
  type ParsedKey,
  parseSearchProgram,
  parseSearchReturn,
  resolveKey,
  SEARCH_CHARSETS,
  type SearchProgram,
} from "../../codec/imap/search_program.ts";
import { uidIntersect, uidList, type UidSet, uidSubtract, uidUnion } from "../../codec/imap/uid_set.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import type { Call, CommandHandler } from "./command.ts";
import { formatEsearch, savedOf } from "./esearch.ts";
import type { FolderView } from "./folder_view.ts";
import { no, ok, type Reply } from "./reply.ts";
import { resolveKnownSeqs, resolveUids } from "./resolve.ts";
import type { Session } from "./session.ts";

/** SEARCH and UID SEARCH (RFC 9051 §6.4.4; RFC 4731, RFC 5182, RFC 9394 §3.1). */
export const search: CommandHandler = async (session, args, call) => {
  args.space();
  const options = parseSearchReturn(args);
  const partials = options?.filter((option) => option.startsWith("PARTIAL")).length ?? 0;
  if (partials > 1 || (partials && options?.includes("ALL"))) {
    throw new SyntaxError("PARTIAL goes once and without ALL"); // RFC 9394 §3.1
  }
  const parsed = parseProgram(args);
  // A SAVE that is answered with NO empties the result, with BAD it leaves it alone (RFC 5182 §2.1).
  const save = options?.includes("SAVE") ?? false;
  if ("status" in parsed) {
    if (save) session.folder.saved = [];
    return parsed;
  }
  try {
    return await run(session, call, parsed.key, options);
  } catch (error) {
    if (save && !(error instanceof SyntaxError)) session.folder.saved = [];
    throw error;
  }
};

/** The program, or the answer to a charset that is not known here. */
export function parseProgram(args: Arguments): SearchProgram | Reply {
  try {
    return parseSearchProgram(args);
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
  const found = await findMessages(session, view, resolveFor(view, key));
  if (options === null && !session.rev2) {
    const modSeq = withModSeq && found.uids.length ? ` (MODSEQ ${found.highestModSeq})` : "";
    session.write(
      `* SEARCH${formatNumbers(call.uid ? found.uids : view.seqsOfUids(found.uids))}${modSeq}\r\n`,
    );
    return ok("SEARCH completed");
  }
  const wanted = options?.length ? options : ["ALL"];
  if (wanted.includes("SAVE")) view.saved = savedOf(found.uids, wanted);
  if (wanted.length > 1 || wanted[0] !== "SAVE") {
    const modSeq = withModSeq && found.uids.length
      ? await reportedModSeq(session, view, found, wanted)
      : null;
    const numbers = call.uid ? found.uids : view.seqsOfUids(found.uids);
    session.write(formatEsearch(call.tag, call.uid, numbers, wanted, modSeq));
  }
  return ok("SEARCH completed");
}

/** The key with message numbers, `$` and \Recent, which only the session knows, turned into UIDs. */
export function resolveFor(view: FolderView, key: ParsedKey): SearchKey {
  return resolveRecent(
    view,
    resolveKey(key, {
      seq: (set) => resolveKnownSeqs(view, set),
      uid: (set) => resolveUids(view, set),
    }),
  );
}

function resolveRecent(view: FolderView, key: SearchKey): SearchKey {
  switch (key.key) {
    case "recent":
      return { key: "uids", set: key.set ? view.recent : uidSubtract(view.uids, view.recent) };
    case "not":
      return { key: "not", of: resolveRecent(view, key.of) };
    case "or":
      return { key: "or", of: [resolveRecent(view, key.of[0]), resolveRecent(view, key.of[1])] };
    case "and":
      return { key: "and", of: key.of.map((one) => resolveRecent(view, one)) };
    default:
      return key;
  }
}

function mentionsNumbers(key: ParsedKey): boolean {
  if (key.key === "not") return mentionsNumbers(key.of);
  if (key.key === "or" || key.key === "and") return key.of.some(mentionsNumbers);
  return key.key === "seq";
}

interface Found {
  uids: UidSet;
  highestModSeq: number;
}

/** All messages of the view that match, page by page. */
export async function findMessages(session: Session, view: FolderView, key: SearchKey): Promise<Found> {
  let uids: UidSet = [], highestModSeq = 0, from: number | undefined;
  do {
    const page = await session.selected.ask("search", { folder: view.id, key, from });
    uids = uids.length ? uidUnion(uids, page.uids) : page.uids;
    highestModSeq = Math.max(highestModSeq, page.highestModSeq);
    from = page.next ?? undefined;
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
  return { uids: uidIntersect(uids, view.uids), highestModSeq };
}

/** MIN and MAX alone report the mod-sequence of those messages, everything else that of all (RFC 4731 §3.2). */
async function reportedModSeq(
  session: Session,
  view: FolderView,
  found: Found,
  wanted: readonly string[],
): Promise<number> {
  const rest = wanted.filter((option) => option !== "MIN" && option !== "MAX" && option !== "SAVE");
  if (rest.length) return found.highestModSeq;
  const uids = savedOf(found.uids, wanted);
  const { rows } = await session.selected.ask("fetch", { folder: view.id, uids, items: {} });
  return rows.reduce((highest, row) => Math.max(highest, row.modSeq), 0);
}

function formatNumbers(set: UidSet): string {
  let text = "";
  for (const number of uidList(set)) text += ` ${number}`;
  return text;
}
