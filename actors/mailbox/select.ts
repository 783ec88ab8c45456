import type { MailboxContract } from "./contract.ts";
import { keywordMap } from "./flags.ts";
import { folderStatus } from "./folders.ts";
import { firstUnseen, readerOf } from "./own_seen.ts";
import { isOwner, namedFor, rightsOf } from "./rights.ts";
import { existingUids } from "./spans.ts";
import { type MailboxTurn, saveFolder } from "./state.ts";

type Select = MailboxContract["select"];

/**
 * SELECT and EXAMINE (RFC 9051 §6.3.2). All UIDs go out as runs, so the cost grows with the gaps in a folder, not with its messages. Claiming
 * \Recent is session business (RFC 3501 §2.3.2): it changes no modseq and stands in no log. Others than the owner take none.
 */
export function select(request: Select["request"], turn: MailboxTurn): Select["reply"] {
  const folder = namedFor(turn, request.name, request.as, "r");
  const { db } = turn;
  const status = folderStatus(turn, folder, request.as);
  const recent = status.recent ? existingUids(db, folder.fid, folder.recentFrom) : [];
  if (request.claimRecent && isOwner(turn, request.as) && folder.recentFrom < folder.uidNext) {
    folder.recentFrom = folder.uidNext;
    saveFolder(turn, folder);
  }
  return {
    status,
    uids: request.withoutUids ? [] : existingUids(db, folder.fid),
    recent,
    firstUnseenUid: firstUnseen(turn, folder, readerOf(turn, folder, request.as)),
    rights: rightsOf(turn, folder, request.as),
    keywords: [...keywordMap(turn).values()].sort(),
    foreign: turn.node.paired ? [folder.forkFrom, Math.abs(folder.forkTo)] : null,
  };
}
