import { type JoinedRow, putRow, readRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { utf8 } from "../../src/base/bytes.ts";
import type { Log } from "../../src/base/log.ts";
import type { Database } from "../../src/storage/database.ts";
import { generationOf } from "./account_id.ts";
import { type Address, formatAddress, LOCAL_BYTES } from "./address.ts";
import { type AccountRow, type AliasRow, type DomainRow, type GroupRow, TABLES } from "./schema.ts";

/**
 * Two servers that did not see each other may each have done what only one could: given one address twice, or made a
 * domain an alias of one that is gone. After a join exactly one holder keeps each address; the others stay whole under
 * a free address beside it, for an administrator to look at.
 */

/** Puts right what cannot stay after a join, and says so in the log; the rows of the join as they are then. */
export function settleClashes(
  { db, log }: { db: Database; log: Log },
  rows: readonly JoinedRow[],
): JoinedRow[] {
  const changes = settleDomains(db);
  for (const { key, set } of changes) log.warn("directory.domain", { name: String(key[0]), gone: !set });
  for (const address of addressesOf(db, rows)) {
    const moved = settleAddress(db, address);
    changes.push(...moved);
    for (const { table, key, set } of moved) {
      if (!set) continue;
      const local = String(set.local ?? key[1]);
      const to = formatAddress({ ...address, local });
      log.warn("directory.moved", { table, from: formatAddress(address), to });
    }
  }
  const all = new Map(rows.map((row) => [JSON.stringify([row.table, row.key]), row]));
  for (const { table, key } of changes) {
    const found = readRow(db, TABLES, table, key);
    for (const column of TABLES[table as keyof typeof TABLES].key) delete found?.[column]; // only ours are changed here
    all.set(JSON.stringify([table, key]), { table, key, row: found });
  }
  return [...all.values()];
}

/** The addresses that a join put something at, each once. */
function addressesOf(db: Database, rows: readonly JoinedRow[]): Address[] {
  const addresses = new Map<string, Address>();
  for (const { table, key } of rows) {
    if (!["accounts", "aliases", "groups"].includes(table)) continue;
    const row = readRow(db, TABLES, table, key);
    if (row) {
      addresses.set(`${row.domain} ${row.local}`, { local: String(row.local), domain: String(row.domain) });
    }
  }
  return [...addresses.values()];
}

/**
 * Accounts come before aliases, as somebody reads their mail there, and aliases before groups. Of two accounts the one
 * of the higher generation, then the one that an earlier release made, as its mailbox is in use, then the smaller id.
 */
function settleAddress(db: Database, { local, domain }: Address): RowChange[] {
  const at = [domain, local];
  const accounts = db.all<AccountRow>("SELECT * FROM accounts WHERE domain=? AND local=?", ...at).sort(
    byClaim,
  );
  const alias = db.get<AliasRow>("SELECT * FROM aliases WHERE domain=? AND local=?", ...at);
  const group = db.get<GroupRow>("SELECT * FROM groups WHERE domain=? AND local=?", ...at);
  const changes: (RowChange | null)[] = [];
  for (const row of accounts.slice(1)) {
    changes.push(putRow({ db }, TABLES, "accounts", { ...row, local: freeLocal(db, row) }));
  }
  const listed = [["aliases", alias], ["groups", group]] as const;
  let held = accounts.length > 0;
  for (const [table, row] of listed) {
    if (row && held) {
      changes.push(
        removeRow({ db }, TABLES, table, at),
        putRow({ db }, TABLES, table, { ...row, local: freeLocal(db, row) }),
      );
    }
    held ||= row !== undefined;
  }
  return changes.filter((change) => change !== null);
}

function byClaim(a: AccountRow, b: AccountRow): number {
  const [mine, theirs] = [generationOf(a.id), generationOf(b.id)];
  if ((mine ?? 0) !== (theirs ?? 0)) return (theirs ?? 0) - (mine ?? 0);
  if ((mine === null) !== (theirs === null)) return mine === null ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** `local.conflict-1`, or the first number that is free in the domain; a long local part is cut. */
function freeLocal(db: Database, { local, domain }: Address): string {
  for (let n = 1;; n++) {
    const end = `.conflict-${n}`;
    const chars = [...local];
    while (utf8(chars.join("")).length + end.length > LOCAL_BYTES) chars.pop();
    const free = chars.join("") + end;
    const taken = db.get(
      "SELECT 1 FROM accounts WHERE domain=?1 AND local=?2 UNION ALL SELECT 1 FROM aliases WHERE domain=?1 " +
        "AND local=?2 UNION ALL SELECT 1 FROM groups WHERE domain=?1 AND local=?2 LIMIT 1",
      domain,
      free,
    );
    if (!taken) return free;
  }
}

/**
 * An alias domain goes with the domain that it stands for, follows it when that became an alias itself, and has no
 * settings. Of domains that stand for each other the first by name becomes a domain again.
 */
function settleDomains(db: Database): RowChange[] {
  const aliases = db.all<DomainRow>("SELECT * FROM domains WHERE alias_of IS NOT NULL ORDER BY name");
  const target = new Map(aliases.map((row) => [row.name, row.alias_of]));
  for (const { name } of aliases) if (isInLoop(name, target)) target.set(name, null);
  const changes = aliases.map((row) => {
    const root = rootOf(row.name, target);
    if (root === row.name) return putRow({ db }, TABLES, "domains", { ...row, alias_of: null });
    if (!target.has(root) && !db.get("SELECT 1 FROM domains WHERE name=?", root)) {
      return removeRow({ db }, TABLES, "domains", [row.name]);
    }
    const settings = { quota_bytes: null, message_bytes: null, catch_all: null, postmaster: null };
    return putRow({ db }, TABLES, "domains", { ...row, ...settings, acknowledge: null, alias_of: root });
  });
  return changes.filter((change) => change !== null);
}

function rootOf(name: string, target: ReadonlyMap<string, string | null>): string {
  const next = target.get(name);
  return next ? rootOf(next, target) : name;
}

function isInLoop(name: string, target: ReadonlyMap<string, string | null>): boolean {
  const seen = new Set<string>();
  for (let at: string | null | undefined = name; at && !seen.has(at); at = target.get(at)) {
    seen.add(at);
    if (target.get(at) === name) return true;
  }
  return false;
}
