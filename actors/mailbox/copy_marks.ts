import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import { FLAG, type Identity } from "./contract.ts";
import {
  hasOwnSeen,
  isSeen,
  joinMarks,
  type Reader,
  readerOf,
  type RowFlags,
  splitMarks,
} from "./own_seen.ts";
import type { FlagRights } from "./rights.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/** Who copies or moves messages between which folders, and what may be set there. */
export interface Carrying {
  origin: Folder;
  target: Folder;
  move: boolean;
  as: Identity | undefined;
  may: FlagRights;
}

/**
 * After rows were copied to UIDs from `first` on, in the order of `source`: \Seen becomes what the one who copies sees
 * (RFC 9051 §6.4.7: flags are preserved), by the rule of the folder it comes to. A message that moves between folders
 * of own marks keeps everybody's; a copy is new to all others.
 */
export function settleMarks(turn: MailboxTurn, carrying: Carrying, source: UidSet, first: number): void {
  const { origin, target, as } = carrying;
  const own = hasOwnSeen(turn, origin.id) || hasOwnSeen(turn, target.id);
  const from = readerOf(turn, origin, as), to = readerOf(turn, target, as);
  let next = first;
  for (let i = 0; i < source.length; i += 2) {
    const rows = turn.db.tuples<[number, number, string]>(
      `SELECT uid, flags, ifnull(keywords, '') FROM message WHERE fid = ? AND uid BETWEEN ? AND ?
       AND (? OR instr(ifnull(keywords, ''), '%') > 0)`,
      origin.fid,
      source[i],
      source[i + 1],
      Number(own),
    );
    for (const [uid, bits, line] of rows) {
      const flags = carried(turn, carrying, { bits, keywords: line }, from, to);
      turn.db.run(
        "UPDATE message SET flags = ?, unseen = ?, keywords = ? WHERE fid = ? AND uid = ?",
        flags.bits,
        flags.bits & FLAG.seen ? null : 1,
        flags.keywords || null,
        target.fid,
        next + uid - source[i],
      );
    }
    next += source[i + 1] - source[i] + 1;
  }
}

function carried(
  turn: MailboxTurn,
  { origin, target, move, may }: Carrying,
  row: RowFlags,
  from: Reader | null,
  to: Reader | null,
): RowFlags {
  const { marks, keywords } = splitMarks(row.keywords);
  const kept = may.keywords ? keywords : [];
  const others = row.bits & may.bits & ~FLAG.seen;
  if (move && hasOwnSeen(turn, origin.id) && hasOwnSeen(turn, target.id)) {
    return { bits: others | row.bits & FLAG.seen, keywords: joinMarks(marks, kept) };
  }
  const seen = (may.bits & FLAG.seen) !== 0 && isSeen(row.bits, marks, from);
  if (to && !move) return { bits: others, keywords: joinMarks(seen ? [to.seen] : [], kept) };
  return { bits: seen ? others | FLAG.seen : others, keywords: joinMarks([], kept) };
}
