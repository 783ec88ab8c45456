import { hash } from "node:crypto";
import { Buffer } from "node:buffer";
import { utf8 } from "../../src/base/bytes.ts";
import type { MessageSummary } from "../../src/codec/message/summary.ts";
import type { MailboxTurn } from "./state.ts";

/**
 * The THREADID of a message (RFC 8474 §5.2): that of the oldest known message among its references, otherwise a new
 * one that follows from the root reference alone, so that two servers which never met give the same. Ids once given
 * never change; threads that turn out to be one are not joined.
 */
export function threadOf(turn: MailboxTurn, summary: MessageSummary, contentHash: Uint8Array): string {
  const { messageId, references } = summary;
  const root = references[0] ?? messageId;
  if (root === null) return threadId(contentHash);
  const keys = new Map<string, number>();
  for (const id of references) keys.set(id, threadKey(id));
  if (messageId !== null) keys.set(messageId, threadKey(messageId));
  let thread: string | undefined;
  const known = new Set<number>();
  for (const key of keys.values()) {
    const row = turn.db.get<{ thread_id: string }>("SELECT thread_id FROM thread WHERE key = ?", key);
    if (!row) continue;
    known.add(key);
    thread ??= row.thread_id;
  }
  thread ??= threadId(hash("sha256", utf8(root), "buffer"));
  // Own id, root and parent are enough to be found by whatever comes later.
  for (const id of new Set([messageId, root, references[references.length - 1]])) {
    if (id === null || id === undefined) continue;
    const key = keys.get(id)!;
    if (!known.has(key)) turn.db.run("INSERT INTO thread (key, thread_id) VALUES (?, ?)", key, thread);
    known.add(key);
  }
  return thread;
}

function threadId(digest: Uint8Array): string {
  return "T" + Buffer.from(digest.subarray(0, 15)).toString("base64url");
}

/** 52 bits of a Message-ID's hash: fits a safe integer, and a million ids meet with a chance of one in ten thousand. */
function threadKey(messageId: string): number {
  const digest = hash("sha256", utf8(messageId), "buffer");
  return digest.readUIntBE(0, 6) * 16 + (digest[6] >> 4);
}
