import {
  appendUid,
  uidIntersect,
  uidNormalize,
  type UidSet,
  uidSubtract,
} from "../../src/codec/imap/uid_set.ts";
import { changedRuns } from "./changed_runs.ts";
import type { FetchRow, MailboxContract } from "./contract.ts";
import { recentCount } from "./folders.ts";
import { readerOf, showRow } from "./own_seen.ts";
import { demand, folderFor } from "./rights.ts";
import { existingOf, existingUids } from "./spans.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";

type Changes = MailboxContract["changes"];
type Vanished = MailboxContract["vanished"];

/** Everything after a modseq: cost by what changed, not by the folder's size. A deleted folder is told, not thrown. */
export function changes(request: Changes["request"], turn: MailboxTurn): Changes["reply"] {
  const folder = catalog(turn).byId.get(request.folder);
  if (!folder) {
    return { highestModSeq: 0, uidNext: 0, added: [], vanished: [], changed: [], recent: 0, gone: true };
  }
  demand(turn, folder, request.as, "r");
  const reader = readerOf(turn, folder, request.as);
  const changed: FetchRow[] = [];
  const added: number[] = [];
  if (request.since < folder.highestModSeq) {
    for (
      const [uid, modSeq, flags, keywords, internalDateMs, size, born] of changedRows(
        turn,
        folder,
        request.since,
      )
    ) {
      changed.push(showRow({ uid, modSeq, flags, keywords, internalDateMs, size }, reader));
      if (born > request.since) appendUid(added, uid);
    }
  }
  return {
    highestModSeq: folder.highestModSeq,
    uidNext: folder.uidNext,
    added,
    vanished: vanishedSince(turn, folder, request.since),
    changed,
    recent: recentCount(turn, folder),
    gone: false,
  };
}

/**
 * VANISHED (EARLIER), RFC 7162 §3.2.10: UIDs of `known` that went after `since`. When that is longer ago than runs are
 * remembered, all of `known` that is missing now (the RFC lets a server tell too many, never too few).
 */
export function vanished(request: Vanished["request"], turn: MailboxTurn): Vanished["reply"] {
  const folder = folderFor(turn, request.folder, request.as, "r");
  if (request.since >= folder.vanishedFrom) {
    return { uids: uidIntersect(vanishedSince(turn, folder, request.since), request.known) };
  }
  const given = folder.uidNext > 1 ? uidIntersect(request.known, [1, folder.uidNext - 1]) : [];
  return { uids: uidSubtract(given, existingOf(turn.db, folder.fid, given)) };
}

type ChangedTuple = [number, number, number, string, number, number, number];

function changedRows(turn: MailboxTurn, folder: Folder, since: number): ChangedTuple[] {
  const runs = changedRuns(turn, folder, since) ?? [1, 0xffffffff];
  const rows: ChangedTuple[][] = [];
  for (let i = 0; i < runs.length; i += 2) {
    rows.push(turn.db.tuples<ChangedTuple>(
      `SELECT uid, modseq, flags, ifnull(keywords, ''), internal_ms, size, born FROM message
       WHERE fid = ? AND uid BETWEEN ? AND ? AND modseq > ? ORDER BY uid`,
      folder.fid,
      runs[i],
      runs[i + 1],
      since,
    ));
  }
  return rows.length === 1 ? rows[0] : rows.flat();
}

function vanishedSince(turn: MailboxTurn, folder: Folder, since: number): UidSet {
  if (since >= folder.highestModSeq) return [];
  if (since < folder.vanishedFrom) {
    if (folder.uidNext === 1) return [];
    return uidSubtract([1, folder.uidNext - 1], existingUids(turn.db, folder.fid));
  }
  return uidNormalize(
    turn.db.tuples<[number, number]>(
      "SELECT first_uid, last_uid FROM expunged WHERE fid = ? AND modseq > ?",
      folder.fid,
      since,
    ),
  );
}
