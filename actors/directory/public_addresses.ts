import { Fault } from "../../src/base/fault.ts";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import type { DirectoryContract } from "./contract.ts";
import { commitChanges, put } from "./log.ts";
import { allPublics } from "./public.ts";
import { entryAt } from "./resolve.ts";
import type { AliasRow, DomainRow } from "./schema.ts";
import type { DirectoryTurn } from "./state.ts";

type Create = DirectoryContract["createPublicAddresses"];
type Update = DirectoryContract["updatePublicAddresses"];
type List = DirectoryContract["listPublicAddresses"];

/**
 * A folder was made in a public mailbox. If its namespace is to have it so the folder gets an address by its last
 * level, in every domain that there is now (M08); addresses that are taken stay whose they are. It may come twice.
 */
export function createPublicAddresses(
  { id, folder, anyway }: Create["request"],
  turn: DirectoryTurn,
): Create["reply"] {
  const row = allPublics(turn).find((one) => one.id === id);
  if (!row?.approved || (!row.addresses && !anyway)) return {};
  const targets = JSON.stringify([targetOf(row, folder)]);
  const free = freeAddresses(turn, folder);
  commitChanges(turn, free.map((address) => put("aliases", { ...address, targets, internal: 0 })));
  return {};
}

/** A folder of a public mailbox has another name: addresses that lead to it do so from now on. */
export function updatePublicAddresses(
  { id, from, to }: Update["request"],
  turn: DirectoryTurn,
): Update["reply"] {
  const row = allPublics(turn).find((one) => one.id === id);
  if (!row) return {};
  const before = targetOf(row, from), after = targetOf(row, to);
  const edits = folderAliases(turn).map((alias): AliasRow => {
    const targets = JSON.parse(alias.targets) as string[];
    const renamed = targets.map((target) => target === before ? after : target);
    return { ...alias, targets: JSON.stringify([...new Set(renamed)]) };
  });
  commitChanges(turn, edits.map((alias) => put("aliases", alias)));
  return {};
}

/** Aliases that lead to folders. */
function folderAliases(turn: DirectoryTurn): AliasRow[] {
  return turn.db.all<AliasRow>(`SELECT * FROM aliases WHERE instr(targets, '"#') ORDER BY domain, local`);
}

/**
 * The addresses of folders of a public mailbox, and those that they could have in domains that came later: nothing
 * gains an address by itself (M08).
 */
export function listPublicAddresses({ id, folders }: List["request"], turn: DirectoryTurn): List["reply"] {
  const row = allPublics(turn).find((one) => one.id === id);
  if (!row) throw new Fault("not_found", "no such namespace");
  const aliases = folderAliases(turn);
  return {
    items: folders.map((folder) => {
      const target = targetOf(row, folder);
      const leading = aliases.filter(({ targets }) => (JSON.parse(targets) as string[]).includes(target));
      return {
        folder: target,
        addresses: leading.map(formatAddress),
        free: freeAddresses(turn, folder).map(formatAddress),
      };
    }),
  };
}

/** `#Name/Folder` for a folder as its mailbox has it. */
function targetOf({ name }: { name: string }, folder: string): string {
  const below = folder.indexOf("/");
  return below < 0 ? `#${name}` : `#${name}${folder.slice(below)}`;
}

/** What a folder would be called in each domain in which nobody has that address; the top has no name of its own. */
function freeAddresses(turn: DirectoryTurn, folder: string): Address[] {
  if (!folder.includes("/")) return [];
  const domains = turn.db.all<DomainRow>("SELECT * FROM domains WHERE alias_of IS NULL ORDER BY name");
  return domains.map(({ name }) => addressOf(folder, name)).filter((address) => address !== null)
    .filter(({ local, domain }) => !entryAt(turn, local, domain));
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
