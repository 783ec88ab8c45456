import { largestNumber, resolveSequenceSet, type SequenceSet } from "../../codec/imap/sequence_set.ts";
import { uidIntersect, type UidSet, uidUnion } from "../../codec/imap/uid_set.ts";
import type { FolderView } from "./folder_view.ts";

/** The messages a command's set means, as UIDs that the client knows. */
export function resolveSet(view: FolderView, set: SequenceSet, uid: boolean): UidSet {
  return uid ? resolveUids(view, set) : resolveSeqs(view, set);
}

/** UIDs that do not exist are passed over (RFC 9051 §6.4.9). */
export function resolveUids(view: FolderView, set: SequenceSet): UidSet {
  return withSaved(view, set, uidIntersect(resolveSequenceSet(set, view.lastUid), view.uids));
}

/** A message number that does not exist is an error (RFC 9051 §9, seq-number), `*` in an empty folder too. */
function resolveSeqs(view: FolderView, set: SequenceSet): UidSet {
  const star = set.ranges.some(([first, last]) => !first || !last);
  if (largestNumber(set) > view.count || (star && !view.count)) {
    throw new SyntaxError("no such message number");
  }
  return resolveKnownSeqs(view, set);
}

/**
 * Message numbers as a search key: one that does not exist matches nothing, so that `SEARCH 1:* UNSEEN` has an answer
 * in an empty folder too.
 */
export function resolveKnownSeqs(view: FolderView, set: SequenceSet): UidSet {
  return withSaved(view, set, view.uidsOfSeqs(resolveSequenceSet(set, view.count)));
}

/** `$` stands for the saved search result (RFC 5182 §2.1). */
function withSaved(view: FolderView, set: SequenceSet, uids: UidSet): UidSet {
  return set.saved ? uidUnion(uids, view.saved) : uids;
}
