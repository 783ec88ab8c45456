import type { Tables } from "../../src/actor/rows.ts";

/** Rows as they are stored. `acknowledge` is null, `local` or `both`. */
export type DomainRow = {
  name: string;
  alias_of: string | null;
  quota_bytes: number | null;
  message_bytes: number | null;
  catch_all: string | null;
  postmaster: string | null;
  acknowledge: string | null;
  created_at_ms: number;
};

/** The address is `local`@`domain`; flags are 0 or 1. */
export type AccountRow = {
  id: string;
  local: string;
  domain: string;
  display_name: string;
  password_hash: string;
  enabled: number;
  disabled_delivery: string;
  internal: number;
  quota_bytes: number | null;
  message_bytes: number | null;
  acknowledge: string | null;
  created_at_ms: number;
};

/** `domain` is `*` for an alias in every domain; `targets` is a JSON list of addresses. */
export type AliasRow = { local: string; domain: string; targets: string; internal: number };

/** `members` is a JSON list of addresses. */
export type GroupRow = { local: string; domain: string; members: string };

/** How many accounts of an address were removed. No row: none. */
export type GenerationRow = { local: string; domain: string; generation: number };

/** What SCRAM checks a login by: keys made of a password, and which hash they belong to. Useless without the account. */
export type ScramRow = { account: string; keys: string };

/** A key that signs rewritten senders (`srs.ts`), in hexadecimal. */
export type SenderKeyRow = { value: string; made_at_ms: number };

/** A Sieve script of the administrator's, for `include :global` and for the roles. */
export type SieveScriptRow = { name: string; content: string };

/** Which script has a role (`before`, `default`, `after`); null: none. No row: as the server comes. */
export type SieveRoleRow = { role: string; script: string | null };

/**
 * Whether a mailbox (by its owner's id) shares anything with an identifier, as the mailbox told it `at` that time. Such
 * rows stay when nothing is shared any more: so what was told earlier and comes late is recognised.
 */
export type ShareRow = { owner: string; identifier: string; shared: number; at: number };

/** A public namespace: the mailbox `id` belongs to nobody and is shown as `#name`. */
export type PublicRow = { name: string; id: string };

/** A private namespace of an account: the mailbox `id` is shown to it as `#name`. */
export type SpaceRow = { account: string; name: string; id: string };

/**
 * What is said of a namespace; no row: approved, without addresses. With `addresses` new folders below it get mail
 * addresses; it is shown once it is `approved`; `asked_by` is the id of the account that asked for it, or empty.
 */
export type PublicRuleRow = { name: string; addresses: number; approved: number; asked_by: string };

/**
 * What two servers hold alike, and how two versions join. A removal beats changes: what an administrator took away
 * does not come back because somebody changed it elsewhere. Lists keep what either side added. `local` and `domain`
 * of an account change only where two accounts of one address meet (`clashes.ts`).
 */
export const TABLES = {
  domains: {
    key: ["name"],
    columns: {
      alias_of: "last",
      quota_bytes: "last",
      message_bytes: "last",
      catch_all: "last",
      postmaster: "last",
      acknowledge: "last",
      created_at_ms: "min",
    },
    removal: "wins",
  },
  accounts: {
    key: ["id"],
    columns: {
      local: "last",
      domain: "last",
      display_name: "last",
      password_hash: "last",
      enabled: "last",
      disabled_delivery: "last",
      internal: "last",
      quota_bytes: "last",
      message_bytes: "last",
      acknowledge: "last",
      created_at_ms: "min",
    },
    removal: "wins",
  },
  scram: { key: ["account"], columns: { keys: "last" }, removal: "wins" },
  aliases: { key: ["domain", "local"], columns: { targets: "union", internal: "last" }, removal: "wins" },
  groups: { key: ["domain", "local"], columns: { members: "union" }, removal: "wins" },
  generations: { key: ["domain", "local"], columns: { generation: "max" }, removal: "wins" },
  publics: { key: ["name"], columns: { id: "never" }, removal: "wins" },
  shares: { key: ["owner", "identifier"], columns: { shared: "last", at: "max" }, removal: "wins" },
  spaces: { key: ["account", "name"], columns: { id: "never" }, removal: "wins" },
  public_rules: {
    key: ["name"],
    columns: { addresses: "last", approved: "max", asked_by: "last" },
    removal: "wins",
  },
  sender_keys: { key: ["value"], columns: { made_at_ms: "min" }, removal: "wins" },
  sieve_scripts: { key: ["name"], columns: { content: "last" }, removal: "wins" },
  sieve_roles: { key: ["role"], columns: { script: "last" }, removal: "wins" },
} as const satisfies Tables;

/** What each server holds for itself, and why. */
export const LOCAL = {
  settings: "the defaults of this server's own configuration, given again at each start",
} as const;

/** A joined table. */
export type TableName = keyof typeof TABLES;
