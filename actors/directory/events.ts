import { readRow, type RowKey } from "../../src/actor/rows.ts";
import type { AccountEvent } from "./contract.ts";
import { type AccountRow, type DomainRow, TABLES } from "./schema.ts";
import { type DirectoryTurn, forget } from "./state.ts";

/** Accounts told that their domain's settings changed; sessions of the rest learn it at their next login. */
const ACCOUNTS_TOLD = 10_000;

/** What a change touches. `quiet` says which accounts only got another hash of their password: no news to sessions. */
export type Touched = { rows: readonly { table: string; key: RowKey }[]; quiet: (id: string) => boolean };

/**
 * Changes rows by `change` and tells watchers what became of them: the same events, wherever a change was made and on
 * whichever way it came here. Caches are forgotten.
 */
export function telling(turn: DirectoryTurn, { rows, quiet }: Touched, change: () => void): void {
  const noted = rows.map(({ table, key }) => ({ table, key, before: readRow(turn.db, TABLES, table, key) }));
  change();
  // Of a join also what gave way to a clash has changed, and that may be no row that either side touched.
  forget(turn.state);
  const changed = noted.flatMap(({ table, key, before }) => {
    const after = readRow(turn.db, TABLES, table, key);
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ table, before, after }];
  });
  if (!changed.length) return;
  let domains = false;
  for (const { table, before, after } of changed) {
    // The table says which sort of row it is.
    if (table === "accounts") tellAccount(turn, before as AccountRow, after as AccountRow, quiet);
    if (table !== "domains") continue;
    domains = true;
    tellDomain(turn, before as DomainRow, after as DomainRow);
  }
  if (domains) turn.publish("domains", {});
  turn.publish("changed", {});
}

function tellAccount(
  turn: DirectoryTurn,
  before: AccountRow | null,
  after: AccountRow | null,
  quiet: (id: string) => boolean,
): void {
  if (!before) return;
  for (const change of after ? changesBetween(before, after) : ["removed" as const]) {
    if (change === "credentials" && quiet(before.id)) continue;
    turn.publish("accounts", { accountId: before.id, change } satisfies AccountEvent);
  }
}

function changesBetween(before: AccountRow, after: AccountRow): AccountEvent["change"][] {
  const changes: AccountEvent["change"][] = [];
  if (before.enabled && !after.enabled) changes.push("disabled");
  if (before.password_hash !== after.password_hash) changes.push("credentials");
  if (!changes.length) changes.push("settings");
  return changes;
}

/** What a domain gives to its accounts changed: they are told. */
function tellDomain(turn: DirectoryTurn, before: DomainRow | null, after: DomainRow | null): void {
  if (!before || !after) return;
  const given = ["quota_bytes", "message_bytes", "acknowledge"] as const;
  if (given.every((column) => before[column] === after[column])) return;
  const rows = turn.db.all<{ id: string }>(
    "SELECT id FROM accounts WHERE domain=? LIMIT ?",
    after.name,
    ACCOUNTS_TOLD,
  );
  for (const { id } of rows) {
    turn.publish("accounts", { accountId: id, change: "settings" } satisfies AccountEvent);
  }
}
