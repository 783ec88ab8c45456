import { Fault } from "../../src/base/fault.ts";
import { dropEntries, insertEntry, logEnd, sameMark, writeHome } from "../../src/actor/replica.ts";
import { applyChange } from "./apply_change.ts";
import { applyJoin } from "./apply_join.ts";
import type { MailboxContract } from "./contract.ts";
import type { JoinChange, LogEntry } from "./log_change.ts";
import { dropStaged } from "./exchange.ts";
import { affectedBy, tellFolder } from "./tell_folders.ts";
import { catalog, type Folder, type MailboxTurn, saveFolder } from "./state.ts";

type ApplyLog = MailboxContract["applyLog"];

/**
 * Takes over entries of the other server: same positions, UIDs and modseqs, one transaction. They must follow the end of
 * this log, or be the join of just this branch; anything else is a `conflict`, and the two have to look for the point
 * from which they differ.
 */
export function applyLog(request: ApplyLog["request"], turn: MailboxTurn): ApplyLog["reply"] {
  if (!sameMark(request.after, logEnd(turn))) throw new Fault("conflict", "the log has gone on meanwhile");
  const touched = new Set<Folder>();
  const absent = new Set(request.absent);
  for (const entry of request.entries) applyEntry(turn, entry, touched, absent);
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
  absent: ReadonlySet<string>,
): void {
  const [first] = entry.changes;
  if (first?.op === "join") return replaceBranch(turn, entry, first);
  if (entry.position !== logEnd(turn).position + 1) throw new Fault("conflict", "entries are missing");
  for (const change of entry.changes) {
    const folder = applyChange(turn, change, absent);
    if (folder) touched.add(folder);
  }
  insertEntry(turn, entry);
}

/** Both sides hold what the join says from here on; entries that it replaces are nobody's any more. */
function replaceBranch(turn: MailboxTurn, entry: LogEntry, join: JoinChange): void {
  // It sets all that either branch touched, so it fits on the mark that both grew from, too.
  const end = logEnd(turn);
  if (join.branch && !sameMark(join.branch.end, end) && !sameMark(join.branch.common, end)) {
    throw new Fault("conflict", "the branch has gone on meanwhile");
  }
  applyJoin(turn, join);
  dropEntries(turn, join.branch ? join.branch.common.position : 0);
  writeHome(turn.db, join.claim);
  insertEntry(turn, entry);
}
