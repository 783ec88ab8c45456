import { LIMITS } from "../../src/base/limits.ts";
import { appendUid, uidHas } from "../../src/codec/imap/uid_set.ts";
import type { SqlValue } from "../../src/storage/database.ts";
import { highestModSeq } from "./changed_runs.ts";
import type { MailboxContract } from "./contract.ts";
import { scanField } from "./field_scan.ts";
import { contentsOf, type Stretch } from "./folder_contents.ts";
import { type FuzzyKey, withoutFuzzy } from "./fuzzy.ts";
import { KINDS } from "./grams.ts";
import { type Guess, indexedTo, type Probe, probe } from "./prefilter.ts";
import { boundKeys, type Condition, searchCondition } from "./search_sql.ts";
import { FIELD_COLUMNS, foldText, inColumns, StoredText } from "./search_text.ts";
import { type Reader, readerOf } from "./own_seen.ts";
import { folderFor } from "./rights.ts";
import { existingUids } from "./spans.ts";
import { type Folder, type MailboxTurn } from "./state.ts";

type Search = MailboxContract["search"];

/**
 * SEARCH (RFC 9051 §6.4.4), one page. What flags, sizes, dates and ids decide is decided in SQL; text is found by
 * looking at the decoded text of every message that the index leaves open (docs/adr/0013-search.md), as the RFC means
 * substrings and nothing may be missed.
 * A page ends after so many messages or so many bytes looked at.
 */
export function search(request: Search["request"], turn: MailboxTurn): Search["reply"] {
  const folder = folderFor(turn, request.folder, request.as, "r");
  boundKeys(request.key);
  if (request.key.key === "all") return everything(turn, folder, request.from ?? 1);
  const window = pageWindow(turn, folder, request.from ?? 1);
  if (!window) return { uids: [], next: null, highestModSeq: 0 };
  const key = withoutFuzzy(request.key);
  const reader = readerOf(turn, folder, request.as);
  const condition = searchCondition(key, folder, turn, reader);
  const { first, last, next } = window;
  if (!condition.exact) {
    const messages = contentsOf(turn, folder, first, last);
    return searchTexts(key, { folder, turn, reader, messages }, condition, window);
  }
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

/** All messages, which nothing has to be read for, from a UID on. */
function everything(turn: MailboxTurn, folder: Folder, from: number): Search["reply"] {
  const uids = existingUids(turn.db, folder.fid, from);
  return { uids, next: null, highestModSeq: highestModSeq(turn, folder, from) };
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

type TextRow = [uid: number, modseq: number, content: number, size: number, ...exact: number[]];

/** Runs of UIDs that are looked up one by one; more are read as one stretch. */
const RUNS = 300;

/** Where is searched, and for whom. */
interface Scope {
  folder: Folder;
  turn: MailboxTurn;
  reader: Reader | null;
  messages: Stretch;
}

/**
 * Text keys: the index rules out what cannot match and knows some that do; the text of all others is looked at, and of
 * those that are not indexed yet.
 */
function searchTexts(
  key: FuzzyKey,
  scope: Scope,
  condition: Condition,
  window: Window,
): Search["reply"] {
  const plan: Plan = { columns: [], params: [], joins: condition.joins };
  const { folder, turn, messages } = scope;
  const { guess, test } = compile(key, scope, plan);
  const candidates = candidatesOf(messages, guess);
  const sql = `SELECT m.uid, m.modseq, m.content_id, m.size ${
    plan.columns.map((column) => `, (${column})`).join("")
  } FROM message m ${
    joined(plan)
  } WHERE m.fid = ? AND m.uid BETWEEN ? AND ? AND (${condition.sql}) ORDER BY m.uid`;
  const read = (first: number, last: number) =>
    turn.db.tuples<TextRow>(sql, ...plan.params, folder.fid, first, last, ...condition.params);
  const found = newFound();
  let bytes = 0;
  for (const row of readRuns(candidates, read)) {
    if (bytes >= LIMITS.searchPageBytes) return { ...found, next: row[0] };
    const text = new StoredText(turn, row[2], row[3]);
    if (test(row, text)) addFound(found, row[0], row[1]);
    bytes += text.bytesRead;
  }
  return { ...found, next: window.next };
}

/** Messages that the index does not rule out. */
function candidatesOf({ uids, contents, from, to }: Stretch, guess: Guesser): number[] {
  const candidates: number[] = [];
  for (let i = from; i < to; i++) if (guess(uids[i], contents[i])) appendUid(candidates, uids[i]);
  return candidates;
}

function* readRuns<T extends [uid: number, ...unknown[]]>(
  runs: readonly number[],
  read: (first: number, last: number) => T[],
): Generator<T> {
  if (runs.length <= 2 * RUNS) {
    for (let i = 0; i < runs.length; i += 2) yield* read(runs[i], runs[i + 1]);
    return;
  }
  let at = 0;
  for (const row of read(runs[0], runs[runs.length - 1])) {
    while (at < runs.length && runs[at + 1] < row[0]) at += 2;
    if (at < runs.length && runs[at] <= row[0]) yield row;
  }
}

/** Exact parts of a key become columns of the query; the test over a row then needs only them and the text. */
interface Plan {
  columns: string[];
  params: SqlValue[];
  joins: boolean;
}

type Test = (row: TextRow, text: StoredText) => boolean;
/** What is known of a key before anything is read. */
type Guesser = (uid: number, contentId: number) => Guess;

interface Compiled {
  guess: Guesser;
  test: Test;
}

const FIRST_COLUMN = 4;

function compile(key: FuzzyKey, scope: Scope, plan: Plan): Compiled {
  const { folder, turn, reader } = scope;
  const condition = searchCondition(key, folder, turn, reader);
  if (condition.exact) {
    const at = FIRST_COLUMN + plan.columns.length;
    plan.columns.push(condition.sql);
    plan.params.push(...condition.params);
    plan.joins ||= condition.joins;
    return { guess: () => 1, test: (row) => row[at] !== 0 };
  }
  switch (key.key) {
    case "and": {
      // What SQL decides comes first: reading text is dear.
      const dear = (child: FuzzyKey) => !searchCondition(child, folder, turn, reader).exact;
      const [cheap, rest] = [key.of.filter((child) => !dear(child)), key.of.filter(dear)];
      const parts: FuzzyKey[] = cheap.length ? [{ key: "and", of: cheap }, ...rest] : rest;
      const all = parts.map((child) => compile(child, scope, plan));
      return {
        guess: (uid, id) =>
          all.reduce<Guess>((least, one) => Math.min(least, least && one.guess(uid, id)) as Guess, 2),
        test: (row, text) => all.every(({ test }) => test(row, text)),
      };
    }
    case "or": {
      const [a, b] = key.of.map((child) => compile(child, scope, plan));
      return {
        guess: (uid, id) => Math.max(a.guess(uid, id), b.guess(uid, id)) as Guess,
        test: (row, text) => a.test(row, text) || b.test(row, text),
      };
    }
    case "not": {
      const of = compile(key.of, scope, plan);
      return {
        guess: (uid, id) => 2 - of.guess(uid, id) as Guess,
        test: (row, text) => !of.test(row, text),
      };
    }
    case "uids":
      return {
        guess: (uid) => uidHas(key.set, uid) ? 2 : 0,
        test: (row) => uidHas(key.set, row[0]),
      };
    case "header":
      return headerKey(key.name.toLowerCase(), foldText(key.value), scope);
    case "body": {
      const value = foldText(key.value);
      return compiledProbe(probe(turn, "body", value), (text) => text.bodyHas(value));
    }
    case "text": {
      const value = foldText(key.value);
      const head = probe(turn, "head", value), body = probe(turn, "body", value);
      return compiledProbe(
        (id) => Math.max(head(id), body(id)) as Guess,
        (text) => text.headersHave(value) || text.bodyHas(value) || text.partHeadersHave(value),
      );
    }
    default:
      throw new Error(`${key.key} is decided in SQL`);
  }
}

/** A key of a header field. Most are in `brief`; what the index knows for certain is of the whole header. */
function headerKey(name: string, value: string, { turn, messages }: Scope): Compiled {
  const kind = KINDS.find((one) => one === name && one !== "head" && one !== "body") ?? "head";
  const known = probe(turn, kind, value);
  const guess: Probe = kind === "head" ? (id) => Math.min(known(id), 1) as Guess : known;
  const column = inColumns(value) ? FIELD_COLUMNS.get(name) : undefined;
  const indexed = indexedTo(turn);
  const scanned = column === undefined ? guess : scanField(turn, column, value, messages);
  return compiledProbe((id) => id > indexed ? scanned(id) : guess(id), (text) => text.headerHas(name, value));
}

/** A key of text: looked at where the index leaves it open. */
function compiledProbe(known: Probe, look: (text: StoredText) => boolean): Compiled {
  return {
    guess: (_uid, id) => known(id),
    test: (row, text) => {
      const guessed = known(row[2]);
      return guessed === 1 ? look(text) : guessed === 2;
    },
  };
}

function joined({ joins }: { joins: boolean }): string {
  return joins ? "JOIN content c ON c.id = m.content_id" : "";
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
