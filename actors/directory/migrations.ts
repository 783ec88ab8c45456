import type { Row, RowChange } from "../../src/actor/rows.ts";
import { systemRandom } from "../../src/base/id.ts";
import type { Database } from "../../src/storage/database.ts";
import type { Migration } from "../../src/storage/migrate.ts";
import { makeSenderKey } from "./srs.ts";

/** Log entries rewritten at a time: bounds memory. */
const PAGE = 1000;

/** Accounts outlive their domain: they name it without a foreign key. */
const FIRST = `
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
  `;

/**
 * Two servers may each make an account of one address before they meet: its index is no longer unique, `clashes.ts`
 * sees to that. When a row was changed stands in the log, column by column.
 */
const JOINED = `
  ALTER TABLE domains DROP COLUMN hlc;
  ALTER TABLE accounts DROP COLUMN hlc;
  ALTER TABLE aliases DROP COLUMN hlc;
  ALTER TABLE groups DROP COLUMN hlc;
  ALTER TABLE domains ADD COLUMN acknowledge TEXT;
  ALTER TABLE accounts ADD COLUMN acknowledge TEXT;
  DROP INDEX accounts_address;
  DROP INDEX accounts_age;
  CREATE INDEX accounts_address ON accounts(domain, local);
  CREATE INDEX accounts_age ON accounts(domain, created_at_ms, id);

  CREATE TABLE generations(
    domain TEXT NOT NULL,
    local TEXT NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY(domain, local)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sender_keys(
    value TEXT NOT NULL PRIMARY KEY,
    made_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE scram(account TEXT NOT NULL PRIMARY KEY, keys TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/** Public namespaces, who shares with whom (RFC 4314), and the administrators' Sieve scripts. */
const SHARED = `
  CREATE TABLE publics(
    name TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE shares(
    owner TEXT NOT NULL,
    identifier TEXT NOT NULL,
    shared INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY(owner, identifier)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX shares_identifier ON shares(identifier) WHERE shared = 1;

  CREATE TABLE sieve_scripts(name TEXT NOT NULL PRIMARY KEY, content TEXT NOT NULL) STRICT;
  CREATE TABLE sieve_roles(role TEXT NOT NULL PRIMARY KEY, script TEXT) STRICT, WITHOUT ROWID;
`;

/** What is said of a public namespace beside that it is there, and private ones. */
const SPACES = `
  CREATE TABLE spaces(
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY(account, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE public_rules(
    name TEXT NOT NULL PRIMARY KEY,
    addresses INTEGER NOT NULL,
    approved INTEGER NOT NULL,
    asked_by TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Forward steps of the directory's file. */
export const migrations: readonly Migration[] = [
  FIRST,
  (db) => {
    db.exec(JOINED);
    rewriteLog(db);
    moveSenderKey(db);
  },
  SHARED,
  SPACES,
];

type OldChange = { table: "domains" | "accounts" | "aliases" | "groups"; key: string; row: Row | null };
type LogRow = { position: number; changes: string };

/** The log told whole rows; from now on it tells the columns that changed. */
function rewriteLog(db: Database): void {
  const lists = new Map<string, Row>();
  for (let after = 0;;) {
    const rows = db.all<LogRow>(
      "SELECT position, changes FROM log WHERE position > ? ORDER BY position LIMIT ?",
      after,
      PAGE,
    );
    for (const { position, changes } of rows) {
      after = position;
      const rewritten = (JSON.parse(changes) as OldChange[]).map((change) => inNewForm(change, lists));
      db.run("UPDATE log SET changes = ? WHERE position = ?", JSON.stringify(rewritten), position);
    }
    if (rows.length < PAGE) return;
  }
}

/** A row not seen before is taken for new; of lists it is remembered what they held. */
function inNewForm({ table, key, row }: OldChange, known: Map<string, Row>): RowChange {
  const at = key.lastIndexOf("@");
  const isList = table === "aliases" || table === "groups";
  const change: RowChange = {
    op: "row",
    table,
    key: isList ? [key.slice(at + 1), key.slice(0, at)] : [key],
    set: null,
  };
  const id = `${table} ${key}`;
  const before = known.get(id);
  if (row) {
    const { hlc: _hlc, ...set } = row;
    for (const column of isList ? ["domain", "local"] : table === "domains" ? ["name"] : ["id"]) {
      delete set[column];
    }
    if (!isList) set.acknowledge = null;
    change.set = set;
    known.set(id, table === "aliases" ? { targets: set.targets } : isList ? { members: set.members } : {});
  } else known.delete(id);
  if (isList && before) change.was = before;
  else if (row && !before) change.was = null;
  return change;
}

/** Both servers of a pair read each other's rewritten senders: the key is no longer a setting of one. */
function moveSenderKey(db: Database): void {
  const old = db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'srs-key'");
  if (!old && !db.get("SELECT 1 FROM domains LIMIT 1")) return;
  const value = old?.value ?? makeSenderKey(systemRandom);
  db.run("INSERT INTO sender_keys(value, made_at_ms) VALUES(?, 0)", value);
  db.run("DELETE FROM settings WHERE name = 'srs-key'");
  const set: Row = { made_at_ms: 0 };
  const change: RowChange = { op: "row", table: "sender_keys", key: [value], set, was: null };
  db.run(
    "INSERT INTO log SELECT coalesce(max(position), 0) + 1, 'schema-2', coalesce(max(hlc), 0), ? FROM log",
    JSON.stringify([change]),
  );
}
