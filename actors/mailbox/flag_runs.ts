import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import type { Database } from "../../src/storage/database.ts";

/** Messages of neighbouring UIDs that have the same flags. */
export interface FlagRun {
  first: number;
  last: number;
  bits: number;
  keywords: string;
}

/** UIDs that are looked at together, and from how many on it is worth to ask whether all have the same flags. */
const BLOCK = 1000;
const WORTH = 16;

/**
 * The flags of existing messages, as runs. Most messages of a folder have the flags of their neighbours, so each block is
 * first asked whether that holds for all of it: a tenth of the cost of reading its rows.
 */
export function* flagRuns(db: Database, fid: number, existing: UidSet): IterableIterator<FlagRun> {
  for (let i = 0; i < existing.length; i += 2) {
    for (let first = existing[i]; first <= existing[i + 1]; first += BLOCK) {
      const last = Math.min(first + BLOCK - 1, existing[i + 1]);
      const same = last - first < WORTH ? null : sameFlags(db, fid, first, last);
      if (same) yield same;
      else yield* readRuns(db, fid, first, last);
    }
  }
}

function sameFlags(db: Database, fid: number, first: number, last: number): FlagRun | null {
  const [[bits, mostBits, count, keywords, mostKeywords, worded]] = db.tuples<
    [number, number, number, string | null, string | null, number]
  >(
    `SELECT min(flags), max(flags), count(*), min(keywords), max(keywords), count(keywords) FROM message
     WHERE fid = ? AND uid BETWEEN ? AND ?`,
    fid,
    first,
    last,
  );
  if (bits !== mostBits || keywords !== mostKeywords || worded % count) return null;
  return { first, last, bits, keywords: keywords ?? "" };
}

function* readRuns(db: Database, fid: number, first: number, last: number): IterableIterator<FlagRun> {
  const rows = db.tuples<[number, number, string | null]>(
    "SELECT uid, flags, keywords FROM message WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid",
    fid,
    first,
    last,
  );
  let run: FlagRun | null = null;
  for (const [uid, bits, line] of rows) {
    const keywords = line ?? "";
    if (run && run.bits === bits && run.keywords === keywords) run.last = uid;
    else {
      if (run) yield run;
      run = { first: uid, last: uid, bits, keywords };
    }
  }
  if (run) yield run;
}
