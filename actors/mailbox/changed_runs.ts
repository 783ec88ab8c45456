import { uidCount, uidNormalize, type UidSet } from "../../src/codec/imap/uid_set.ts";
import { type Folder, type MailboxTurn } from "./state.ts";

/** Runs that one folder remembers; older ones are found again by going through the folder. */
const REMEMBERED_RUNS = 20_000;
/** How often they are counted: each so many mod-sequences, and with a change of many runs. */
const COUNTED_EACH = 512;
/** Runs of one change; more are told as the one from its first to its last message. */
const RUNS = 5_000;
/** Runs in which the message that changed last is looked for. */
const LOOKS = 50;

/**
 * Remembers that messages got a modseq: a change of twenty thousand neighbours is one row, where an index by modseq
 * had to be given as many. Whoever reads looks at the rows of these UIDs, so a run may hold more than what changed, and
 * messages that are gone.
 */
export function noteChanged(turn: MailboxTurn, folder: Folder, uids: UidSet, modSeq: number): void {
  if (!uids.length) return;
  const runs = uids.length > 2 * RUNS ? [uids[0], uids[uids.length - 1]] : uids;
  for (let i = 0; i < runs.length; i += 2) noteRun(turn, folder.fid, modSeq, runs[i], runs[i + 1]);
  if (modSeq % COUNTED_EACH === 0 || runs.length > COUNTED_EACH) forgetOldRuns(turn, folder);
}

/** The messages of one APPEND come one by one: they stay one run. */
function noteRun(turn: MailboxTurn, fid: number, modSeq: number, first: number, last: number): void {
  const before = turn.state.noted;
  const longer = before && before.fid === fid && before.modSeq === modSeq && before.last + 1 === first;
  if (longer) {
    turn.db.run(
      "UPDATE changed SET last_uid = ? WHERE fid = ? AND modseq = ? AND first_uid = ?",
      last,
      fid,
      modSeq,
      before.first,
    );
  } else {
    turn.db.run(
      `INSERT INTO changed (fid, modseq, first_uid, last_uid) VALUES (?, ?, ?, ?)
       ON CONFLICT (fid, modseq, first_uid) DO UPDATE SET last_uid = max(last_uid, excluded.last_uid)`,
      fid,
      modSeq,
      first,
      last,
    );
  }
  turn.state.noted = { fid, modSeq, first: longer ? before.first : first, last };
}

/** Where messages that changed after a modseq are to be looked for; null: anywhere. */
export function changedRuns(turn: MailboxTurn, folder: Folder, since: number): UidSet | null {
  if (since < folder.changedFrom) return null;
  return uidNormalize(
    turn.db.tuples<[number, number]>(
      "SELECT first_uid, last_uid FROM changed WHERE fid = ? AND modseq > ?",
      folder.fid,
      since,
    ),
  );
}

/** The messages that changed last, about so many at most. */
export function lastChanged(turn: MailboxTurn, folder: Folder, messages: number): UidSet {
  const runs: [number, number][] = [];
  let left = messages;
  for (
    const [first, last] of turn.db.tuples<[number, number]>(
      "SELECT first_uid, last_uid FROM changed WHERE fid = ? ORDER BY modseq DESC LIMIT ? + 0",
      folder.fid,
      messages,
    )
  ) {
    left -= uidCount([first, last]);
    if (left < 0) break;
    runs.push([first, last]);
  }
  return uidNormalize(runs);
}

/** The largest modseq of the messages from a UID on; 0 when there are none. */
export function highestModSeq(turn: MailboxTurn, folder: Folder, from: number): number {
  // The newest run mostly has one that is still there.
  const runs = turn.db.tuples<[number, number, number]>(
    "SELECT modseq, first_uid, last_uid FROM changed WHERE fid = ? ORDER BY modseq DESC LIMIT ? + 0",
    folder.fid,
    LOOKS,
  );
  for (const [modSeq, first, last] of runs) {
    const one = turn.db.get(
      "SELECT 1 FROM message WHERE fid = ? AND uid BETWEEN ? AND ? AND modseq = ? LIMIT 1",
      folder.fid,
      Math.max(first, from),
      last,
      modSeq,
    );
    if (one) return modSeq;
  }
  return turn.db.get<{ modseq: number | null }>(
    "SELECT max(modseq) AS modseq FROM message WHERE fid = ? AND uid >= ?",
    folder.fid,
    from,
  )!.modseq ?? 0;
}

/** Forgets all runs: whatever changed up to now is found by going through the folder. */
export function forgetChanged(turn: MailboxTurn, folder: Folder): void {
  turn.db.run("DELETE FROM changed WHERE fid = ?", folder.fid);
  folder.changedFrom = folder.highestModSeq;
  turn.state.noted = null;
}

function forgetOldRuns(turn: MailboxTurn, folder: Folder): void {
  const { n } = turn.db.get<{ n: number }>("SELECT count(*) AS n FROM changed WHERE fid = ?", folder.fid)!;
  if (n <= REMEMBERED_RUNS) return;
  const cut = turn.db.get<{ modseq: number }>(
    "SELECT modseq FROM changed WHERE fid = ? ORDER BY modseq LIMIT 1 OFFSET ?",
    folder.fid,
    n >> 1,
  )!.modseq;
  turn.db.run("DELETE FROM changed WHERE fid = ? AND modseq <= ?", folder.fid, cut);
  folder.changedFrom = cut;
  turn.state.noted = null;
}
