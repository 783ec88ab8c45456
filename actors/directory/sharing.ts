import { LIMITS } from "../../src/base/limits.ts";
import { type Address, formatAddress } from "./address.ts";
import type { DirectoryContract } from "./contract.ts";
import { accountOf } from "./limits.ts";
import { commitChanges, type Edit, put } from "./log.ts";
import { publicsAmong } from "./public.ts";
import type { AccountRow, ShareRow } from "./schema.ts";
import { spacesFor } from "./spaces.ts";
import type { DirectoryTurn } from "./state.ts";

/** Groups of groups, and aliases to them, are followed so far upwards. */
const DEPTH = 10;

type Update = DirectoryContract["updateShares"];
type Shares = DirectoryContract["shares"];
type Identity = DirectoryContract["identity"];

/**
 * Takes note of whom a mailbox shares anything with: an index for LIST, not what decides about rights. The mailbox
 * tells its whole list each time and when it was so, as what it tells may come late or twice.
 */
export function updateShares(
  { owner, identifiers, at }: Update["request"],
  turn: DirectoryTurn,
): Update["reply"] {
  const known = turn.db.all<ShareRow>("SELECT * FROM shares WHERE owner=?", owner);
  const edits: Edit[] = [];
  for (const row of known) {
    if (row.at >= at) continue;
    edits.push(put("shares", { ...row, shared: identifiers.includes(row.identifier) ? 1 : 0, at }));
  }
  const names = new Set(known.map(({ identifier }) => identifier));
  for (const identifier of identifiers) {
    if (!names.has(identifier)) edits.push(put("shares", { owner, identifier, shared: 1, at }));
  }
  commitChanges(turn, edits);
  return {};
}

/**
 * The accounts whose mailboxes share something with this one, by address, the public namespaces that do, and its own
 * private ones.
 */
export function shares({ id }: Shares["request"], turn: DirectoryTurn): Shares["reply"] {
  const { groups } = identity({ id }, turn);
  const names = [id, "anyone", "authenticated", ...groups.map((address) => `group:${address}`)];
  const owners = turn.db.all<{ owner: string }>(
    "SELECT DISTINCT owner FROM shares WHERE shared = 1 AND identifier IN (SELECT value FROM json_each(?))",
    JSON.stringify(names),
  ).map(({ owner }) => owner);
  const rows = turn.db.all<AccountRow>(
    `SELECT * FROM accounts WHERE id <> ? AND id IN (SELECT value FROM json_each(?))
     ORDER BY domain, local LIMIT ${LIMITS.sharedOwners}`,
    id,
    JSON.stringify(owners),
  );
  return {
    owners: rows.map((row) => accountOf(turn, row)),
    publics: publicsAmong(turn, new Set(owners)),
    spaces: spacesFor(turn, id),
  };
}

/** Who an account is to others' folders: itself, and the groups that it is in, also by way of other groups. */
export function identity({ id }: Identity["request"], turn: DirectoryTurn): Identity["reply"] {
  const row = turn.db.get<AccountRow>("SELECT * FROM accounts WHERE id=?", id);
  if (!row) return { id, groups: [] };
  const groups = new Set<string>(), seen = new Set<string>();
  let names = spellings(turn, row);
  for (let depth = 0; names.length && depth < DEPTH; depth++) {
    const above: Address[] = [];
    for (const name of names) {
      if (seen.has(name)) continue;
      seen.add(name);
      for (const group of holders(turn, "groups", "members", name)) {
        groups.add(formatAddress(group));
        above.push(group);
      }
      for (const alias of holders(turn, "aliases", "targets", name)) {
        if (alias.domain !== "*") above.push(alias);
      }
    }
    names = above.flatMap((address) => spellings(turn, address));
  }
  return { id, groups: [...groups].sort() };
}

/** An address under its domain's own name and all others of it. */
function spellings(turn: DirectoryTurn, { local, domain }: Address): string[] {
  const others = turn.db.all<{ name: string }>("SELECT name FROM domains WHERE alias_of=?", domain);
  return [domain, ...others.map(({ name }) => name)].map((name) => formatAddress({ local, domain: name }));
}

/** Groups or aliases that have just this address in their list. */
function holders(
  turn: DirectoryTurn,
  table: "groups" | "aliases",
  column: string,
  address: string,
): Address[] {
  return turn.db.all<Address>(
    `SELECT local, domain FROM ${table} WHERE instr(${column}, ?)`,
    JSON.stringify(address),
  );
}
