import { allRows, type JoinedRow, type Row } from "../../src/actor/rows.ts";
import type { Database } from "../../src/storage/database.ts";
import { formatAddress, normaliseDomain, parseAddress } from "./address.ts";
import type { DirectoryChange } from "./contract.ts";
import { isFolderTarget } from "./public_target.ts";
import { type AliasRow, type DomainRow, type GroupRow, TABLES } from "./schema.ts";

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
  for (
    const row of db.iterate<{ id: string }>("SELECT id FROM accounts WHERE NOT (password_hash GLOB '$*$*')")
  ) {
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

/** The log has no holes but before a join, which takes the place of a branch, and its last word on each row is the row. */
function* checkLog(db: Database): Generator<string> {
  const { entries, first } = db.get<{ entries: number; first: number }>(
    "SELECT count(*) AS entries, coalesce(min(position), 1) AS first FROM log",
  )!;
  const logged = new Map<string, Row>();
  let isWhole = first === 1 && entries <= COMPARED_ENTRIES;
  let last = first - 1;
  const log = db.iterate<{ position: number; changes: string }>(
    "SELECT position, changes FROM log ORDER BY position",
  );
  for (const { position, changes } of log) {
    const list: DirectoryChange[] = JSON.parse(changes);
    const join = list.find((change) => change.op === "join");
    if (position !== last + 1 && !join) yield `log: nothing between positions ${last} and ${position}`;
    if (position === first && join && (join.branch?.common.position ?? 0) === 0) {
      isWhole = entries <= COMPARED_ENTRIES;
    }
    last = position;
    if (isWhole) { for (const change of list) replay(logged, change); }
  }
  if (isWhole) yield* compare(logged, allRows(db, TABLES));
}

function replay(logged: Map<string, Row>, change: DirectoryChange): void {
  if (change.op === "home") return;
  if (change.op === "join" && !change.branch) logged.clear();
  const rows = change.op === "join" ? change.rows : [{ ...change, row: change.set }];
  for (const { table, key, row } of rows) {
    const name = JSON.stringify([table, key]);
    if (row) logged.set(name, { ...logged.get(name), ...row });
    else logged.delete(name);
  }
}

function* compare(logged: Map<string, Row>, rows: readonly JoinedRow[]): Generator<string> {
  for (const { table, key, row } of rows) {
    const name = JSON.stringify([table, key]);
    const known = logged.get(name);
    const same = known && Object.keys(row!).every((column) => known[column] === row![column]);
    if (!same) yield `${table} ${key}: differs from the log`;
    logged.delete(name);
  }
  for (const name of logged.keys()) {
    const [table, key] = JSON.parse(name);
    yield `${table} ${key}: in the log but not there`;
  }
}

function isAddressList(json: string, least: number): boolean {
  const list: unknown = readable(() => JSON.parse(json));
  return Array.isArray(list) && list.length >= least &&
    list.every((text) =>
      typeof text === "string" &&
      (isFolderTarget(text) || readable(() => formatAddress(parseAddress(text))) === text)
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
