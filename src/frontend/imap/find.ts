import type { ActorRef } from "../../actor/actor.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { FUZZY_SCORE, type SearchKey, STRICT_SCORE, strictKey } from "../../codec/imap/search.ts";
import { mentions, type ParsedKey, resolveKey } from "../../codec/imap/search_program.ts";
import {
  uidCount,
  uidHas,
  uidIntersect,
  type UidSet,
  uidSubtract,
  uidUnion,
} from "../../codec/imap/uid_set.ts";
import type { FolderView } from "./folder_view.ts";
import { Progress } from "./progress.ts";
import { resolveKnownSeqs, resolveUids } from "./resolve.ts";
import type { Session } from "./session.ts";

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
    case "fuzzy":
      return { key: "fuzzy", of: resolveRecent(view, key.of) };
    case "or":
      return { key: "or", of: [resolveRecent(view, key.of[0]), resolveRecent(view, key.of[1])] };
    case "and":
      return { key: "and", of: key.of.map((one) => resolveRecent(view, one)) };
    default:
      return key;
  }
}

/** Whether message numbers stand in the key. */
export function mentionsNumbers(key: ParsedKey): boolean {
  return mentions(key, "seq");
}

/** RELEVANCY is for searches with FUZZY (RFC 6203 §4). */
export function checkRelevancy(key: ParsedKey, words: readonly string[] | null): void {
  if (words?.includes("RELEVANCY") && !mentions(key, "fuzzy")) throw new SyntaxError("RELEVANCY wants FUZZY");
}

/** How relevant found messages are, in their order. */
export async function scoresOf(
  session: Session,
  mailbox: ActorRef<MailboxContract>,
  view: FolderView,
  key: SearchKey,
  uids: Iterable<number>,
): Promise<number[]> {
  const strict = await findMessages(session, mailbox, view, strictKey(key));
  return Array.from(uids, (uid) => uidHas(strict.uids, uid) ? STRICT_SCORE : FUZZY_SCORE);
}

/** What a search found. */
export interface Found {
  uids: UidSet;
  highestModSeq: number;
}

/** All messages of the view that match, page by page; with a tag the client hears how far it is (RFC 9585). */
export async function findMessages(
  session: Session,
  mailbox: ActorRef<MailboxContract>,
  view: FolderView,
  key: SearchKey,
  tag?: string,
): Promise<Found> {
  let uids: UidSet = [], highestModSeq = 0, from: number | undefined;
  if (view.count === 0) return { uids, highestModSeq };
  const progress = tag === undefined ? null : new Progress(session, tag);
  do {
    const page: MailboxContract["search"]["reply"] = await mailbox.ask("search", {
      folder: view.id,
      key,
      from,
    });
    uids = uids.length ? uidUnion(uids, page.uids) : page.uids;
    highestModSeq = Math.max(highestModSeq, page.highestModSeq);
    from = page.next ?? undefined;
    if (from !== undefined) {
      await progress?.tell(uidCount(uidIntersect(view.uids, [1, from - 1])), view.count);
    }
    if (session.ending !== null) session.stop(session.ending);
  } while (from !== undefined);
  return { uids: uidIntersect(uids, view.uids), highestModSeq };
}
