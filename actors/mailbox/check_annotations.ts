import type { Database } from "../../src/storage/database.ts";
import { SERVER_ENTRIES } from "./tables.ts";

/** Annotations belong to the server or to a folder that is there, under names as they are kept. */
export function checkAnnotations(db: Database, tell: (problem: string) => void): void {
  const lost = db.tuples<[string, string]>(
    "SELECT folder, entry FROM annotation WHERE folder != ? AND folder NOT IN (SELECT id FROM folder) LIMIT 20",
    SERVER_ENTRIES,
  );
  for (const [folder, entry] of lost) tell(`annotation ${entry}: of folder ${folder}, which does not exist`);
  const odd = db.tuples<[string]>(
    "SELECT entry FROM annotation WHERE entry != lower(entry) OR entry NOT LIKE '/_%/_%' LIMIT 20",
  );
  for (const [entry] of odd) tell(`annotation ${JSON.stringify(entry)}: bad name`);
}
