import { createHash, type Hash } from "node:crypto";
import { hex } from "../../src/base/bytes.ts";
import type { MailboxContract } from "./contract.ts";
import { logEnd } from "../../src/actor/replica.ts";
import { allRows } from "../../src/actor/rows.ts";
import { catalog, type Folder, type MailboxTurn } from "./state.ts";
import { TABLES } from "./tables.ts";

type HashOf = MailboxContract["hash"];
type Tuple = [number, number, number, string, number, number, number, Uint8Array, string];

/** Rows hashed at a time: bounds memory. */
const PAGE = 2000;

/**
 * SHA-256 over everything a user can see, in a canonical order: folders by id with their messages by UID, subscriptions
 * by name, rows of `tables.ts` by key. Row numbers of the file, \Recent and the log's position stay out, so two servers
 * that agree have equal hashes. What a mailbox has none of adds nothing, so that a new table changes no hash.
 */
export function hashMailbox(_request: HashOf["request"], turn: MailboxTurn): HashOf["reply"] {
  const sum = createHash("sha256");
  const folders = [...catalog(turn).byId.values()].sort((a, b) => a.id < b.id ? -1 : 1);
  for (const folder of folders) {
    const { id, name, uidValidity, uidNext, highestModSeq, specialUse } = folder;
    sum.update(JSON.stringify(["folder", id, name, uidValidity, uidNext, highestModSeq, specialUse]) + "\n");
    hashMessages(turn, folder, sum);
  }
  for (const [name] of turn.db.tuples<[string]>("SELECT name FROM subscription ORDER BY name")) {
    sum.update(JSON.stringify(["subscription", name]) + "\n");
  }
  for (const { table, key, row } of allRows(turn.db, TABLES)) {
    sum.update(JSON.stringify(["row", table, key, row]) + "\n");
  }
  return { position: logEnd(turn).position, hash: sum.digest("hex") };
}

function hashMessages(turn: MailboxTurn, folder: Folder, sum: Hash): void {
  for (let after = 0;;) {
    const rows = turn.db.tuples<Tuple>(
      `SELECT m.uid, m.modseq, m.flags, ifnull(m.keywords, ''), m.internal_ms, m.save_ms, m.size, c.hash, c.thread_id
       FROM message m JOIN content c ON c.id = m.content_id
       WHERE m.fid = ? AND m.uid > ? ORDER BY m.uid LIMIT ${PAGE}`,
      folder.fid,
      after,
    );
    if (!rows.length) return;
    for (const row of rows) {
      sum.update(row.map((value) => value instanceof Uint8Array ? hex(value) : value).join("|") + "\n");
    }
    after = rows[rows.length - 1][0];
  }
}
