import { hash } from "node:crypto";
import { utf8 } from "../../src/base/bytes.ts";
import { ID_GENERATIONS, idTimeMs, newId } from "../../src/base/id.ts";
import { PUBLIC_PREFIX, SPACE_PREFIX } from "./contract.ts";
import type { Database } from "../../src/storage/database.ts";

/** Folders that every mailbox begins with, and their special use (RFC 6154). */
const DEFAULT_FOLDERS: readonly (readonly [name: string, specialUse: string])[] = [
  ["INBOX", ""],
  ["Drafts", "\\Drafts"],
  ["Sent", "\\Sent"],
  ["Trash", "\\Trash"],
  ["Junk", "\\Junk"],
  ["Archive", "\\Archive"],
];

/** Names that are no creation time stay far below the largest UIDVALIDITY (2^32-1), as it only grows. */
const PLAUSIBLE_SECONDS = 4_102_444_800;

/**
 * Makes the first folders of a new file. Ids and UIDVALIDITY follow from the mailbox's name alone, so that two servers
 * that each open the mailbox for the first time agree; therefore none of it stands in the log. All or nothing, by a
 * savepoint, because the file may or may not be in a transaction.
 */
export function beginMailbox(db: Database, mailbox: string): void {
  if (db.get("SELECT 1 FROM meta WHERE key = 'uid_validity'")) return;
  db.exec("SAVEPOINT genesis");
  try {
    makeFolders(db, mailbox);
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK TO genesis; RELEASE genesis");
    throw error;
  }
  db.exec("RELEASE genesis");
}

/** Folders that a mailbox of this name begins with. */
export function firstFolders(mailbox: string): typeof DEFAULT_FOLDERS {
  const bare = mailbox.startsWith(PUBLIC_PREFIX) || mailbox.startsWith(SPACE_PREFIX);
  return bare ? DEFAULT_FOLDERS.slice(0, 1) : DEFAULT_FOLDERS;
}

function makeFolders(db: Database, mailbox: string): void {
  const createdMs = idTimeMs(mailbox);
  const seconds = Math.floor(createdMs / 1000);
  const uidValidity = firstUidValidity(createdMs);
  for (const [name, specialUse] of firstFolders(mailbox)) {
    const digest = hash("sha256", utf8(`${mailbox}\0${name}`), "buffer");
    const id = newId(seconds < PLAUSIBLE_SECONDS ? createdMs : 0, {
      bytes: (count) => digest.subarray(0, count),
    });
    db.run(
      "INSERT INTO folder (id, name, uid_validity, special_use) VALUES (?, ?, ?, ?)",
      id,
      name,
      uidValidity,
      specialUse,
    );
    db.run("INSERT INTO subscription (name) VALUES (?)", name);
  }
  db.run("INSERT INTO meta (key, value) VALUES ('uid_validity', ?), ('indexed', 0)", uidValidity);
}

/**
 * Of an account made again under the same address no client may take the new mailbox for the old one: its generation
 * counts up. Ids of earlier releases tell the time when they were given.
 */
function firstUidValidity(time: number): number {
  if (time < ID_GENERATIONS) return 1 + time;
  const seconds = Math.floor(time / 1000);
  return seconds < PLAUSIBLE_SECONDS ? seconds : 1;
}
