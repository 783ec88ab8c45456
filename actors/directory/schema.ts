import type { Migration } from "../../src/storage/migrate.ts";

/** Rows as they are stored and as they stand in the log. `hlc` is when the row was last changed. */
export type DomainRow = {
  name: string;
  alias_of: string | null;
  quota_bytes: number | null;
  message_bytes: number | null;
  catch_all: string | null;
  postmaster: string | null;
  created_at_ms: number;
  hlc: number;
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
  created_at_ms: number;
  hlc: number;
};

/** `domain` is `*` for an alias in every domain; `targets` is a JSON list of addresses. */
export type AliasRow = { local: string; domain: string; targets: string; internal: number; hlc: number };

/** `members` is a JSON list of addresses. */
export type GroupRow = { local: string; domain: string; members: string; hlc: number };

/** The tables that are logged and that two servers hold alike, with their columns; the key columns come first. */
export const TABLES = {
  domains: {
    key: ["name"],
    columns: [
      "name",
      "alias_of",
      "quota_bytes",
      "message_bytes",
      "catch_all",
      "postmaster",
      "created_at_ms",
      "hlc",
    ],
  },
  accounts: {
    key: ["id"],
    columns: [
      "id",
      "local",
      "domain",
      "display_name",
      "password_hash",
      "enabled",
      "disabled_delivery",
      "internal",
      "quota_bytes",
      "message_bytes",
      "created_at_ms",
      "hlc",
    ],
  },
  aliases: { key: ["domain", "local"], columns: ["domain", "local", "targets", "internal", "hlc"] },
  groups: { key: ["domain", "local"], columns: ["domain", "local", "members", "hlc"] },
} as const;

/** A table of the log. */
export type TableName = keyof typeof TABLES;

/**
 * Accounts outlive their domain: they name it without a foreign key. `settings` holds this server's own defaults
 * and is not part of the log.
 */
export const migrations: readonly Migration[] = [
  `
  CREATE TABLE domains(
    name TEXT NOT NULL PRIMARY KEY,
    alias_of TEXT,
    quota_bytes INTEGER,
    message_bytes INTEGER,
    catch_all TEXT,
    postmaster TEXT,
    created_at_ms INTEGER NOT NULL,
    hlc INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX domains_alias_of ON domains(alias_of) WHERE alias_of IS NOT NULL;

  CREATE TABLE accounts(
    id TEXT NOT NULL PRIMARY KEY,
    local TEXT NOT NULL,
    domain TEXT NOT NULL,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    disabled_delivery TEXT NOT NULL,
    internal INTEGER NOT NULL,
    quota_bytes INTEGER,
    message_bytes INTEGER,
    created_at_ms INTEGER NOT NULL,
    hlc INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX accounts_address ON accounts(domain, local);
  CREATE INDEX accounts_age ON accounts(domain, id);

  CREATE TABLE aliases(
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    targets TEXT NOT NULL,
    internal INTEGER NOT NULL,
    hlc INTEGER NOT NULL,
    PRIMARY KEY(domain, local)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE groups(
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    members TEXT NOT NULL,
    hlc INTEGER NOT NULL,
    PRIMARY KEY(domain, local)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE log(
    position INTEGER PRIMARY KEY,
    request_id TEXT NOT NULL,
    hlc INTEGER NOT NULL,
    changes TEXT NOT NULL
  ) STRICT;

  CREATE TABLE settings(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
];
