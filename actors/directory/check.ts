import type { Database } from "../../src/storage/database.ts";
import { formatAddress, normaliseDomain, parseAddress } from "./address.ts";
import { rowKey } from "./log.ts";
import {
  type AccountRow,
  type AliasRow,
  type DomainRow,
  type GroupRow,
  type TableName,
  TABLES,
} from "./schema.ts";

/** Problems told at most: one broken rule tends to show in many rows. */
const PROBLEMS = 100;
/** Log entries up to which the tables are compared with the log: bounds the memory of a check. */
const COMPARED_ENTRIES = 200_000;

/** Finds broken invariants of the directory's file, one readable line each. */
export function check(db: Database): string[] {
  const problems: string[] = [];
  for (const rule of [checkDomains, checkAddresses, checkLists, checkLog]) {
    for (const problem of rule(db)) {
      if (problems.length >= PROBLEMS) return problems;
      problems.push(problem);
    }
  }
  return problems;
}

function* checkDomains(db: Database): Generator<string> {
  for (const row of db.all<DomainRow>("SELECT * FROM domains ORDER BY name")) {
    if (readable(() => normaliseDomain(row.name)) !== row.name) {
      yield `domain ${row.name}: not in its one form`;
    }
    if (row.alias_of === null) continue;
    const target = db.get<DomainRow>("SELECT * FROM domains WHERE name=?", row.alias_of);
    if (!target) yield `domain ${row.name}: alias of ${row.alias_of}, which is not there`;
    else if (target.alias_of) yield `domain ${row.name}: alias of an alias`;
  }
}

function* checkAddresses(db: Database): Generator<string> {
  const rows = db.iterate<{ domain: string; local: string; uses: number }>(
    "SELECT domain,local,count(*) AS uses FROM (SELECT domain,local FROM accounts UNION ALL " +
      "SELECT domain,local FROM aliases UNION ALL SELECT domain,local FROM groups) GROUP BY domain,local",
  );
  for (const { domain, local, uses } of rows) {
    if (uses > 1) yield `${local}@${domain}: used ${uses} times`;
    const text = formatAddress({ local, domain: domain === "*" ? "every.invalid" : domain });
    if (readable(() => formatAddress(parseAddress(text))) !== text) {
      yield `${local}@${domain}: not in its one form`;
    }
  }
  for (const row of db.iterate<AccountRow>("SELECT * FROM accounts WHERE NOT (password_hash GLOB '$*$*')")) {
    yield `account ${row.id}: has no password hash`;
  }
}

function* checkLists(db: Database): Generator<string> {
  for (const row of db.iterate<AliasRow>("SELECT * FROM aliases")) {
    if (!isAddressList(row.targets, 1)) yield `alias ${row.local}@${row.domain}: bad targets`;
  }
  for (const row of db.iterate<GroupRow>("SELECT * FROM groups")) {
    if (!isAddressList(row.members, 0)) yield `group ${row.local}@${row.domain}: bad members`;
  }
}

/** The log has no holes, and its last word on each row is the row. */
function* checkLog(db: Database): Generator<string> {
  const { entries, first, last } = db.get<{ entries: number; first: number; last: number }>(
    "SELECT count(*) AS entries, coalesce(min(position),1) AS first, coalesce(max(position),0) AS last FROM log",
  )!;
  if (last - first + 1 !== entries) yield `log: ${entries} entries between positions ${first} and ${last}`;
  if (first !== 1 || entries > COMPARED_ENTRIES) return;
  const logged = new Map<string, string>();
  for (const { changes } of db.iterate<{ changes: string }>("SELECT changes FROM log ORDER BY position")) {
    for (const { table, key, row } of JSON.parse(changes)) {
      if (row) logged.set(`${table} ${key}`, canonical(table, row));
      else logged.delete(`${table} ${key}`);
    }
  }
  for (const table of Object.keys(TABLES) as TableName[]) {
    for (const row of db.iterate<Record<string, string | number | null>>(`SELECT * FROM ${table}`)) {
      const key = `${table} ${rowKey(table, row)}`;
      if (logged.get(key) !== canonical(table, row)) yield `${key}: differs from the log`;
      logged.delete(key);
    }
  }
  for (const key of logged.keys()) yield `${key}: in the log but not there`;
}

function canonical(table: TableName, row: Record<string, string | number | null>): string {
  return JSON.stringify(TABLES[table].columns.map((column) => row[column]));
}

function isAddressList(json: string, least: number): boolean {
  const list: unknown = readable(() => JSON.parse(json));
  return Array.isArray(list) && list.length >= least &&
    list.every((text) =>
      typeof text === "string" && readable(() => formatAddress(parseAddress(text))) === text
    );
}

/** What `read` gives; undefined when it throws: then the value itself is the problem. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
