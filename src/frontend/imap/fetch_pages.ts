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

/** Messages that are to be asked for, or have been: then `bytes` is the room that was taken for the page. */
interface Step {
  uids: UidSet;
  page: Promise<Page> | null;
  bytes: number;
}

/**
 * The pages of a FETCH in order; the next ones are asked for before one is given out, so that mailbox and session work
 * at once. Where `\Seen` is set or changes are looked for, one at a time, as each is a word on the folder's state. Room
 * is taken for each page until the next one is asked of this generator: then the client has read it.
 */
export async function* fetchPages(session: Session, request: FetchRequest): AsyncGenerator<Page> {
  const { outgoing } = session.context;
  const share = outgoing.share(session.user.id, () => session.connection.closed);
  const steps = request.markSeen || request.changedSince !== undefined;
  const line: Step[] = [step(request.uids)];
  let rest: UidSet = [];
  let rows: number | null = null;
  try {
    for (let one = line.shift(); one; one = line.shift()) {
      if (!one.page) await start(one, LIMITS.fetchPageBytes);
      let page = await one.page!;
      while (page.needs !== undefined) {
        giveBack(one);
        await start(one, page.needs);
        page = await one.page!;
      }
      if (!steps) rows = rowsOfPage(page) ?? rows;
      if (page.next !== null) {
        const left = uidIntersect(one.uids, [page.next, UID_MAX]);
        if (rows && !rest.length && !line.length) rest = left;
        else line.unshift(step(left));
      }
      while (rows && rest.length && line.length < AHEAD) {
        const next = takePartial(rest, `1:${rows}`);
        line.push(step(next));
        rest = uidIntersect(rest, [next[next.length - 1] + 1, UID_MAX]);
      }
      for (const next of line) {
        if (!next.page && share.tryTake(LIMITS.fetchPageBytes)) ask(next, LIMITS.fetchPageBytes);
      }
      // The question leaves before the answer to the one before it is worked on.
      if (line.length) await null;
      yield page;
      share.give(one.bytes);
    }
  } finally {
    share.end();
  }

  /** Asks now, or when there is room: then nothing is held that others may wait for. */
  async function start(one: Step, bytes: number): Promise<void> {
    if (!share.tryTake(bytes)) {
      for (const ahead of line) giveBack(ahead);
      await share.take(bytes);
    }
    ask(one, bytes);
  }

  function giveBack(one: Step): void {
    share.give(one.bytes);
    one.bytes = 0;
    one.page = null;
  }

  function ask(one: Step, bytes: number): void {
    one.bytes = bytes;
    one.page = readOnFullDisk(
      request.markSeen === true,
      (markSeen) => session.selected.ask("fetch", { ...request, uids: one.uids, markSeen, roomBytes: bytes }),
    );
    one.page.catch(() => {}); // it is looked at when the pages before it are written
  }
}

function step(uids: UidSet): Step {
  return { uids, page: null, bytes: 0 };
}

/** How many messages fill a page when they are like those of this one; null when it has no octets to go by. */
function rowsOfPage({ columns }: Page): number | null {
  const octets = columns?.sections?.octets.length;
  if (!octets) return null;
  const rows = Math.floor(columns.uid.length * FILL * LIMITS.fetchPageBytes / octets);
  return Math.max(1, Math.min(rows, LIMITS.fetchPageRows));
}
