import { Fault } from "../../src/base/fault.ts";
import { generationAfter, nextAccountId } from "./account_id.ts";
import { type Address, formatAddress, normaliseDomain, parseAddress, splitTag } from "./address.ts";
import type { Account, AccountView, DirectoryContract, Page } from "./contract.ts";
import { homeDomain } from "./domains.ts";
import { accountOf, acknowledgeSetting, byteSetting, effectiveOf, pageOf, pageSize } from "./limits.ts";
import { commitChanges, type Edit, put, removal } from "./log.ts";
import { entryAt } from "./resolve.ts";
import type { AccountRow, ShareRow } from "./schema.ts";
import { spaceRemovals } from "./spaces.ts";
import { senderKeys } from "./srs.ts";
import { defaultsOf, type DirectoryTurn } from "./state.ts";

const NAME_CHARS = 200;
/** Room for every hash with its parameters. */
const HASH_CHARS = 512;
/** Room for the keys of every mechanism of SCRAM. */
const SCRAM_CHARS = 1024;

type Update = DirectoryContract["updateAccount"]["request"];

/** A new account; it may log in and receive with the reply (M22). Its mailbox is `mailbox:<id>`. */
export function createAccount(
  request: DirectoryContract["createAccount"]["request"],
  turn: DirectoryTurn,
): AccountView {
  const address = parseAddress(request.address);
  if (splitTag(address.local)) throw new Fault("invalid", "an account's name has no +: that begins a tag");
  homeDomain(turn, address.domain);
  refuseTaken(turn, address);
  const row: AccountRow = {
    id: nextAccountId(turn.db, address),
    local: address.local,
    domain: address.domain,
    display_name: displayName(request.displayName ?? ""),
    password_hash: passwordHash(request.passwordHash),
    enabled: 1,
    disabled_delivery: "refuse",
    internal: request.internal ? 1 : 0,
    quota_bytes: byteSetting("quotaBytes", request.quotaBytes, 0),
    message_bytes: byteSetting("messageBytes", request.messageBytes, 1),
    acknowledge: acknowledgeSetting(request.acknowledge),
    created_at_ms: turn.nowMs,
  };
  const keys = request.scram === undefined ? [] : [scramEdit(row.id, request.scram)];
  commitChanges(turn, [put("accounts", row), ...keys]);
  return view(row, turn);
}

/** Changes what the request names and leaves the rest; sessions of the account are told. */
export function updateAccount(request: Update, turn: DirectoryTurn): AccountView {
  const row = existing(request.address, turn);
  const changed = withSettings(row, request);
  const edits = request.passwordHash === undefined
    ? []
    : request.scram === undefined
    ? scramRemoval(turn, row.id)
    : [scramEdit(row.id, request.scram)];
  commitChanges(turn, [put("accounts", changed), ...edits]);
  return view(changed, turn);
}

/** Ends an account: login and address are gone, its id is never given again, its sessions end. The mailbox's file stays. */
export function removeAccount({ address }: { address: string }, turn: DirectoryTurn): { id: string } {
  const row = existing(address, turn);
  const shares = turn.db.all<ShareRow>("SELECT * FROM shares WHERE owner=?1 OR identifier=?1", row.id);
  commitChanges(turn, [
    removal("accounts", row),
    ...scramRemoval(turn, row.id),
    put("generations", generationAfter(turn.db, row)),
    ...shares.map((share) => removal("shares", share)),
    ...spaceRemovals(turn, row.id),
  ]);
  return { id: row.id };
}

/** An account as administrators see it. */
export function getAccount({ address }: { address: string }, turn: DirectoryTurn): AccountView {
  return view(existing(address, turn), turn);
}

/** An account by id, as sessions know it. */
export function account({ id }: { id: string }, turn: DirectoryTurn): Account {
  const row = turn.db.get<AccountRow>("SELECT * FROM accounts WHERE id=?", id);
  if (!row) throw new Fault("not_found", "no such account");
  return accountOf(turn, row);
}

/** Accounts by domain and name. */
export function listAccounts(
  { after, limit, domain }: DirectoryContract["listAccounts"]["request"],
  turn: DirectoryTurn,
): Page<AccountView> {
  const size = pageSize(limit);
  const from = after === undefined ? { domain: "", local: "" } : parseAddress(after);
  const rows = domain === undefined
    ? turn.db.all<AccountRow>(
      "SELECT * FROM accounts WHERE (domain,local)>(?,?) ORDER BY domain,local LIMIT ?",
      from.domain,
      from.local,
      size + 1,
    )
    : turn.db.all<AccountRow>(
      "SELECT * FROM accounts WHERE domain=? AND local>? ORDER BY local LIMIT ?",
      normaliseDomain(domain),
      from.local,
      size + 1,
    );
  return pageOf(rows, size, (row) => view(row, turn), formatAddress);
}

/**
 * The hash that proves a login. Only the account's own address in full counts (P14), not an alias, a tag or an
 * alias domain; a bare name counts where the server names a domain for it (P15). A disabled account has none.
 */
export function credentials(
  { login }: { login: string },
  turn: DirectoryTurn,
): DirectoryContract["credentials"]["reply"] {
  const address = loginAddress(login, turn);
  const row = address && accountAt(turn, address);
  if (!row || !row.enabled) return null;
  return {
    account: accountOf(turn, row),
    passwordHash: row.password_hash,
    enabled: true,
    scram: scramKeys(turn, row.id),
  };
}

/** Puts a better hash of the same password in place; sessions need not know. */
export function rehash(
  { accountId, from, to, scram }: DirectoryContract["rehash"]["request"],
  turn: DirectoryTurn,
): { replaced: boolean } {
  const row = turn.db.get<AccountRow>("SELECT * FROM accounts WHERE id=?", accountId);
  if (!row || row.password_hash !== from) return { replaced: false };
  const keys = scram === undefined ? [] : [scramEdit(accountId, scram, { weak: true })];
  commitChanges(turn, [
    put("accounts", { ...row, password_hash: passwordHash(to) }, { weak: true }),
    ...keys,
  ]);
  return { replaced: true };
}

/** What made-up salts of SCRAM are made of: a secret that both servers hold. */
export function decoyKey(
  _request: Record<string, never>,
  turn: DirectoryTurn,
): DirectoryContract["decoyKey"]["reply"] {
  return { key: senderKeys(turn.db)[0] ?? null };
}

function scramKeys(turn: DirectoryTurn, id: string): string | null {
  return turn.db.get<{ keys: string }>("SELECT keys FROM scram WHERE account=?", id)?.keys ?? null;
}

function scramEdit(id: string, keys: string, options: { weak?: true } = {}): Edit {
  if (keys.length > SCRAM_CHARS || !/^[\x20-\x7e]+$/.test(keys)) {
    throw new Fault("invalid", "bad keys of SCRAM");
  }
  return put("scram", { account: id, keys }, options);
}

function scramRemoval(turn: DirectoryTurn, id: string): Edit[] {
  const keys = scramKeys(turn, id);
  return keys === null ? [] : [removal("scram", { account: id, keys })];
}

/** Fault `exists` when an account, alias or group has this address. */
export function refuseTaken(turn: DirectoryTurn, address: Address): void {
  const entry = entryAt(turn, address.local, address.domain);
  if (entry) throw new Fault("exists", `${address.local}@${address.domain} is there already (${entry.kind})`);
}

function loginAddress(login: string, turn: DirectoryTurn): Address | null {
  const { loginDomain } = defaultsOf(turn);
  try {
    if (login.includes("@")) return parseAddress(login);
    return loginDomain ? parseAddress(`${login}@${loginDomain}`) : null;
  } catch (error) {
    if (error instanceof Fault) return null; // a name that cannot be an address is simply unknown
    throw error;
  }
}

function accountAt(turn: DirectoryTurn, { local, domain }: Address): AccountRow | undefined {
  return turn.db.get<AccountRow>("SELECT * FROM accounts WHERE domain=? AND local=?", domain, local);
}

function existing(address: string, turn: DirectoryTurn): AccountRow {
  const row = accountAt(turn, parseAddress(address));
  if (!row) throw new Fault("not_found", `no such account: ${address}`);
  return row;
}

function withSettings(row: AccountRow, request: Update): AccountRow {
  const changed = { ...row };
  if (request.displayName !== undefined) changed.display_name = displayName(request.displayName);
  if (request.passwordHash !== undefined) changed.password_hash = passwordHash(request.passwordHash);
  if (request.quotaBytes !== undefined) {
    changed.quota_bytes = byteSetting("quotaBytes", request.quotaBytes, 0);
  }
  if (request.messageBytes !== undefined) {
    changed.message_bytes = byteSetting("messageBytes", request.messageBytes, 1);
  }
  if (request.enabled !== undefined) changed.enabled = request.enabled ? 1 : 0;
  if (request.internal !== undefined) changed.internal = request.internal ? 1 : 0;
  if (request.acknowledge !== undefined) changed.acknowledge = acknowledgeSetting(request.acknowledge);
  if (request.disabledDelivery !== undefined) changed.disabled_delivery = request.disabledDelivery;
  return changed;
}

function displayName(name: string): string {
  const clean = name.normalize("NFC").trim();
  if (clean.length > NAME_CHARS || /\p{Cc}/u.test(clean)) {
    throw new Fault("invalid", `the display name has control characters or over ${NAME_CHARS} characters`);
  }
  return clean;
}

function passwordHash(hash: string): string {
  if (hash.length > HASH_CHARS || !/^\$[a-z0-9-]+\$[\x21-\x7e]+$/.test(hash)) {
    throw new Fault("invalid", "passwordHash must be a hash in the form $algorithm$…");
  }
  return hash;
}

function view(row: AccountRow, turn: DirectoryTurn): AccountView {
  return {
    id: row.id,
    address: formatAddress(row),
    displayName: row.display_name,
    enabled: row.enabled === 1,
    quotaBytes: row.quota_bytes,
    messageBytes: row.message_bytes,
    acknowledge: row.acknowledge as AccountView["acknowledge"], // written only by acknowledgeSetting
    effective: effectiveOf(turn, row),
    disabledDelivery: row.disabled_delivery as AccountView["disabledDelivery"], // written only by updateAccount
    internal: row.internal === 1,
    createdAtMs: row.created_at_ms,
  };
}
