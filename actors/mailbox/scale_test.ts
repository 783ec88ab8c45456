import { strict as assert } from "node:assert";
import type { Database, SqlValue } from "../../src/storage/database.ts";
import type { UidSet } from "../../src/codec/imap/uid_set.ts";
import {
  letter,
  MAILBOX_NAME,
  newMessage,
  NO_LIMITS,
  type TestMailbox,
  withMailbox,
} from "./fixture_test.ts";

/** What a mailbox asked of its file. */
interface Work {
  statements: number;
  /** Rows that came back or were changed. */
  rows: number;
  sql: Set<string>;
}

/** Counts what a file is asked from now on. */
function watchWork(db: Database): Work {
  const work: Work = { statements: 0, rows: 0, sql: new Set() };
  const count = <T>(sql: string, rows: (result: T) => number, run: () => T): T => {
    const result = run();
    work.statements++;
    work.rows += rows(result);
    work.sql.add(sql);
    return result;
  };
  const { tuples, all, get, run } = db;
  db.tuples = <T extends unknown[]>(sql: string, ...params: SqlValue[]) =>
    count(sql, (rows) => rows.length, () => tuples.call(db, sql, ...params) as T[]);
  db.all = <T>(sql: string, ...params: SqlValue[]) =>
    count(sql, (rows) => rows.length, () => all.call(db, sql, ...params) as T[]);
  db.get = <T>(sql: string, ...params: SqlValue[]) =>
    count(sql, () => 1, () => get.call(db, sql, ...params) as T | undefined);
  db.run = (sql, ...params) => count(sql, ({ changes }) => changes, () => run.call(db, sql, ...params));
  return work;
}

/** Steps of a plan that go through a whole folder, or through all folders. */
function walks(db: Database, sql: string): string[] {
  const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return plan.map(({ detail }) => detail).filter((step) =>
    /^SCAN (message|m|span|changed|expunged)\b/.test(step) ||
    /^SEARCH (message|m) USING PRIMARY KEY \(fid=\?\)$/.test(step)
  );
}

/** A folder of so many messages; `gaps` takes every fourth one out. */
async function fill({ ask }: TestMailbox, count: number, gaps: boolean): Promise<void> {
  const messages = Array.from({ length: count }, (_, n) => newMessage(letter(n)));
  await ask("append", { name: "INBOX", messages, limits: NO_LIMITS });
  await ask("select", { name: "INBOX", claimRecent: true });
  if (!gaps) return;
  const uids: number[] = [];
  for (let uid = 4; uid <= count; uid += 4) uids.push(uid, uid);
  const { id: folder } = await ask("status", { name: "INBOX" });
  await ask("store", { folder, uids, mode: "add", flags: ["\\Deleted"] });
  await ask("expunge", { folder });
}

/** What clients do all day in a folder they have open. */
async function workOf(count: number, gaps: boolean): Promise<{ work: Work; walked: string[] }> {
  let found: { work: Work; walked: string[] } | null = null;
  await withMailbox(async (mailbox) => {
    const { ask, status, system, add } = mailbox;
    await fill(mailbox, count, gaps);
    const { id: folder, uidNext, highestModSeq } = await status();
    const { db } = system.disk.open("mailbox", MAILBOX_NAME);
    const work = watchWork(db);
    const newest: UidSet = [uidNext - 50, uidNext - 1];
    await ask("select", { name: "INBOX", claimRecent: true, withoutUids: true });
    await ask("store", { folder, uids: [61, 61], mode: "add", flags: ["\\Flagged"] });
    await ask("store", { folder, uids: [61, 61], mode: "add", flags: ["\\Seen"], silent: true });
    await ask("changes", { folder, since: highestModSeq });
    await ask("fetch", { folder, uids: newest, items: { bare: true }, byColumn: true });
    await ask("fetch", { folder, uids: newest, items: { envelope: true } });
    await add(letter(9_000));
    await ask("changes", { folder, since: highestModSeq + 2 });
    await ask("store", { folder, uids: [62, 62], mode: "add", flags: ["\\Deleted"], silent: true });
    await ask("expunge", { folder });
    await ask("changes", { folder, since: highestModSeq + 3 });
    const walked = [...work.sql].filter((sql) => /^\s*(SELECT|UPDATE|DELETE)/.test(sql)).flatMap((sql) =>
      walks(db, sql).map((step) => `${step}: ${sql}`)
    );
    found = { work: { ...work }, walked };
  });
  return found!;
}

/** The same rows, and the same statements but for one or two that a page more takes. */
function assertSame(large: Work, small: Work): void {
  assert.equal(large.rows, small.rows);
  assert.ok(
    large.statements <= small.statements + 2,
    `${large.statements} and ${small.statements} statements`,
  );
}

for (const gaps of [false, true]) {
  Deno.test(`a folder ${gaps ? "with gaps " : ""}costs the same all day, small or large`, async () => {
    const small = await workOf(400, gaps), large = await workOf(8000, gaps);
    assert.deepEqual(large.walked, []);
    assertSame(large.work, small.work);
    assert.ok(large.work.rows < 400, `${large.work.rows} rows`);
  });
}
