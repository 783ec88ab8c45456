import { Fault } from "../../src/base/fault.ts";
import { type Address, parseAddress } from "./address.ts";
import type { DirectoryContract } from "./contract.ts";
import { commitChanges, type Edit, put } from "./log.ts";
import { allPublics } from "./public.ts";
import { entryAt } from "./resolve.ts";
import type { AliasRow, DomainRow } from "./schema.ts";
import type { DirectoryTurn } from "./state.ts";

type Create = DirectoryContract["createPublicAddresses"];

/**
 * A folder was made in a public mailbox. If its namespace is to have it so the folder gets an address by its last
 * level, in every domain that there is now (M08); addresses that are taken stay whose they are. It may come twice.
 */
export function createPublicAddresses(
  { id, folder }: Create["request"],
  turn: DirectoryTurn,
): Create["reply"] {
  const row = allPublics(turn).find((one) => one.id === id);
  if (!row?.addresses || !row.approved) return {};
  const target = `#${row.name}${folder.slice(folder.indexOf("/"))}`;
  const edits: Edit[] = [];
  for (
    const { name } of turn.db.all<DomainRow>("SELECT * FROM domains WHERE alias_of IS NULL ORDER BY name")
  ) {
    const address = addressOf(folder, name);
    if (!address || entryAt(turn, address.local, name)) continue;
    const alias: AliasRow = { ...address, targets: JSON.stringify([target]), internal: 0 };
    edits.push(put("aliases", alias));
  }
  commitChanges(turn, edits);
  return {};
}

/** The address of a folder in a domain; null for a name that no address can have. */
function addressOf(folder: string, domain: string): Address | null {
  const level = folder.slice(folder.lastIndexOf("/") + 1);
  try {
    const address = parseAddress(`${level.toLowerCase().replace(/\s+/g, "-")}@${domain}`);
    return /^[\p{L}\p{N}._-]+$/u.test(address.local) ? address : null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}
