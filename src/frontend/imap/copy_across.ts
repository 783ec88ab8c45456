import type { FetchRow, MailboxContract, NewMessage } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatFlags } from "../../codec/imap/response.ts";
import { appendUid, uidCount, uidIntersect, type UidSet } from "../../codec/imap/uid_set.ts";
import type { SectionSpec } from "../../codec/message/section.ts";
import { summarize } from "../../codec/message/summarize.ts";
import type { FolderView } from "./folder_view.ts";
import type { Place } from "./place.ts";
import type { Session } from "./session.ts";

const UID_MAX = 0xffffffff;
const WHOLE: SectionSpec[] = [{ part: [], kind: "all" }];

/** What was taken, in the order in which it arrived. */
export interface Across {
  uidValidity: number;
  source: UidSet;
  destination: UidSet;
}

/**
 * Copies messages of the selected folder into another mailbox: all or none, with flags, keywords and internal date.
 * They pass through here, so their size is bounded.
 */
export async function copyAcross(
  session: Session,
  view: FolderView,
  target: Place,
  uids: UidSet,
): Promise<Across> {
  const bytes = await sizeOf(session, view, uids);
  const { ingest } = session.context;
  if (!ingest.take(bytes)) throw new Fault("busy", "too many messages are on their way");
  try {
    const source: number[] = [], messages: NewMessage[] = [];
    for await (const row of rowsOf(session, view, uids, WHOLE)) {
      const raw = row.sections?.[0];
      if (!(raw instanceof Uint8Array)) throw new Error("a message without its text");
      appendUid(source, row.uid);
      messages.push(toMessage(row, raw));
    }
    if (!messages.length) return { uidValidity: 0, source, destination: [] };
    const { uidValidity, uids: destination } = await target.mailbox.ask("append", {
      name: target.name,
      messages,
      limits: target.limits,
    });
    return { uidValidity, source, destination };
  } finally {
    ingest.give(bytes);
  }
}

/** Before messages move: whether they may be taken away afterwards, as else they would only be copied. */
export async function demandRemoval(session: Session, view: FolderView): Promise<void> {
  if (!view.prefix) return;
  const { rights } = await session.selected.ask("myRights", { name: view.name });
  if (rights.includes("t") && rights.includes("e")) return;
  throw new Fault("denied", "you have no right to take messages out of this folder");
}

async function sizeOf(session: Session, view: FolderView, uids: UidSet): Promise<number> {
  const count = uidCount(uids);
  if (count > LIMITS.acrossMessages) throw tooMuch();
  let bytes = 0;
  for await (const row of rowsOf(session, view, uids, undefined)) bytes += row.size;
  if (count > 1 && bytes > LIMITS.acrossBytes) throw tooMuch();
  return bytes;
}

function tooMuch(): Fault {
  return new Fault("limit", "too much to copy to another mailbox at once, take fewer messages");
}

async function* rowsOf(
  session: Session,
  view: FolderView,
  uids: UidSet,
  sections: SectionSpec[] | undefined,
): AsyncGenerator<FetchRow> {
  for (let left = uids; left.length;) {
    const page: MailboxContract["fetch"]["reply"] = await session.selected.ask("fetch", {
      folder: view.id,
      uids: left,
      items: { sections },
    });
    yield* page.rows;
    left = page.next === null ? [] : uidIntersect(left, [page.next, UID_MAX]);
  }
}

function toMessage(row: FetchRow, raw: Uint8Array): NewMessage {
  const flags = formatFlags(row.flags, row.keywords, false).slice(1, -1).split(" ").filter((flag) => flag);
  return { raw, summary: summarize(raw), flags, internalDateMs: row.internalDateMs };
}
