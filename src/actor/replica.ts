import { type Hlc, hlcMs, nextHlc } from "../base/hlc.ts";
import type { Database } from "../storage/database.ts";
import type { Turn } from "./actor.ts";

/**
 * What every actor that lives on both servers of a pair has in common: an ordered log of results in a table `log`
 * (position, request_id, hlc, changes), marks that compare two logs, and the home that orders its changes.
 */

/** This server inside its pair. A server alone is its own `first`. */
export interface ReplicaNode {
  readonly id: string;
  /** The smaller id of the pair: home of everything that was never moved. */
  readonly first: string;
  /** 0 for the smaller id, 1 for the other: the low bit of numbers that two servers must never both give. */
  readonly slot: 0 | 1;
  /** There is another server. */
  readonly paired: boolean;
}

/** The node of a server, alone or beside a peer. */
export function replicaNode(id: string, peer: string | null): ReplicaNode {
  const first = peer !== null && peer < id ? peer : id;
  return { id, first, slot: first === id ? 0 : 1, paired: peer !== null };
}

/** A point of a log. Two logs that both hold a mark are equal up to it. */
export type LogMark = { position: number; tag: string };

/** Where every log begins. */
export const GENESIS: LogMark = { position: 0, tag: "" };

/** One committed change with its results. */
export type LogEntry<C = unknown> = {
  position: number;
  requestId: string;
  hlc: Hlc;
  changes: C[];
  /** The reply that the request got, as the host keeps it: whoever repeats the request on the other server gets it too. */
  reply?: Uint8Array;
};

/** The end of an actor's log, kept in memory by the host between turns; `last` is null until it was read. */
export interface LogTail {
  last: { position: number; requestId: string; hlc: Hlc } | null;
}

/** Who orders an actor's changes; the larger epoch is the later word. */
export type HomeClaim = { home: string; epoch: number };

/** The change that moves the home. */
export type HomeChange = { op: "home" } & HomeClaim;

/** Where one copy of an actor stands. */
export type ReplicaState = HomeClaim & {
  end: LogMark;
  /** The oldest position that the log still holds; `end.position + 1` when it holds none. */
  first: number;
};

/** One side's entries after a common mark, with what else a heal has to know about that side (`tip`, the actor's own). */
export type Branch<C = unknown, T = unknown> = { entries: LogEntry<C>[]; end: LogMark; tip: T };

/** What the joining of two branches came to. */
export type HealResult = { end: LogMark; renumbered: number };

/**
 * What a replicated actor answers to the engine of `src/replication`, beside its own requests. `C` is its kind of
 * change, `T` its tip.
 */
export type ReplicaContract<C, T> = {
  replicaState: { request: Record<string, never>; reply: ReplicaState };
  /** Marks below a position, newest first. */
  listMarks: { request: { before: number; limit: number }; reply: { marks: LogMark[] } };
  /** The first of the given marks that this log holds too. */
  commonMark: { request: { marks: LogMark[] }; reply: { mark: LogMark | null } };
  moveHome: { request: { to: string }; reply: HomeClaim };
  /** The peer holds everything up to this mark: older entries may go. `clean`: the log ends here. */
  acked: { request: { mark: LogMark }; reply: { clean: boolean } };
  /** What a heal has to know of this side beside its entries, as of the end of the log. */
  tip: { request: Record<string, never>; reply: { end: LogMark; tip: T } };
  /**
   * Takes over the other side's entries, which follow `after`, the end of this log; `conflict` when it is not, and
   * `not_found` when contents are missing that are not `absent`, gone from the other side too: their messages are
   * removed by a later entry. One entry with a join of this very branch replaces the branch.
   */
  applyLog: {
    request: { after: LogMark; entries: LogEntry<C>[]; absent?: string[] };
    reply: { end: LogMark };
  };
  /** Joins the other side's branch into this one, the home's; `conflict` when `common` is not in this log. */
  heal: { request: { common: LogMark; theirs: Branch<C, T> }; reply: HealResult };
  /** Everything as one join, for a peer that has nothing or cannot be caught up by entries. */
  snapshot: { request: Record<string, never>; reply: { entry: LogEntry<C> } };
};

/** The mark of an entry. */
export function markOf(entry: { position: number; requestId: string; hlc: Hlc }): LogMark {
  return { position: entry.position, tag: `${entry.hlc}.${entry.requestId}` };
}

/** Whether two marks are the same. */
export function sameMark(a: LogMark, b: LogMark): boolean {
  return a.position === b.position && a.tag === b.tag;
}

/** The end of the log. */
export function logEnd(turn: Pick<Turn, "db" | "tail">): LogMark {
  const last = lastEntry(turn);
  return last ? markOf(last) : GENESIS;
}

/**
 * Writes this turn's one entry; its time never goes back, even when the clock was set back meanwhile, and is never one
 * that the other server gives: both may carry out one request, and what they wrote must be told apart.
 */
export function appendEntry(turn: Turn, changes: readonly unknown[]): void {
  const last = lastEntry(turn);
  const hlc = last && last.hlc >= turn.now ? nextHlc(turn.now, last.hlc, turn.node.slot) : turn.now;
  insertEntry(turn, {
    position: (last?.position ?? 0) + 1,
    requestId: turn.requestId,
    hlc,
    changes: [...changes],
  });
}

/** Writes an entry as it is: the peer's, or a join. */
export function insertEntry(turn: Pick<Turn, "db" | "tail">, entry: LogEntry): void {
  const { position, requestId, hlc } = entry;
  turn.db.run(
    "INSERT INTO log (position, request_id, hlc, changes) VALUES (?, ?, ?, ?)",
    position,
    requestId,
    hlc,
    JSON.stringify(entry.changes),
  );
  noteAnswered(turn, [entry]);
  turn.tail.last = { position, requestId, hlc };
}

/**
 * Remembers the answers of requests that the other server carried out, also of those that only a join brings: one that
 * waits here to be done again is answered by it.
 */
export function noteAnswered(turn: Pick<Turn, "db">, entries: readonly LogEntry[]): void {
  for (const { requestId, hlc, reply } of entries) {
    if (!reply) continue;
    turn.db.run(
      "INSERT OR IGNORE INTO host_done (request_id, at_ms, reply) VALUES (?, ?, ?)",
      requestId,
      hlcMs(hlc),
      reply,
    );
  }
}

/** Removes every entry after a position: a branch that was joined. */
export function dropEntries(turn: Pick<Turn, "db" | "tail">, after: number): void {
  turn.db.run("DELETE FROM log WHERE position > ?", after);
  turn.tail.last = null;
}

/** Entries after a position, at most `limit` and about `limitBytes`, but at least one. */
export function readEntries<C>(
  db: Database,
  after: number,
  limit: number,
  limitBytes: number,
): LogEntry<C>[] {
  return [...eachEntry<C>(db, after, limit, limitBytes)];
}

/** The same one at a time, for whoever may want fewer; no other reading of the log may go on meanwhile. */
export function* eachEntry<C>(
  db: Database,
  after: number,
  limit: number,
  limitBytes: number,
): IterableIterator<LogEntry<C>> {
  let bytes = 0;
  const rows = db.iterate<LogRow>(
    `SELECT position, log.request_id, hlc, changes, reply FROM log
     LEFT JOIN host_done ON host_done.request_id = log.request_id WHERE position > ? ORDER BY position LIMIT ?`,
    after,
    limit,
  );
  for (const row of rows) {
    if (bytes && bytes + row.changes.length > limitBytes) return;
    bytes += row.changes.length;
    yield {
      position: row.position,
      requestId: row.request_id,
      hlc: row.hlc,
      changes: JSON.parse(row.changes) as C[],
      ...row.reply && { reply: row.reply },
    };
  }
}

interface LogRow {
  position: number;
  request_id: string;
  hlc: number;
  changes: string;
  reply: Uint8Array | null;
}

function lastEntry(turn: Pick<Turn, "db" | "tail">): LogTail["last"] {
  return turn.tail.last ??= turn.db.get<{ position: number; requestId: string; hlc: number }>(
    "SELECT position, request_id AS requestId, hlc FROM log ORDER BY position DESC LIMIT 1",
  ) ?? null;
}

/** Who orders this actor's changes. */
export function readHome(db: Database, node: ReplicaNode): HomeClaim {
  const row = db.get<{ value: string }>("SELECT value FROM host_replica WHERE key = 'home'");
  return row ? JSON.parse(row.value) : { home: node.first, epoch: 0 };
}

/** Writes down a claim; the caller logs it. */
export function writeHome(db: Database, claim: HomeClaim): void {
  db.run("INSERT OR REPLACE INTO host_replica (key, value) VALUES ('home', ?)", JSON.stringify(claim));
}

/** Of two claims the one that counts: the later epoch, then the smaller id. */
export function laterClaim(a: HomeClaim, b: HomeClaim): HomeClaim {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch ? a : b;
  return a.home <= b.home ? a : b;
}
