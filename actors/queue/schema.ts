import type { Migration } from "../../src/storage/migrate.ts";

/**
 * The queue's file. `ready` is 1 while a recipient may be claimed: still queued, not leased, not held.
 * `destination` sums up what is ready by domain, so that claiming never looks at the recipients that wait.
 */
export const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE item (
    id TEXT PRIMARY KEY,
    sender TEXT,
    smtp_utf8 INTEGER NOT NULL,
    body TEXT NOT NULL,
    require_tls INTEGER NOT NULL,
    ret TEXT,
    envid TEXT,
    size INTEGER NOT NULL,
    source TEXT NOT NULL,
    message_id TEXT,
    account TEXT,
    created_ms INTEGER NOT NULL,
    held INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE recipient (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item TEXT NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    notify TEXT NOT NULL,
    orcpt TEXT,
    state TEXT NOT NULL DEFAULT 'queued',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_ms INTEGER NOT NULL,
    lease TEXT,
    ready INTEGER NOT NULL DEFAULT 1,
    delay_noticed INTEGER NOT NULL DEFAULT 0,
    last_reply TEXT
  ) STRICT;
  CREATE INDEX recipient_item ON recipient(item);
  CREATE INDEX recipient_ready ON recipient(domain, next_ms) WHERE ready = 1;
  CREATE INDEX recipient_lease ON recipient(lease) WHERE lease IS NOT NULL;

  CREATE TABLE body (
    item TEXT NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (item, part)
  ) STRICT;

  CREATE TABLE lease (
    id TEXT PRIMARY KEY,
    item TEXT NOT NULL REFERENCES item(id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX lease_item ON lease(item);
  CREATE INDEX lease_domain ON lease(domain);
  CREATE INDEX lease_until ON lease(until_ms);

  CREATE TABLE destination (
    domain TEXT PRIMARY KEY,
    next_ms INTEGER,
    leases INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX destination_due ON destination(next_ms) WHERE next_ms IS NOT NULL;

  CREATE TABLE totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    items INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, 0, 0);

  CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  `,
  "ALTER TABLE item ADD COLUMN delivery_id TEXT",
  `
  ALTER TABLE item ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE copy (
    id TEXT PRIMARY KEY,
    node TEXT NOT NULL,
    submission BLOB NOT NULL,
    kept_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX copy_node ON copy(node, id);
  CREATE TABLE copy_done (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  `,
];
