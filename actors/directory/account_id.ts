import { hash } from "node:crypto";
import { Fault } from "../../src/base/fault.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { ID_GENERATIONS, idTimeMs, newId } from "../../src/base/id.ts";
import { readRow } from "../../src/actor/rows.ts";
import type { Database } from "../../src/storage/database.ts";
import { type Address, formatAddress } from "./address.ts";
import { type AccountRow, type GenerationRow, TABLES } from "./schema.ts";

/**
 * The id of an account follows from its address and from how many accounts of this address were removed before, its
 * generation: two servers that each make the same account before they ever meet have one account and one mailbox,
 * and an address that is given again begins with an empty mailbox.
 */
export function accountId(address: Address, generation: number): string {
  const digest = hash("sha256", utf8(`${formatAddress(address)}\0${generation}`), "buffer");
  return newId(generation, { bytes: (count) => digest.subarray(0, count) });
}

/** The generation in an id; null in one of an earlier release, which told its time. */
export function generationOf(id: string): number | null {
  const time = idTimeMs(id);
  return time < ID_GENERATIONS ? time : null;
}

/** The id that a new account of this address gets. */
export function nextAccountId(db: Database, address: Address): string {
  let generation = removedAccounts(db, address);
  // An account that lost its address keeps its id.
  while (db.get("SELECT 1 FROM accounts WHERE id=?", accountId(address, generation))) generation++;
  if (generation >= ID_GENERATIONS) throw new Fault("limit", "this address was given too often");
  return accountId(address, generation);
}

/** How many accounts of the address there were once this one is removed. */
export function generationAfter(db: Database, row: AccountRow): GenerationRow {
  const { local, domain } = row;
  const generation = Math.max(removedAccounts(db, row), (generationOf(row.id) ?? 0) + 1);
  return { domain, local, generation };
}

function removedAccounts(db: Database, { local, domain }: Address): number {
  return Number(readRow(db, TABLES, "generations", [domain, local])?.generation ?? 0);
}
