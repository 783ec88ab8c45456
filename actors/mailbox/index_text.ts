import { bodyTexts } from "../../src/codec/message/decode_text.ts";
import { storeBriefs } from "./brief.ts";
import type { MailboxContract } from "./contract.ts";
import { readRange } from "./content.ts";
import { readParts } from "./search_text.ts";
import type { MailboxTurn } from "./state.ts";

type Index = MailboxContract["index"];

/** Messages, and text octets of one message and of all, that one turn puts into the word index: about 10 ms of work. */
const MESSAGES = 25;
const TEXT_BYTES = 512 * 1024;
/** Removed messages that one turn takes out of it. */
const FORGOTTEN = 100;

/**
 * Brings the word index up to date, a bounded step at a time: first forgets removed contents, then takes in new ones in
 * the order of their ids. Never part of a delivery, where it would cost more than all the rest. SEARCH does not use
 * it, as words are not substrings.
 */
export function index(_request: Index["request"], turn: MailboxTurn): Index["reply"] {
  const { db } = turn;
  if (forget(turn) || storeBriefs(turn)) return { more: true };
  const mark = db.get<{ value: number }>("SELECT value FROM meta WHERE key = 'indexed'")!.value;
  const rows = db.all<{ id: number; header_bytes: number; size: number; line: string }>(
    `SELECT id, header_bytes, size,
       concat_ws(' ', subject, from_name, from_address, to_name, to_address, cc_name, cc_address) AS line
     FROM content WHERE id > ? ORDER BY id LIMIT ?`,
    mark,
    MESSAGES,
  );
  let bytes = 0, last = mark;
  for (const { id, header_bytes, size, line } of rows) {
    if (bytes > TEXT_BYTES) break;
    const end = Math.min(size, header_bytes + TEXT_BYTES);
    const raw = readRange(turn, id, header_bytes, 0, end);
    const texts = [line, ...bodyTexts(raw, readParts(turn, id), TEXT_BYTES)];
    db.run("INSERT INTO words (rowid, text) VALUES (?, ?)", id, texts.join("\n"));
    bytes += end;
    last = id;
  }
  if (last > mark) db.run("UPDATE meta SET value = ? WHERE key = 'indexed'", last);
  return { more: db.get("SELECT 1 FROM content WHERE id > ? LIMIT 1", last) !== undefined };
}

/** Forgets some removed contents; true when others remain. */
function forget(turn: MailboxTurn): boolean {
  const { db } = turn;
  let left = FORGOTTEN;
  const runs = db.tuples<[number, number]>(
    "SELECT first_id, last_id FROM unindex ORDER BY first_id LIMIT ?",
    FORGOTTEN,
  );
  for (const [first, last] of runs) {
    if (!left) return true;
    const end = Math.min(last, first + left - 1);
    db.run("DELETE FROM words WHERE rowid BETWEEN ? AND ?", first, end);
    db.run("DELETE FROM unindex WHERE first_id = ?", first);
    if (end < last) db.run("INSERT INTO unindex (first_id, last_id) VALUES (?, ?)", end + 1, last);
    left -= end - first + 1;
  }
  return db.get("SELECT 1 FROM unindex LIMIT 1") !== undefined;
}
