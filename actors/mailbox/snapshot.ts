import { hex } from "../../src/base/bytes.ts";
import { logEnd, readHome } from "../../src/actor/replica.ts";
import { allRows } from "../../src/actor/rows.ts";
import type { MailboxContract } from "./contract.ts";
import type { FolderHead, JoinChange, JoinRow, MailboxTip } from "./log_change.ts";
import { showForks } from "./log.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";
import { TABLES } from "./tables.ts";

type RowTuple = [number, number, number, string, number, number, number, Uint8Array, string];

/** A folder without its messages. */
export function headOf(folder: Folder): FolderHead {
  const { id, name, uidValidity, specialUse, uidNext, highestModSeq } = folder;
  return { id, name, uidValidity, specialUse: [...specialUse], uidNext, modSeq: highestModSeq };
}

/** What a heal on the other server has to know of this side; that server goes on from there. */
export function tip(_request: Record<string, never>, turn: MailboxTurn): MailboxContract["tip"]["reply"] {
  showForks(turn);
  return { end: logEnd(turn), tip: tipOf(turn) };
}

function tipOf(turn: MailboxTurn): MailboxTip {
  const { value } = turn.db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'uid_validity'")!;
  return { folders: [...catalog(turn).byId.values()].map(headOf), uidValidity: value };
}

/** The whole mailbox as the entry at the end of its log. */
export function snapshot(
  _request: Record<string, never>,
  turn: MailboxTurn,
): MailboxContract["snapshot"]["reply"] {
  logEnd(turn);
  const { last } = turn.tail;
  const change = snapshotChange(turn);
  return {
    entry: {
      position: last?.position ?? 0,
      requestId: last?.requestId ?? "",
      hlc: last?.hlc ?? 0,
      changes: [change],
    },
  };
}

/** The whole mailbox as a join. */
export function snapshotChange(turn: MailboxTurn): JoinChange {
  const { folders, uidValidity } = tipOf(turn);
  const { byId } = catalog(turn);
  return {
    op: "join",
    branch: null,
    claim: readHome(turn.db, turn.node),
    uidValidity,
    folders: folders.map((head) => ({
      ...head,
      rows: readRows(turn, byId.get(head.id)!.fid, 1, 0xffffffff, 1),
      gone: [],
    })),
    subscriptions: turn.db.tuples<[string]>("SELECT name FROM subscription ORDER BY name")
      .map(([name]) => ({ name, on: true })),
    rows: allRows(turn.db, TABLES),
  };
}

/** Rows of a run of UIDs in the form of a join. */
export function readRows(
  turn: MailboxTurn,
  fid: number,
  first: number,
  last: number,
  born: 0 | 1,
): JoinRow[] {
  const rows = turn.db.tuples<RowTuple>(
    `SELECT m.uid, m.modseq, m.flags, ifnull(m.keywords, ''), m.internal_ms, m.save_ms, m.size, c.hash, c.thread_id
     FROM message m JOIN content c ON c.id = m.content_id WHERE m.fid = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid`,
    fid,
    first,
    last,
  );
  return rows.map(([uid, modSeq, flags, keywords, internal, save, size, hash, thread]) => [
    uid,
    modSeq,
    flags,
    keywords,
    internal,
    save,
    size,
    hex(hash),
    thread,
    born,
  ]);
}
