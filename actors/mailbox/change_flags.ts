import { appendUid } from "../../src/codec/imap/uid_set.ts";
import { FLAG } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
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
  for (const group of groups(turn, folder, change)) {
    const bits = (group.bits | added.bits) & ~removed.bits;
    const words = new Set(group.keywords ? group.keywords.split(" ") : []);
    for (const word of removed.keywords) words.delete(word);
    for (const word of added.keywords) words.add(word);
    for (let i = 0; i < group.uids.length; i += 2) {
      turn.db.run(
        "UPDATE message SET flags = ?, keywords = ?, modseq = ? WHERE fid = ? AND uid BETWEEN ? AND ?",
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
}

function groups(turn: MailboxTurn, folder: Folder, change: FlagsChange): Iterable<Group> {
  const byFlags = new Map<string, Group>();
  const existing = existingOf(turn.db, folder.fid, change.uids);
  for (let i = 0; i < existing.length; i += 2) {
    const rows = turn.db.tuples<[number, number, string]>(
      "SELECT uid, flags, ifnull(keywords, '') FROM message WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid",
      folder.fid,
      existing[i],
      existing[i + 1],
    );
    for (const [uid, bits, keywords] of rows) {
      const key = `${bits} ${keywords}`;
      let group = byFlags.get(key);
      if (!group) byFlags.set(key, group = { bits, keywords, uids: [], count: 0 });
      appendUid(group.uids, uid);
      group.count++;
    }
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
