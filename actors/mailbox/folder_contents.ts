import type { FolderId } from "./contract.ts";
import { forgetAnswers, type KeptAnswers } from "./kept_answers.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/** Which content each message of a folder has, by ascending UID. */
export interface FolderContents {
  /** Never used again, unlike the folder's key inside the file. */
  readonly id: FolderId;
  /** The folder as it was: UIDs come above `uidNext` only, so that with both equal nothing came and nothing went. */
  readonly uidNext: number;
  readonly messages: number;
  readonly uids: Uint32Array;
  readonly contents: Float64Array;
  /** What was worked out for the folder as it was. */
  readonly answers: KeptAnswers;
}

/** Folders of more messages are read anew for each page. */
const KEPT = 250_000;

/** Messages of a folder: places `[from, to)` of both columns. */
export interface Stretch {
  uids: ArrayLike<number>;
  contents: ArrayLike<number>;
  from: number;
  to: number;
}

/** The messages of a stretch of UIDs. Those of one folder are kept in memory. */
export function contentsOf(turn: MailboxTurn, folder: Folder, first: number, last: number): Stretch {
  if (folder.messages > KEPT) {
    const rows = readRows(turn, folder.fid, first, last);
    return { uids: rows.map(([uid]) => uid), contents: rows.map(([, id]) => id), from: 0, to: rows.length };
  }
  const kept = keep(turn, folder);
  return { ...kept, from: lowerBound(kept.uids, first), to: lowerBound(kept.uids, last + 1) };
}

/** All messages of a folder, unless there are too many to be kept. */
export function keptContents(turn: MailboxTurn, folder: Folder): FolderContents | null {
  return folder.messages > KEPT ? null : keep(turn, folder);
}

function keep(turn: MailboxTurn, folder: Folder): FolderContents {
  const { id, fid, uidNext, messages } = folder;
  const known = turn.state.contents;
  if (known?.id === id && known.uidNext === uidNext && known.messages === messages) return known;
  if (known) forgetAnswers(known.answers);
  const grown = known?.id === id ? grow(turn, folder, known) : null;
  if (grown) return turn.state.contents = grown;
  const rows = readRows(turn, fid, 1, 0xffffffff);
  const uids = new Uint32Array(rows.length), contents = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) [uids[i], contents[i]] = rows[i];
  return turn.state.contents = { id, uidNext, messages, uids, contents, answers: new Map() };
}

/** The same with the new messages, when none is gone. */
function grow(turn: MailboxTurn, folder: Folder, known: FolderContents): FolderContents | null {
  const { id, fid, uidNext, messages } = folder;
  const count = messages - known.messages;
  if (count <= 0 || uidNext - known.uidNext < count) return null;
  const rows = readRows(turn, fid, known.uidNext, 0xffffffff);
  if (rows.length !== count) return null;
  const uids = new Uint32Array(messages), contents = new Float64Array(messages);
  uids.set(known.uids);
  contents.set(known.contents);
  for (let i = 0; i < count; i++) [uids[known.messages + i], contents[known.messages + i]] = rows[i];
  return { id, uidNext, messages, uids, contents, answers: new Map() };
}

function readRows(turn: MailboxTurn, fid: number, first: number, last: number): [number, number][] {
  return turn.db.tuples<[number, number]>(
    "SELECT uid, content_id FROM message WHERE fid = ? AND uid BETWEEN ? AND ? ORDER BY uid",
    fid,
    first,
    last,
  );
}

/** The first place whose value is not below. */
function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid] < value) low = mid + 1;
    else high = mid;
  }
  return low;
}
