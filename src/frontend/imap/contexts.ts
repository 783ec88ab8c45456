import type { FolderChanges } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import type { SearchKey } from "../../codec/imap/search.ts";
import type { SortCriterion } from "../../codec/imap/sort.ts";
import {
  formatUidSet,
  uidHas,
  uidIntersect,
  type UidSet,
  uidSet,
  uidSubtract,
  uidUnion,
} from "../../codec/imap/uid_set.ts";
import { addedTo, removedFrom } from "./context_changes.ts";
import { findMessages } from "./find.ts";
import { sortMessages } from "./find_sorted.ts";
import type { FolderView } from "./folder_view.ts";
import type { Session } from "./session.ts";

/** A search or sort whose result the client follows: RETURN (UPDATE), RFC 5267 §4.3. */
export interface UpdateContext {
  readonly tag: string;
  /** What stands after the tag in each response: the folder, when ESEARCH asked (RFC 7377 §2.1). */
  readonly place: string;
  /** The client is told UIDs, not message numbers. */
  readonly uid: boolean;
  /** Message numbers in it mean what they meant when the command came. */
  readonly key: SearchKey;
  /** The order of a SORT, and what it found in that order; null for a SEARCH. */
  readonly by: SortCriterion[] | null;
  sorted: Uint32Array;
  /** What the client knows to match. */
  found: UidSet;
  /** Messages that have to be looked at again. */
  pending: UidSet;
}

/** A tag names one context: UPDATE under a tag that has one is BAD (RFC 5267 §4.3). */
export function refuseTagReuse(view: FolderView, tag: string, options: readonly string[] | null): void {
  if (options?.includes("UPDATE") && view.contexts.some((context) => context.tag === tag)) {
    throw new SyntaxError("a context has this tag");
  }
}

/** Begins to follow a result, or says that it will not (RFC 5267 §4.3.1). */
export function followResult(
  session: Session,
  call: { tag: string; uid: boolean; place?: string },
  key: SearchKey,
  result: { found: UidSet } | { by: SortCriterion[]; sorted: Uint32Array },
): void {
  const { contexts } = session.folder;
  const sorted = "by" in result ? result.sorted : new Uint32Array(0);
  if (contexts.length >= LIMITS.imapContexts || sorted.length > LIMITS.imapContextSorted) {
    session.write(`* NO [NOUPDATE "${call.tag}"] Too much to follow\r\n`);
    return;
  }
  contexts.push({
    tag: call.tag,
    place: call.place ?? "",
    uid: call.uid,
    key,
    by: "by" in result ? result.by : null,
    sorted,
    found: "by" in result ? uidSet(sorted) : result.found,
    pending: [],
  });
}

/**
 * Tells what joined and what left the results that the client follows, after a catch-up. What the mailbox cannot answer
 * now is asked again with the next one.
 */
export async function updateContexts(
  session: Session,
  view: FolderView,
  changes: FolderChanges,
): Promise<void> {
  const touched = uidUnion(uidSet(changes.changed.map((row) => row.uid)), changes.added);
  for (const context of [...view.contexts]) {
    context.pending = uidSubtract(
      uidIntersect(uidUnion(context.pending, touched), view.uids),
      view.vanished,
    );
    if (!context.pending.length) continue;
    try {
      if (context.by) await updateSorted(session, view, context, context.by);
      else await updateFound(session, view, context);
      context.pending = [];
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      session.log.warn("imap.context", { error: error.message, code: error.code });
      view.markStale();
    }
  }
}

async function updateFound(session: Session, view: FolderView, context: UpdateContext): Promise<void> {
  const { pending, found, key } = context;
  const matching = await findMessages(session, session.selected, view, {
    key: "and",
    of: [{ key: "uids", set: pending }, key],
  });
  const gone = uidSubtract(uidIntersect(found, pending), matching.uids);
  const come = uidSubtract(matching.uids, found);
  context.found = uidUnion(uidSubtract(found, gone), come);
  const tell = (set: UidSet) => formatUidSet(context.uid ? set : view.seqsOfUids(set));
  let text = "";
  if (gone.length) text += ` REMOVEFROM (0 ${tell(gone)})`;
  if (come.length) text += ` ADDTO (0 ${tell(come)})`;
  if (text) writeContext(session, context, text);
}

async function updateSorted(
  session: Session,
  view: FolderView,
  context: UpdateContext,
  by: SortCriterion[],
): Promise<void> {
  const { uids } = await sortMessages(session, view, context.key, by);
  const now = uids.filter((uid) => !uidHas(view.vanished, uid));
  if (now.length > LIMITS.imapContextSorted) {
    cancelContexts(view, [context.tag]);
    session.write(`* NO [NOUPDATE "${context.tag}"] Too much to follow\r\n`);
    return;
  }
  tellSorted(session, view, context, now);
}

function tellSorted(session: Session, view: FolderView, context: UpdateContext, now: Uint32Array): void {
  const tell = (uid: number) => context.uid ? uid : view.seqOf(uid);
  const found = uidSet(now);
  const removed = removedFrom(context.sorted, (uid) => uidHas(found, uid), tell);
  const added = addedTo(now, (uid) => uidHas(context.found, uid), tell);
  context.sorted = now;
  context.found = found;
  const text = `${removed && ` REMOVEFROM (${removed})`}${added && ` ADDTO (${added})`}`;
  if (text) writeContext(session, context, text);
}

/**
 * Tells which results lose messages that are gone. Comes before EXPUNGE, while they still have their numbers (RFC 5267
 * §4.3.4), and whether or not EXPUNGE may be said now.
 */
export function removeVanished(session: Session, view: FolderView): void {
  for (const context of view.contexts) {
    const gone = uidIntersect(context.found, view.vanished);
    if (!gone.length) continue;
    if (context.by) tellSorted(session, view, context, context.sorted.filter((uid) => !uidHas(gone, uid)));
    else {
      context.found = uidSubtract(context.found, gone);
      const numbers = context.uid ? gone : view.seqsOfUids(gone);
      writeContext(session, context, ` REMOVEFROM (0 ${formatUidSet(numbers)})`);
    }
  }
}

function writeContext(session: Session, { tag, place, uid }: UpdateContext, text: string): void {
  session.write(`* ESEARCH (TAG "${tag}"${place})${uid ? " UID" : ""}${text}\r\n`);
}

/** Ends contexts; false, and nothing is ended, when one of the tags has none. */
export function cancelContexts(view: FolderView, tags: readonly string[]): boolean {
  if (!tags.every((tag) => view.contexts.some((context) => context.tag === tag))) return false;
  view.contexts = view.contexts.filter((context) => !tags.includes(context.tag));
  return true;
}
