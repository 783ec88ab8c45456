import { Buffer } from "node:buffer";
import { Fault } from "../../src/base/fault.ts";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import { FLAG } from "./contract.ts";
import { flagBit, keywordMap } from "./flags.ts";
import type { FuzzyKey } from "./fuzzy.ts";
import { type Reader, seenSql } from "./own_seen.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/**
 * A search key as SQL over `message m` and `content c`. An `exact` condition is the key; another one only holds for
 * every message that the key may match, and each of those must be looked at.
 */
export interface Condition {
  sql: string;
  params: SqlValue[];
  exact: boolean;
  /** Whether `content` is needed. */
  joins: boolean;
}

/** Runs of UIDs that still go into the SQL text; longer sets are looked up outside. */
const INLINE_RUNS = 8;
/** Keys of one search: the time to plan the statement grows with their square, and clients send a handful. */
const KEYS = 250;
const DAY_MS = 86_400_000;

const EVERYTHING: Condition = { sql: "1", params: [], exact: true, joins: false };
const NOTHING: Condition = { sql: "0", params: [], exact: true, joins: false };

/** Throws `limit` for a search with more keys than one statement can hold. */
export function boundKeys(key: SearchKey): void {
  let count = 0;
  const waiting = [key];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (++count > KEYS) throw new Fault("limit", "the search has too many keys");
    if (next.key === "not" || next.key === "fuzzy") waiting.push(next.of);
    else if (next.key === "and" || next.key === "or") waiting.push(...next.of);
  }
}

/** The condition of a key. Every condition is 0 or 1, never NULL, so that NOT means not. */
export function searchCondition(
  key: FuzzyKey,
  folder: Folder,
  turn: MailboxTurn,
  reader: Reader | null,
): Condition {
  switch (key.key) {
    case "and":
      return combine(key.of.map((child) => searchCondition(child, folder, turn, reader)), "AND");
    case "or":
      return combine(key.of.map((child) => searchCondition(child, folder, turn, reader)), "OR");
    case "not": {
      const of = searchCondition(key.of, folder, turn, reader);
      return of.exact ? { ...of, sql: `NOT (${of.sql})` } : { ...EVERYTHING, exact: false };
    }
    case "fuzzy":
      throw new Error("fuzzy keys are taken apart before");
    case "header":
    case "body":
    case "text":
      return { ...EVERYTHING, exact: false };
    case "words":
      return wordsCondition(key);
    default:
      return leafCondition(key, folder, turn, reader);
  }
}

function combine(children: Condition[], word: "AND" | "OR"): Condition {
  if (!children.length) return EVERYTHING;
  return {
    sql: balanced(children.map(({ sql }) => sql), word),
    params: children.flatMap(({ params }) => params),
    exact: children.every(({ exact }) => exact),
    joins: children.some(({ joins }) => joins),
  };
}

/** Joined as a tree, as SQLite refuses expressions deeper than 1000 and a plain chain is as deep as it is long. */
function balanced(terms: string[], word: "AND" | "OR"): string {
  if (terms.length === 1) return `(${terms[0]})`;
  const half = terms.length >> 1;
  return `(${balanced(terms.slice(0, half), word)} ${word} ${balanced(terms.slice(half), word)})`;
}

/** A message has all the words, in a column of `brief` or anywhere. */
function wordsCondition({ column, words }: Extract<FuzzyKey, { key: "words" }>): Condition {
  if (column === null) {
    const query = words.map((word) => `"${word}"*`).join(" AND ");
    return simple("m.content_id IN (SELECT rowid FROM words WHERE words MATCH ?)", query);
  }
  const holds = words.map(() => `instr(${column}, ?) > 0`).join(" AND ");
  return simple(`m.content_id IN (SELECT content_id FROM brief WHERE ${holds})`, ...words);
}

type Leaf = Exclude<FuzzyKey, { key: "and" | "or" | "not" | "fuzzy" | "header" | "body" | "text" | "words" }>;

function leafCondition(key: Leaf, folder: Folder, turn: MailboxTurn, reader: Reader | null): Condition {
  switch (key.key) {
    case "all":
      return EVERYTHING;
    case "uids":
      return uidCondition(key.set);
    case "flag":
      return flagCondition(key.flag, key.set, turn, reader);
    case "recent":
      return simple(key.set ? "m.uid >= ?" : "m.uid < ?", folder.recentFrom);
    case "size":
      return simple(key.op === "larger" ? "m.size > ?" : "m.size < ?", key.bytes);
    case "date":
      return dateCondition(key);
    case "within": {
      // RFC 5032 §3: exactly at the edge counts for both.
      const edge = turn.nowMs - key.seconds * 1000;
      return simple(key.op === "older" ? "m.internal_ms <= ?" : "m.internal_ms >= ?", edge);
    }
    case "modseq":
      return simple("m.modseq >= ?", key.modSeq);
    case "emailid":
      return emailIdCondition(key.id);
    case "threadid":
      return { ...simple("c.thread_id = ?", key.id), joins: true };
  }
}

function simple(sql: string, ...params: SqlValue[]): Condition {
  return { sql, params, exact: true, joins: false };
}

function uidCondition(set: readonly number[]): Condition {
  if (!set.length) return NOTHING;
  if (set.length > 2 * INLINE_RUNS) {
    return { ...simple("m.uid BETWEEN ? AND ?", set[0], set[set.length - 1]), exact: false };
  }
  // The plus keeps SQLite from planning an index look-up for each run: many keys would take it seconds.
  const runs: string[] = [];
  for (let i = 0; i < set.length; i += 2) runs.push("+m.uid BETWEEN ? AND ?");
  return simple(runs.join(" OR "), ...set);
}

function flagCondition(flag: string, set: boolean, turn: MailboxTurn, reader: Reader | null): Condition {
  if (flag.startsWith("\\")) {
    const bit = flagBit(flag);
    if (!bit) return set ? NOTHING : EVERYTHING;
    if (bit === FLAG.seen && reader) {
      const seen = seenSql(reader);
      return simple(set ? seen.sql : `NOT ${seen.sql}`, ...seen.params);
    }
    return simple(`m.flags & ${bit} ${set ? "!=" : "="} 0`);
  }
  const known = keywordMap(turn).get(flag.toLowerCase());
  if (known === undefined) return set ? NOTHING : EVERYTHING;
  return simple(`instr(' ' || ifnull(m.keywords, '') || ' ', ?) ${set ? ">" : "="} 0`, ` ${known} `);
}

function dateCondition(key: Extract<SearchKey, { key: "date" }>): Condition {
  if (key.of === "sent") {
    const op = key.op === "before" ? "<" : key.op === "on" ? "=" : ">=";
    return { ...simple(`ifnull(c.sent_day ${op} ?, 0)`, key.day), joins: true };
  }
  const column = key.of === "internal" ? "m.internal_ms" : "m.save_ms";
  const start = key.day * DAY_MS;
  if (key.op === "before") return simple(`${column} < ?`, start);
  if (key.op === "since") return simple(`${column} >= ?`, start);
  return simple(`${column} BETWEEN ? AND ?`, start, start + DAY_MS - 1);
}

function emailIdCondition(id: string): Condition {
  if (!/^M[A-Za-z0-9_-]{20}$/.test(id)) return NOTHING;
  return {
    ...simple("substr(c.hash, 1, 15) = ?", new Uint8Array(Buffer.from(id.slice(1), "base64url"))),
    joins: true,
  };
}
