import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { uidIntersect, type UidSet } from "../../codec/imap/uid_set.ts";
import { takePartial } from "./esearch.ts";
import { readOnFullDisk } from "./full_disk.ts";
import type { Session } from "./session.ts";

type FetchRequest = MailboxContract["fetch"]["request"];
type Page = MailboxContract["fetch"]["reply"];

const UID_MAX = 0xffffffff;
/** Pages of bodies that are on their way while one is written: one is read as the other one travels. */
const AHEAD = 2;
/** How full such a page is meant to be: one that is too full has to be asked for twice. */
const FILL = 0.9;

/** A question that is on its way. */
interface Asked {
  uids: UidSet;
  page: Promise<Page>;
}

/**
 * The pages of a FETCH in order; the next ones are asked for before one is given out, so that mailbox and session work
 * at once. Where `\Seen` is set or changes are looked for, one at a time, as each is a word on the folder's state.
 */
export async function* fetchPages(session: Session, request: FetchRequest): AsyncGenerator<Page> {
  const steps = request.markSeen || request.changedSince !== undefined;
  const asked: Asked[] = [ask(session, request, request.uids)];
  let rest: UidSet = [];
  let rows: number | null = null;
  for (let one = asked.shift(); one; one = asked.shift()) {
    const page = await one.page;
    if (!steps) rows = rowsOfPage(page) ?? rows;
    if (page.next !== null) {
      const left = uidIntersect(one.uids, [page.next, UID_MAX]);
      if (rows && !rest.length && !asked.length) rest = left;
      else asked.unshift(ask(session, request, left));
    }
    while (rows && rest.length && asked.length < AHEAD) {
      const next = takePartial(rest, `1:${rows}`);
      asked.push(ask(session, request, next));
      rest = uidIntersect(rest, [next[next.length - 1] + 1, UID_MAX]);
    }
    // The question leaves before the answer to the one before it is worked on.
    if (asked.length) await null;
    yield page;
  }
}

function ask(session: Session, request: FetchRequest, uids: UidSet): Asked {
  const page = readOnFullDisk(
    request.markSeen === true,
    (markSeen) => session.selected.ask("fetch", { ...request, uids, markSeen }),
  );
  page.catch(() => {}); // it is looked at when the pages before it are written
  return { uids, page };
}

/** How many messages fill a page when they are like those of this one; null when it has no octets to go by. */
function rowsOfPage({ columns }: Page): number | null {
  const octets = columns?.sections?.octets.length;
  if (!octets) return null;
  const rows = Math.floor(columns.uid.length * FILL * LIMITS.fetchPageBytes / octets);
  return Math.max(1, Math.min(rows, LIMITS.fetchPageRows));
}
