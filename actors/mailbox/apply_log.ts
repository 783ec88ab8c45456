import { Fault } from "../../src/base/fault.ts";
import {
  dropEntries,
  GENESIS,
  insertEntry,
  logEnd,
  type LogMark,
  sameMark,
  writeHome,
} from "../../src/actor/replica.ts";
import { hasMark } from "../../src/actor/replica_handlers.ts";
import { applyChange, type Bytes } from "./apply_change.ts";
import { applyJoin } from "./apply_join.ts";
import { releaseContents } from "./content_refs.ts";
import type { MailboxContract } from "./contract.ts";
import type { JoinChange, LogEntry } from "./log_change.ts";
import { dropStaged } from "./exchange.ts";
import { affectedBy, tellFolder } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn, saveFolder } from "./state.ts";

type ApplyLog = MailboxContract["applyLog"];

/**
 * Takes over entries of the other server: same positions, UIDs and modseqs, one transaction. They must follow the end of
 * this log, or be the join of this branch with another; anything else is a `conflict`, and the two have to look for the
 * point from which they differ.
 */
export function applyLog(request: ApplyLog["request"], turn: MailboxTurn): ApplyLog["reply"] {
  if (!sameMark(request.after, logEnd(turn))) throw new Fault("conflict", "the log has gone on meanwhile");
  const touched = new Set<Folder>();
  // What one entry removes a later one may bring again: no bytes go before all are in.
  const bytes: Bytes = { absent: new Set(request.absent), leaving: new Map() };
  for (const entry of request.entries) applyEntry(turn, entry, touched, bytes);
  releaseContents(turn, bytes.leaving);
  if (request.entries.some(({ changes }) => changes[0]?.op === "join")) dropStaged(turn);
  const affected = affectedBy(request.entries.flatMap(({ changes }) => changes));
  for (const folder of touched) {
    // A later entry may have removed it, and another folder may have its row.
    if (catalog(turn).byId.get(folder.id) !== folder) continue;
    saveFolder(turn, folder);
    tellFolder(turn, folder, affected);
  }
  return { end: logEnd(turn) };
}

function applyEntry(
  turn: MailboxTurn,
  entry: LogEntry,
  touched: Set<Folder>,
  bytes: Bytes,
): void {
  const [first] = entry.changes;
  if (first?.op === "join") return replaceBranch(turn, entry, first, bytes);
  if (entry.position !== logEnd(turn).position + 1) throw new Fault("conflict", "entries are missing");
  for (const change of entry.changes) {
    const folder = applyChange(turn, change, bytes);
    if (folder) touched.add(folder);
  }
  insertEntry(turn, entry);
}

/** Both sides hold what the join says from here on; entries that it replaces are nobody's any more. */
function replaceBranch(
  turn: MailboxTurn,
  entry: LogEntry,
  join: JoinChange,
  bytes: Bytes,
): void {
  // It sets all that either branch touched, so it fits on the end of both and on the mark that both grew from.
  if (join.branch && !sameMark(join.branch.end, logEnd(turn)) && !holds(turn, join.branch.common)) {
    throw new Fault("conflict", "the join is of other branches");
  }
  applyJoin(turn, join, bytes);
  dropEntries(turn, join.branch ? join.branch.common.position : 0);
  writeHome(turn.db, join.claim);
  insertEntry(turn, entry);
}

function holds(turn: MailboxTurn, mark: LogMark): boolean {
  return sameMark(mark, GENESIS) || hasMark(turn, mark);
}
