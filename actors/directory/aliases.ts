import { Fault } from "../../src/base/fault.ts";
import { refuseTaken } from "./accounts.ts";
import { type Address, formatAddress, parseAddress } from "./address.ts";
import type { AliasView, DirectoryContract, GroupView, Page } from "./contract.ts";
import { homeDomain } from "./domains.ts";
import { pageOf, pageSize } from "./limits.ts";
import { commitChanges, put, removal } from "./log.ts";
import { folderTarget, isFolderTarget } from "./public_target.ts";
import type { AliasRow, GroupRow } from "./schema.ts";
import { type DirectoryTurn, realDomain } from "./state.ts";

/** Targets of one alias, members of one group: as many as one recipient may lead to. */
const TARGETS = 1000;
const EVERY_DOMAIN = "*";

/**
 * A new alias of one domain, or of every domain (`user@*`). Targets may be ours or outside, or
 * folders of public namespaces (`#Name/Folder`), in any number from one.
 */
export function createAlias(request: AliasView, turn: DirectoryTurn): AliasView {
  const address = aliasAddress(request.address);
  if (address.domain !== EVERY_DOMAIN) homeDomain(turn, address.domain);
  refuseTaken(turn, address);
  const folders = request.targets.filter(isFolderTarget).map((target) => folderTarget(turn, target));
  const others = request.targets.filter((target) => !isFolderTarget(target));
  const targets = others.length || !folders.length ? addressList("targets", others) : [];
  for (const target of targets) refuseEmptyGroup(turn, target);
  const row: AliasRow = {
    domain: address.domain,
    local: address.local,
    targets: JSON.stringify([...targets.map(formatAddress), ...new Set(folders)]),
    internal: request.internal ? 1 : 0,
  };
  commitChanges(turn, [put("aliases", row)]);
  return aliasView(row);
}

/** Takes an alias away. Fault `not_found` when there is none at exactly this address. */
export function removeAlias({ address }: { address: string }, turn: DirectoryTurn): Record<string, never> {
  commitChanges(turn, [removal("aliases", existingAlias(address, turn))]);
  return {};
}

/** The alias at exactly this address. */
export function getAlias({ address }: { address: string }, turn: DirectoryTurn): AliasView {
  return aliasView(existingAlias(address, turn));
}

/** Aliases by domain and name; those of every domain come first. */
export function listAliases(
  { after, limit }: DirectoryContract["listAliases"]["request"],
  turn: DirectoryTurn,
): Page<AliasView> {
  const size = pageSize(limit);
  const from = after === undefined ? { domain: "", local: "" } : aliasAddress(after);
  const rows = turn.db.all<AliasRow>(
    "SELECT * FROM aliases WHERE (domain,local)>(?,?) ORDER BY domain,local LIMIT ?",
    from.domain,
    from.local,
    size + 1,
  );
  return pageOf(rows, size, aliasView, formatAddress);
}

/** A new group. Its address exists only while somebody is in it (M15), so it starts with at least one member. */
export function createGroup(request: GroupView, turn: DirectoryTurn): GroupView {
  const address = parseAddress(request.address);
  homeDomain(turn, address.domain);
  refuseTaken(turn, address);
  if (!request.members.length) throw new Fault("invalid", "a group needs at least one member");
  return saveGroup(address, request.members, turn);
}

/** Replaces the members. Without any, mail to the group is refused until somebody joins. */
export function updateGroup(request: GroupView, turn: DirectoryTurn): GroupView {
  return saveGroup(existingGroup(request.address, turn), request.members, turn);
}

/** Takes a group away. Fault `not_found` when there is none at exactly this address. */
export function removeGroup({ address }: { address: string }, turn: DirectoryTurn): Record<string, never> {
  commitChanges(turn, [removal("groups", existingGroup(address, turn))]);
  return {};
}

/** The group at exactly this address. */
export function getGroup({ address }: { address: string }, turn: DirectoryTurn): GroupView {
  return groupView(existingGroup(address, turn));
}

/** Groups by domain and name. */
export function listGroups(
  { after, limit }: DirectoryContract["listGroups"]["request"],
  turn: DirectoryTurn,
): Page<GroupView> {
  const size = pageSize(limit);
  const from = after === undefined ? { domain: "", local: "" } : parseAddress(after);
  const rows = turn.db.all<GroupRow>(
    "SELECT * FROM groups WHERE (domain,local)>(?,?) ORDER BY domain,local LIMIT ?",
    from.domain,
    from.local,
    size + 1,
  );
  return pageOf(rows, size, groupView, formatAddress);
}

function saveGroup({ local, domain }: Address, members: string[], turn: DirectoryTurn): GroupView {
  const addresses = members.length ? addressList("members", members) : [];
  for (const member of addresses) {
    if (realDomain(turn, member.domain)) continue;
    throw new Fault(
      "invalid",
      `${formatAddress(member)} is outside: a group has members of ours, an alias may forward`,
    );
  }
  const row: GroupRow = { domain, local, members: JSON.stringify(addresses.map(formatAddress)) };
  commitChanges(turn, [put("groups", row)]);
  return groupView(row);
}

function refuseEmptyGroup(turn: DirectoryTurn, { local, domain }: Address): void {
  const home = realDomain(turn, domain);
  if (!home) return;
  const group = turn.db.get<GroupRow>("SELECT * FROM groups WHERE domain=? AND local=?", home.name, local);
  if (group?.members === "[]") throw new Fault("invalid", `the group ${local}@${domain} has no members`);
}

function existingAlias(address: string, turn: DirectoryTurn): AliasRow {
  const { local, domain } = aliasAddress(address);
  const row = turn.db.get<AliasRow>("SELECT * FROM aliases WHERE domain=? AND local=?", domain, local);
  if (!row) throw new Fault("not_found", `no such alias: ${address}`);
  return row;
}

function existingGroup(address: string, turn: DirectoryTurn): GroupRow {
  const { local, domain } = parseAddress(address);
  const row = turn.db.get<GroupRow>("SELECT * FROM groups WHERE domain=? AND local=?", domain, local);
  if (!row) throw new Fault("not_found", `no such group: ${address}`);
  return row;
}

/** `user@domain` or `user@*`. */
function aliasAddress(text: string): Address {
  if (!text.endsWith("@*")) return parseAddress(text);
  return { local: parseAddress(text.slice(0, -1) + "every.invalid").local, domain: EVERY_DOMAIN };
}

/** Addresses in their one form, without repeats. */
function addressList(name: string, list: readonly string[]): Address[] {
  if (!list.length) throw new Fault("invalid", `${name} must name at least one address`);
  if (list.length > TARGETS) throw new Fault("limit", `${name} may name at most ${TARGETS} addresses`);
  const byText = new Map(list.map(parseAddress).map((address) => [formatAddress(address), address]));
  return [...byText.values()];
}

function aliasView(row: AliasRow): AliasView {
  return { address: formatAddress(row), targets: JSON.parse(row.targets), internal: row.internal === 1 };
}

function groupView(row: GroupRow): GroupView {
  return { address: formatAddress(row), members: JSON.parse(row.members) };
}
