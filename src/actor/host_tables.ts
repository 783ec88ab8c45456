import { deserialize, serialize } from "node:v8";
import { LIMITS } from "../base/limits.ts";
import type { Database } from "../storage/database.ts";
import type { ActorAddress } from "./actor.ts";

/**
 * The host's own tables in each actor's file, beside the actor's: answers already given to idempotent requests, and
 * requests to other actors that are not yet answered, and which server is its home. Same file, same transaction as the turn.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS host_done (request_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, reply BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS host_outbox (id TEXT PRIMARY KEY, target TEXT NOT NULL, name TEXT NOT NULL,
    request BLOB NOT NULL, reply_to TEXT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS host_replica (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** One request of the outbox. */
export interface OutboxRow {
  id: string;
  to: ActorAddress;
  name: string;
  request: unknown;
  replyTo: string | null;
}

/** Makes the tables in a file that lacks them. */
export function prepareHostTables(db: Database): void {
  db.exec(SCHEMA);
}

/** The reply that a request id got before; undefined when it is new. */
export function doneReply(db: Database, requestId: string): { reply: unknown } | undefined {
  const row = db.get<{ reply: Uint8Array }>("SELECT reply FROM host_done WHERE request_id = ?", requestId);
  return row && { reply: deserialize(row.reply) };
}

/** Remembers a reply under its request id. */
export function rememberDone(db: Database, requestId: string, atMs: number, reply: unknown): void {
  db.run(
    "INSERT INTO host_done (request_id, at_ms, reply) VALUES (?, ?, ?)",
    requestId,
    atMs,
    serialize(reply),
  );
}

/**
 * Keeps the end of a log of changes. A peer that misses more than is kept for it gets a copy of the whole; a server
 * without a peer keeps a little for one that may come.
 */
export function pruneLog(db: Database, paired: boolean): void {
  const kept = paired ? LIMITS.logEntries : LIMITS.logKeptEntries;
  db.run("DELETE FROM log WHERE position <= (SELECT max(position) FROM log) - ?", kept);
}

/** Forgets replies older than `beforeMs`. */
export function forgetDone(db: Database, beforeMs: number): void {
  db.run("DELETE FROM host_done WHERE at_ms < ?", beforeMs);
}

/** Puts a request into the outbox, unless it waits there already under its id. */
export function putOutbox(db: Database, row: OutboxRow): void {
  db.run(
    "INSERT OR IGNORE INTO host_outbox (id, target, name, request, reply_to) VALUES (?, ?, ?, ?, ?)",
    row.id,
    row.to,
    row.name,
    serialize(row.request),
    row.replyTo,
  );
}

/** Unanswered requests, oldest ids first; as many as one round of sending takes. */
export function listOutbox(db: Database): OutboxRow[] {
  return db.all<{ id: string; target: string; name: string; request: Uint8Array; reply_to: string | null }>(
    "SELECT id, target, name, request, reply_to FROM host_outbox ORDER BY id LIMIT ?",
    LIMITS.turnsPerCommit,
  ).map((row) => ({
    id: row.id,
    to: row.target as ActorAddress,
    name: row.name,
    request: deserialize(row.request),
    replyTo: row.reply_to,
  }));
}

/** Removes an answered request; false when it was removed before. */
export function dropOutbox(db: Database, id: string): boolean {
  return db.run("DELETE FROM host_outbox WHERE id = ?", id).changes > 0;
}
