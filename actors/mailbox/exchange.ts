import { hash } from "node:crypto";
import { Buffer } from "node:buffer";
import { LIMITS } from "../../src/base/limits.ts";
import { insertContent, readRange } from "./content.ts";
import { releaseContents } from "./content_refs.ts";
import type { MailboxContract } from "./contract.ts";
import type { MailboxTurn } from "./state.ts";
import { threadOf } from "./thread.ts";

/**
 * Messages on their way between two servers, each named by the hash of its bytes. A message that came before the log
 * entry that files it is *staged*: a content that nothing uses yet (`shared.extra` is -1).
 */

/** What one request to the other server may bring along at most; longer lists are cut. */
const HASHES = 5_000;

/** The row of a content; undefined when the mailbox lacks it. */
export function contentOf(
  turn: MailboxTurn,
  hashHex: string,
): { id: number; thread_id: string; size: number; header_bytes: number } | undefined {
  return turn.db.get(
    "SELECT id, thread_id, size, header_bytes FROM content WHERE hash = ?",
    Buffer.from(hashHex, "hex"),
  );
}

/** All bytes of a message; null when the mailbox lacks it. */
export function readContent(turn: MailboxTurn, hashHex: string): Uint8Array | null {
  const row = contentOf(turn, hashHex);
  return row ? readRange(turn, row.id, row.header_bytes, 0, row.size) : null;
}

/** Which hashes the mailbox lacks. */
export function missingContents(
  { hashes }: MailboxContract["missingContents"]["request"],
  turn: MailboxTurn,
): MailboxContract["missingContents"]["reply"] {
  return { missing: [...new Set(hashes)].filter((name) => !contentOf(turn, name)) };
}

/** One page of messages. */
export function readContents(
  { hashes }: MailboxContract["readContents"]["request"],
  turn: MailboxTurn,
): MailboxContract["readContents"]["reply"] {
  const contents: (Uint8Array | null)[] = [];
  let bytes = 0;
  for (const [i, name] of hashes.entries()) {
    if (i > 0 && (bytes >= LIMITS.replicaPageBytes || i >= HASHES)) return { contents, next: i };
    const raw = readContent(turn, name);
    contents.push(raw);
    bytes += raw?.length ?? 0;
  }
  return { contents, next: null };
}

/** Keeps messages that no row uses yet. */
export function stageContents(
  { contents }: MailboxContract["stageContents"]["request"],
  turn: MailboxTurn,
): MailboxContract["stageContents"]["reply"] {
  let staged = 0;
  for (const { raw, summary } of contents) {
    const digest = hash("sha256", raw, "buffer");
    if (turn.db.get("SELECT 1 FROM content WHERE hash = ?", digest)) continue;
    const id = insertContent(turn, raw, summary, digest, threadOf(turn, summary, digest));
    turn.db.run("INSERT INTO shared (content_id, extra) VALUES (?, -1)", id);
    staged++;
  }
  return { staged };
}

/** Forgets staged messages that no entry came for. */
export function dropStaged(turn: MailboxTurn): void {
  const rows = turn.db.tuples<[number]>("SELECT content_id FROM shared WHERE extra < 0");
  releaseContents(turn, new Map(rows.map(([id]) => [id, 0])));
}
