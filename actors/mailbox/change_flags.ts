import { appendRange, type UidSet } from "../../src/codec/imap/uid_set.ts";
import { noteChanged } from "./changed_runs.ts";
import { FLAG } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { flagRuns } from "./flag_runs.ts";
import { flagBit, joinKeywords, registerKeywords } from "./flags.ts";
import { existingOf } from "./spans.ts";
import type { Folder, MailboxTurn } from "./state.ts";

type FlagsChange = Extract<LogChange, { op: "flags" }>;

/** Rows that have the same flags before, and so after. */
interface Group {
  bits: number;
  keywords: string;
  uids: number[];
  count: number;
}

/** Adds and removes the flags that a log entry names, and gives the rows its modseq. UIDs that are gone are left out. */
export function changeFlags(turn: MailboxTurn, folder: Folder, change: FlagsChange): void {
  const added = split(change.add), removed = split(change.remove);
  registerKeywords(turn, added.keywords.join(" "));
  const existing = existingOf(turn.db, folder.fid, change.uids);
  for (const group of groups(turn, folder, existing)) {
    const bits = (group.bits | added.bits) & ~removed.bits;
    const words = new Set(group.keywords ? group.keywords.split(" ") : []);
    for (const word of removed.keywords) words.delete(word);
    for (const word of added.keywords) words.add(word);
    for (let i = 0; i < group.uids.length; i += 2) {
      turn.db.run(
        `UPDATE message SET flags = ?, ${unseenIn(group.bits, bits)} keywords = ?, modseq = ?
         WHERE fid = ? AND uid BETWEEN ? AND ?`,
        bits,
        joinKeywords([...words].sort()),
        change.modSeq,
        folder.fid,
        group.uids[i],
        group.uids[i + 1],
      );
    }
    folder.unseen -= group.count * turned(group.bits, bits, FLAG.seen);
    folder.deleted += group.count * turned(group.bits, bits, FLAG.deleted);
  }
  noteChanged(turn, folder, existing, change.modSeq);
}

/** What an UPDATE says of \Seen, when it changes at all: else its index stays as it is. */
export function unseenIn(before: number, after: number): "" | "unseen = 1," | "unseen = NULL," {
  if (!((before ^ after) & FLAG.seen)) return "";
  return after & FLAG.seen ? "unseen = NULL," : "unseen = 1,";
}

function groups(turn: MailboxTurn, folder: Folder, existing: UidSet): Iterable<Group> {
  const byFlags = new Map<string, Group>();
  for (const { first, last, bits, keywords } of flagRuns(turn.db, folder.fid, existing)) {
    const key = `${bits} ${keywords}`;
    let group = byFlags.get(key);
    if (!group) byFlags.set(key, group = { bits, keywords, uids: [], count: 0 });
    appendRange(group.uids, first, last);
    group.count += last - first + 1;
  }
  return byFlags.values();
}

function split(names: readonly string[]): { bits: number; keywords: string[] } {
  let bits = 0;
  const keywords: string[] = [];
  for (const name of names) {
    if (name.startsWith("\\")) bits |= flagBit(name);
    else keywords.push(name);
  }
  return { bits, keywords };
}

function turned(before: number, after: number, bit: number): number {
  return Number((after & bit) !== 0) - Number((before & bit) !== 0);
}
