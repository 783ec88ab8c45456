import { LIMITS } from "../../src/base/limits.ts";
import type { SearchKey } from "../../src/codec/imap/search.ts";
import { appendUid, uidHas } from "../../src/codec/imap/uid_set.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import type { MailboxContract } from "./contract.ts";
import { boundKeys, type Condition, searchCondition } from "./search_sql.ts";
import { foldText, StoredText } from "./search_text.ts";
import { type Reader, readerOf } from "./own_seen.ts";
import { folderFor } from "./rights.ts";
import { existingUids } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";

type Search = MailboxContract["search"];

/**
 * SEARCH (RFC 9051 §6.4.4), one page. What flags, sizes, dates and ids decide is decided in SQL; text is found by
 * looking at the decoded text of every message that is left, as the RFC means substrings and nothing may be missed.
 * A page ends after so many messages or so many bytes looked at.
 */
export function search(request: Search["request"], turn: MailboxTurn): Search["reply"] {
  const folder = folderFor(turn, request.folder, request.as, "r");
  boundKeys(request.key);
  const window = pageWindow(turn, folder, request.from ?? 1);
  if (!window) return { uids: [], next: null, highestModSeq: 0 };
  const reader = readerOf(turn, folder, request.as);
  const condition = searchCondition(request.key, folder, turn, reader);
  const { first, last, next } = window;
  if (!condition.exact) return searchTexts(request.key, { folder, turn, reader }, condition, window);
  const rows = turn.db.tuples<[number, number]>(
    `SELECT m.uid, m.modseq FROM message m ${joined(condition)}
     WHERE m.fid = ? AND m.uid BETWEEN ? AND ? AND (${condition.sql}) ORDER BY m.uid`,
    folder.fid,
    first,
    last,
    ...condition.params,
  );
  const found = newFound();
  for (const [uid, modSeq] of rows) addFound(found, uid, modSeq);
  return { ...found, next };
}

interface Window {
  first: number;
  last: number;
  next: number | null;
}

/** The stretch of UIDs with at most one page of messages, from the first one at or after `from`. */
function pageWindow(turn: MailboxTurn, folder: Folder, from: number): Window | null {
  const spans = existingUids(turn.db, folder.fid, from);
  if (!spans.length) return null;
  let left: number = LIMITS.searchPageRows;
  for (let i = 0; i < spans.length; i += 2) {
    const size = spans[i + 1] - spans[i] + 1;
    if (size > left) return { first: spans[0], last: spans[i] + left - 1, next: spans[i] + left };
    left -= size;
    if (!left && i + 2 < spans.length) return { first: spans[0], last: spans[i + 1], next: spans[i + 2] };
  }
  return { first: spans[0], last: spans[spans.length - 1], next: null };
}

type TextRow = [
  uid: number,
  modseq: number,
  content: number,
  headerBytes: number,
  size: number,
  ...exact: number[],
];

/** Where is searched, and for whom. */
interface Scope {
  folder: Folder;
  turn: MailboxTurn;
  reader: Reader | null;
}

function searchTexts(
  key: SearchKey,
  scope: Scope,
  condition: Condition,
  window: Window,
): Search["reply"] {
  const plan: Plan = { columns: [], params: [] };
  const { folder, turn } = scope;
  const test = compile(key, scope, plan);
  const sql = `SELECT m.uid, m.modseq, m.content_id, c.header_bytes, m.size ${
    plan.columns.map((column) => `, (${column})`).join("")
  } FROM message m JOIN content c ON c.id = m.content_id
    WHERE m.fid = ? AND m.uid BETWEEN ? AND ? AND (${condition.sql}) ORDER BY m.uid`;
  const rows = turn.db.tuples<TextRow>(
    sql,
    ...plan.params,
    folder.fid,
    window.first,
    window.last,
    ...condition.params,
  );
  const found = newFound();
  let bytes = 0;
  for (const row of rows) {
    if (bytes >= LIMITS.searchPageBytes) return { ...found, next: row[0] };
    const text = new StoredText(turn, row[2], row[3], row[4]);
    if (test(row, text)) addFound(found, row[0], row[1]);
    bytes += text.bytesRead;
  }
  return { ...found, next: window.next };
}

/** Exact parts of a key become columns of the query; the test over a row then needs only them and the text. */
interface Plan {
  columns: string[];
  params: SqlValue[];
}

type Test = (row: TextRow, text: StoredText) => boolean;

const FIRST_COLUMN = 5;

function compile(key: SearchKey, scope: Scope, plan: Plan): Test {
  const { folder, turn, reader } = scope;
  const condition = searchCondition(key, folder, turn, reader);
  if (condition.exact) {
    const at = FIRST_COLUMN + plan.columns.length;
    plan.columns.push(condition.sql);
    plan.params.push(...condition.params);
    return (row) => row[at] !== 0;
  }
  switch (key.key) {
    case "and": {
      // What SQL decides comes first: reading text is dear.
      const dear = (child: SearchKey) => !searchCondition(child, folder, turn, reader).exact;
      const [cheap, rest] = [key.of.filter((child) => !dear(child)), key.of.filter(dear)];
      const parts: SearchKey[] = cheap.length ? [{ key: "and", of: cheap }, ...rest] : rest;
      const tests = parts.map((child) => compile(child, scope, plan));
      return (row, text) => tests.every((test) => test(row, text));
    }
    case "or": {
      const [a, b] = key.of.map((child) => compile(child, scope, plan));
      return (row, text) => a(row, text) || b(row, text);
    }
    case "not": {
      const of = compile(key.of, scope, plan);
      return (row, text) => !of(row, text);
    }
    case "uids":
      return (row) => uidHas(key.set, row[0]);
    case "header": {
      const name = key.name.toLowerCase(), value = foldText(key.value);
      return (_row, text) => text.headerHas(name, value);
    }
    case "body": {
      const value = foldText(key.value);
      return (_row, text) => text.bodyHas(value);
    }
    case "text": {
      const value = foldText(key.value);
      return (_row, text) => text.headersHave(value) || text.bodyHas(value) || text.partHeadersHave(value);
    }
    default:
      throw new Error(`${key.key} is decided in SQL`);
  }
}

function joined(condition: Condition): string {
  return condition.joins ? "JOIN content c ON c.id = m.content_id" : "";
}

interface Found {
  uids: number[];
  highestModSeq: number;
}

function newFound(): Found {
  return { uids: [], highestModSeq: 0 };
}

function addFound(found: Found, uid: number, modSeq: number): void {
  appendUid(found.uids, uid);
  if (modSeq > found.highestModSeq) found.highestModSeq = modSeq;
}
