import type { Database } from "../../src/storage/database.ts";
import { scriptName } from "./script_names.ts";
import { activeScript } from "./scripts.ts";
import { SETTINGS } from "./tables.ts";

/** Scripts have names as they should be and texts, and the active one is there. */
export function checkScripts(db: Database, tell: (problem: string) => void): void {
  const names = new Set<string>();
  for (const [name, empty] of db.tuples<[string, number]>("SELECT name, content = '' FROM script")) {
    names.add(name);
    if (!isName(name)) tell(`script ${JSON.stringify(name)}: bad name`);
    if (empty) tell(`script ${JSON.stringify(name)}: no text`);
  }
  const active = activeScript(db);
  if (active !== null && !names.has(active)) tell(`script ${JSON.stringify(active)}: active, but not there`);
  for (const [name] of db.tuples<[string]>("SELECT name FROM setting")) {
    if (!SETTINGS.has(name)) tell(`setting ${name}: not known`);
  }
}

function isName(name: string): boolean {
  try {
    return scriptName(name) === name;
  } catch {
    return false;
  }
}
