import type { Migration } from "../../src/storage/migrate.ts";

/**
 * Version 1. What lies where, and why:
 *
 * - `message` is narrow (about 40 bytes a row) and has no rowid, so that STORE 1:* over 20,000 messages rewrites one
 *   megabyte and a FETCH of flags reads no more. `born` is the modseq that brought the row: it tells added from changed.
 * - `content` holds what was worked out once, small columns first; copies share it. `header` and `body` stand apart so
 *   that a page of envelopes drags no bytes along and a header search drags no bodies. A body row's id is its content's
 *   id times 4096 plus its place, so the rows of one message lie together.
 * - `shared` counts a content's uses beyond the first: nearly always empty, so COPY and EXPUNGE rewrite no content.
 * - `span` holds the runs of existing UIDs: SELECT tells all UIDs of a folder without reading a message.
 * - `expunged` remembers runs of UIDs that went and when, for QRESYNC (RFC 7162 §3.2).
 * - `thread` maps a hash of a Message-ID to its thread (RFC 8474 §5.2); it outlives the message so that an answer to
 *   a deleted message still finds the thread.
 * - `log` is the ordered list of committed changes, for the peer.
 * - `words` is the word index; `unindex` lists content ids that it has yet to forget.
 */
const VERSION_1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE folder (
  fid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL DEFAULT 1,
  highest_modseq INTEGER NOT NULL DEFAULT 1,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0,
  recent_from INTEGER NOT NULL DEFAULT 1,
  vanished_from INTEGER NOT NULL DEFAULT 1,
  special_use TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE subscription (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE keyword (name TEXT PRIMARY KEY COLLATE NOCASE) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  fid INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords TEXT,
  internal_ms INTEGER NOT NULL,
  save_ms INTEGER NOT NULL,
  size INTEGER NOT NULL,
  content_id INTEGER NOT NULL,
  born INTEGER NOT NULL,
  PRIMARY KEY (fid, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_modseq ON message (fid, modseq);
CREATE INDEX message_unseen ON message (fid, uid) WHERE flags & 1 = 0;

CREATE TABLE span (
  fid INTEGER NOT NULL, first_uid INTEGER NOT NULL, last_uid INTEGER NOT NULL,
  PRIMARY KEY (fid, first_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE expunged (
  fid INTEGER NOT NULL, modseq INTEGER NOT NULL, first_uid INTEGER NOT NULL, last_uid INTEGER NOT NULL,
  PRIMARY KEY (fid, modseq, first_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  header_bytes INTEGER NOT NULL,
  thread_id TEXT NOT NULL,
  sent_ms INTEGER,
  sent_day INTEGER,
  envelope TEXT NOT NULL,
  structure TEXT NOT NULL,
  preview TEXT NOT NULL,
  parts TEXT NOT NULL,
  message_id TEXT,
  subject TEXT NOT NULL,
  base_subject TEXT NOT NULL,
  is_reply INTEGER NOT NULL,
  from_name TEXT, from_address TEXT,
  to_name TEXT, to_address TEXT,
  cc_name TEXT, cc_address TEXT
) STRICT;
CREATE TABLE shared (content_id INTEGER PRIMARY KEY, extra INTEGER NOT NULL) STRICT;
CREATE TABLE header (content_id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE body (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;

CREATE TABLE thread (key INTEGER PRIMARY KEY, thread_id TEXT NOT NULL) STRICT;

CREATE TABLE log (
  position INTEGER PRIMARY KEY, request_id TEXT NOT NULL, hlc INTEGER NOT NULL, changes TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, detail=none, tokenize='unicode61'
);
CREATE TABLE unindex (first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL) STRICT;
`;

/**
 * Version 2. `fork_from` and `fork_to` are the modseqs, `fork_uid` the first of the UIDs, that this server left to the
 * other one when it was cut off from it; 0 while nothing is open. Every table and column is declared in `tables.ts`, by
 * how the other server gets it or why it need not; `script`, `setting` and `annotation` (RFC 5464, by folder id, the empty
 * one being the server's) join row by row as they stand there. `brief` holds what SORT and THREAD compare of a content,
 * narrow, so that a hundred thousand are read in a moment; `briefed` is the last content that has its row: idle work
 * fills it.
 */
const VERSION_2 = `
ALTER TABLE folder ADD COLUMN fork_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN fork_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN fork_uid INTEGER NOT NULL DEFAULT 0;

CREATE TABLE script (name TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE annotation (
  folder TEXT NOT NULL, entry TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (folder, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE brief (
  content_id INTEGER PRIMARY KEY,
  sent_ms INTEGER,
  subject TEXT NOT NULL,
  is_reply INTEGER NOT NULL,
  from_box TEXT NOT NULL,
  to_box TEXT NOT NULL,
  cc_box TEXT NOT NULL,
  from_shown TEXT NOT NULL,
  to_shown TEXT NOT NULL,
  id_key INTEGER,
  refs BLOB
) STRICT;
INSERT INTO meta (key, value) VALUES ('briefed', 0);
`;

/**
 * Version 3: the search index, all of it filled by idle work, in one go over the contents; `acl` (RFC 4314) and
 * `mark`, what Sieve scripts remember, which join row by row. Nothing is done here to what is there.
 *
 * - `brief` also holds the folded values of the fields that are searched most. A field that is very long is null.
 * - `gram`, `shared_word` and `unblocked` are the search index: see `blocks.ts`. A row of `gram` has the bits of some
 *   buckets of a block.
 * - `words` holds what it did, and begins anew together with the rest.
 */
const VERSION_3 = `
DROP TABLE brief;
DELETE FROM meta WHERE key = 'briefed';
CREATE TABLE brief (
  content_id INTEGER PRIMARY KEY,
  sent_ms INTEGER,
  subject TEXT NOT NULL,
  is_reply INTEGER NOT NULL,
  from_box TEXT NOT NULL,
  to_box TEXT NOT NULL,
  cc_box TEXT NOT NULL,
  from_shown TEXT NOT NULL,
  to_shown TEXT NOT NULL,
  id_key INTEGER,
  refs BLOB,
  in_from TEXT,
  in_to TEXT,
  in_cc TEXT,
  in_bcc TEXT,
  in_subject TEXT
) STRICT;
CREATE TABLE gram (id INTEGER PRIMARY KEY, bits BLOB NOT NULL) STRICT;
CREATE TABLE shared_word (
  block INTEGER NOT NULL, word TEXT NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (block, word)
) STRICT, WITHOUT ROWID;
CREATE TABLE unblocked (
  part INTEGER NOT NULL, first_id INTEGER NOT NULL, contents INTEGER NOT NULL, buckets BLOB NOT NULL,
  words TEXT NOT NULL, PRIMARY KEY (part, first_id)
) STRICT, WITHOUT ROWID;
DROP TABLE words;
CREATE VIRTUAL TABLE words USING fts5(
  text, content='', contentless_delete=1, detail=none, tokenize='unicode61'
);
DELETE FROM unindex;
UPDATE meta SET value = 0 WHERE key = 'indexed';

CREATE TABLE acl (
  folder TEXT NOT NULL, identifier TEXT NOT NULL, rights TEXT NOT NULL, PRIMARY KEY (folder, identifier)
) STRICT, WITHOUT ROWID;

CREATE TABLE mark (
  kind TEXT NOT NULL, key TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_until ON mark (until_ms);
`;

/**
 * Version 4. A message's row of `brief` comes with it, and has a column for its Message-ID. The rows that were there are
 * written anew in idle time: ids have another hash now. `unbriefed` is the last content that may lack its row.
 */
const VERSION_4 = `
DROP TABLE brief;
CREATE TABLE brief (
  content_id INTEGER PRIMARY KEY,
  sent_ms INTEGER,
  subject TEXT NOT NULL,
  is_reply INTEGER NOT NULL,
  from_box TEXT NOT NULL,
  to_box TEXT NOT NULL,
  cc_box TEXT NOT NULL,
  from_shown TEXT NOT NULL,
  to_shown TEXT NOT NULL,
  id_key INTEGER,
  refs BLOB,
  in_from TEXT,
  in_to TEXT,
  in_cc TEXT,
  in_bcc TEXT,
  in_subject TEXT,
  in_id TEXT
) STRICT;
INSERT INTO meta (key, value) SELECT 'unbriefed', ifnull(max(id), 0) FROM content;
`;

/**
 * Version 5: no index of `message` has to be written when flags change.
 *
 * - `changed` holds the runs of UIDs that a modseq was given to, in place of an index by modseq: see `changed_runs.ts`.
 *   What changed up to `changed_from` is not remembered.
 * - `unseen` is 1 without \Seen, else null: an UPDATE that leaves \Seen as it is does not name it, and so does not
 *   touch the index.
 */
const VERSION_5 = `
ALTER TABLE folder ADD COLUMN changed_from INTEGER NOT NULL DEFAULT 0;
UPDATE folder SET changed_from = highest_modseq;
CREATE TABLE changed (
  fid INTEGER NOT NULL, modseq INTEGER NOT NULL, first_uid INTEGER NOT NULL, last_uid INTEGER NOT NULL,
  PRIMARY KEY (fid, modseq, first_uid)
) STRICT, WITHOUT ROWID;
DROP INDEX message_modseq;
DROP INDEX message_unseen;
ALTER TABLE message ADD COLUMN unseen INTEGER;
UPDATE message SET unseen = 1 WHERE flags & 1 = 0;
CREATE INDEX message_unseen ON message (fid, uid) WHERE unseen IS NOT NULL;
`;

/** Steps from an empty file to the newest schema. Released steps never change; a new version is a new step. */
export const MIGRATIONS: readonly Migration[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];
