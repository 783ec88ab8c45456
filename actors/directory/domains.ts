import { Fault } from "../../src/base/fault.ts";
import { formatAddress, normaliseDomain, parseAddress } from "./address.ts";
import type { DirectoryContract, DomainView, Page } from "./contract.ts";
import { acknowledgeSetting, byteSetting, pageOf, pageSize } from "./limits.ts";
import { commitChanges, type Edit, put, removal } from "./log.ts";
import type { DomainRow } from "./schema.ts";
import { hasSenderKey, makeSenderKey } from "./srs.ts";
import { type DirectoryTurn, domainRow } from "./state.ts";

type Settings = DirectoryContract["updateDomain"]["request"];

/** A new domain, live with the reply. Entries that an earlier domain of this name left behind work again (M04). */
export function createDomain(
  request: DirectoryContract["createDomain"]["request"],
  turn: DirectoryTurn,
): DomainView {
  const name = normaliseDomain(request.name);
  if (/(^|\.)\d+$/.test(name)) throw new Fault("invalid", `not a domain name: ${name}`);
  if (domainRow(turn, name)) throw new Fault("exists", `${name} is there already`);
  const row: DomainRow = {
    name,
    alias_of: null,
    quota_bytes: null,
    message_bytes: null,
    catch_all: null,
    postmaster: null,
    acknowledge: null,
    created_at_ms: turn.nowMs,
  };
  const created = request.aliasOf === undefined || request.aliasOf === null
    ? withSettings(row, request)
    : asAlias(row, request.aliasOf, request, turn);
  commitChanges(turn, [put("domains", created), ...missingSenderKey(turn)]);
  return view(created);
}

function asAlias(row: DomainRow, aliasOf: string, request: Settings, turn: DirectoryTurn): DomainRow {
  const target = domainRow(turn, normaliseDomain(aliasOf));
  if (!target) throw new Fault("not_found", `no such domain: ${aliasOf}`);
  refuseAliasSettings(row.name, request);
  return { ...row, alias_of: target.alias_of ?? target.name };
}

/** Changes what the request names and leaves the rest. */
export function updateDomain(request: Settings, turn: DirectoryTurn): DomainView {
  const row = existing(request.name, turn);
  if (row.alias_of) refuseAliasSettings(row.name, request);
  const changed = withSettings(row, request);
  commitChanges(turn, [put("domains", changed)]);
  return view(changed);
}

/** Takes a domain away: its addresses take no more mail, its accounts keep their mail and their login (M04). */
export function removeDomain({ name }: { name: string }, turn: DirectoryTurn): Record<string, never> {
  const row = existing(name, turn);
  const alias = turn.db.get<DomainRow>("SELECT * FROM domains WHERE alias_of=? LIMIT 1", row.name);
  if (alias) throw new Fault("conflict", `${alias.name} is an alias of ${row.name}: remove it first`);
  commitChanges(turn, [removal("domains", row)]);
  return {};
}

/** A domain by its own name. */
export function getDomain({ name }: { name: string }, turn: DirectoryTurn): DomainView {
  return view(existing(name, turn));
}

/** Domains by name. */
export function listDomains(
  { after, limit }: DirectoryContract["listDomains"]["request"],
  turn: DirectoryTurn,
): Page<DomainView> {
  const size = pageSize(limit);
  const rows = turn.db.all<DomainRow>(
    "SELECT * FROM domains WHERE name>? ORDER BY name LIMIT ?",
    after ?? "",
    size + 1,
  );
  return pageOf(rows, size, view, (row) => row.name);
}

/** The domain in which an entry may be made: ours, and not only another name. */
export function homeDomain(turn: DirectoryTurn, name: string): DomainRow {
  const row = domainRow(turn, name);
  if (!row) throw new Fault("not_found", `no such domain: ${name}`);
  if (row.alias_of) {
    throw new Fault("invalid", `${name} is another name of ${row.alias_of}: make the entry there`);
  }
  return row;
}

function existing(name: string, turn: DirectoryTurn): DomainRow {
  const row = domainRow(turn, normaliseDomain(name));
  if (!row) throw new Fault("not_found", `no such domain: ${name}`);
  return row;
}

/** Senders of the first domain need a key; it comes with the domain, as rewriting a sender changes nothing. */
function missingSenderKey(turn: DirectoryTurn): Edit[] {
  if (hasSenderKey(turn)) return [];
  return [put("sender_keys", { value: makeSenderKey(turn.random), made_at_ms: turn.nowMs })];
}

function withSettings(row: DomainRow, request: Settings): DomainRow {
  const changed = { ...row };
  if (request.quotaBytes !== undefined) {
    changed.quota_bytes = byteSetting("quotaBytes", request.quotaBytes, 0);
  }
  if (request.messageBytes !== undefined) {
    changed.message_bytes = byteSetting("messageBytes", request.messageBytes, 1);
  }
  if (request.acknowledge !== undefined) changed.acknowledge = acknowledgeSetting(request.acknowledge);
  if (request.catchAll !== undefined) changed.catch_all = addressSetting(request.catchAll);
  if (request.postmaster !== undefined) changed.postmaster = addressSetting(request.postmaster);
  return changed;
}

function addressSetting(address: string | null): string | null {
  return address === null ? null : formatAddress(parseAddress(address));
}

function refuseAliasSettings(name: string, request: Settings): void {
  const { quotaBytes, messageBytes, catchAll, postmaster, acknowledge } = request;
  const settings = [quotaBytes, messageBytes, catchAll, postmaster, acknowledge];
  if (settings.some((setting) => setting !== undefined && setting !== null)) {
    throw new Fault(
      "invalid",
      `${name} is only another name: settings belong to the domain that it stands for`,
    );
  }
}

function view(row: DomainRow): DomainView {
  return {
    name: row.name,
    aliasOf: row.alias_of,
    quotaBytes: row.quota_bytes,
    messageBytes: row.message_bytes,
    catchAll: row.catch_all,
    postmaster: row.postmaster,
    acknowledge: row.acknowledge as DomainView["acknowledge"], // written only by acknowledgeSetting
    createdAtMs: row.created_at_ms,
  };
}
