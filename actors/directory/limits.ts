import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { StorageLimits } from "../mailbox/contract.ts";
import { formatAddress } from "./address.ts";
import type { Account, AccountView, Acknowledge } from "./contract.ts";
import type { AccountRow } from "./schema.ts";
import { defaultsOf, type DirectoryTurn, domainRow } from "./state.ts";

/** Items of a list when the caller names no number. */
const PAGE = 100;

/** What holds for an account: its own setting, else its domain's, else the server's (Q04). */
export function limitsOf(turn: DirectoryTurn, row: AccountRow): StorageLimits {
  const domain = domainRow(turn, row.domain);
  const defaults = defaultsOf(turn);
  return {
    quotaBytes: row.quota_bytes ?? domain?.quota_bytes ?? defaults.quotaBytes,
    messageBytes: row.message_bytes ?? domain?.message_bytes ?? defaults.messageBytes,
  };
}

/** When a change of the account's mailbox is acknowledged: as `limitsOf`. */
function acknowledgeOf(turn: DirectoryTurn, row: AccountRow): Acknowledge {
  const domain = domainRow(turn, row.domain);
  // Both columns are written only by acknowledgeSetting.
  return (row.acknowledge ?? domain?.acknowledge ?? defaultsOf(turn).acknowledge ?? "local") as Acknowledge;
}

/** Everything that an account may take from its domain or the server. */
export function effectiveOf(turn: DirectoryTurn, row: AccountRow): AccountView["effective"] {
  return { ...limitsOf(turn, row), acknowledge: acknowledgeOf(turn, row) };
}

/** An account as sessions know it. */
export function accountOf(turn: DirectoryTurn, row: AccountRow): Account {
  return {
    id: row.id,
    address: formatAddress(row),
    displayName: row.display_name,
    limits: limitsOf(turn, row),
    acknowledge: acknowledgeOf(turn, row),
  };
}

/** A setting in bytes: null means "as above". Fault `invalid` for anything but a whole number from `least` up. */
export function byteSetting(name: string, value: number | null | undefined, least: number): number | null {
  if (value === null || value === undefined) return null;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new Fault("invalid", `${name} must be a whole number of bytes, at least ${least}`);
  }
  return value;
}

/** A setting of when changes are acknowledged; null means "as above". Fault `invalid` for any other word. */
export function acknowledgeSetting(value: Acknowledge | null | undefined): Acknowledge | null {
  if (value === null || value === undefined) return null;
  if (value !== "local" && value !== "both") throw new Fault("invalid", "acknowledge is local or both");
  return value;
}

/** How many items a page has. */
export function pageSize(limit: number | undefined): number {
  if (limit === undefined) return PAGE;
  if (!Number.isSafeInteger(limit) || limit < 1) throw new Fault("invalid", "limit must be at least 1");
  return Math.min(limit, LIMITS.pageItems);
}

/** Cuts a list that was asked with one item too many into a page and where to go on. */
export function pageOf<T, V>(rows: T[], size: number, view: (row: T) => V, key: (row: T) => string) {
  const next = rows.length > size ? key(rows[size - 1]) : null;
  return { items: rows.slice(0, size).map(view), next };
}
