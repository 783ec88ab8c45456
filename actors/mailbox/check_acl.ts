import type { Database } from "../../src/storage/database.ts";
import { RIGHTS } from "../../src/codec/imap/rights.ts";
import { isIdentifier } from "./acl.ts";

/** Rights are on folders that are there, in their one form, and never none. */
export function checkAcl(db: Database, tell: (problem: string) => void): void {
  const rows = db.tuples<[string, string, string, number]>(
    "SELECT folder, identifier, rights, folder IN (SELECT id FROM folder) FROM acl",
  );
  for (const [folder, identifier, rights, there] of rows) {
    if (!there) tell(`acl: rights on folder ${folder}, which does not exist`);
    if (!isIdentifier(identifier)) tell(`acl of folder ${folder}: bad identifier`);
    if (!rights || [...RIGHTS].filter((right) => rights.includes(right)).join("") !== rights) {
      tell(`acl of folder ${folder}: bad rights`);
    }
  }
}
