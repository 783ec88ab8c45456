import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Script } from "../../src/sieve/script.ts";
import type { Database } from "../../src/storage/database.ts";
import type { SiteScripts } from "../directory/contract.ts";
import { compiled } from "./compiled.ts";
import { activeScript } from "./scripts.ts";

/** The scripts that a delivery runs, in order. */
export interface ChosenScripts {
  scripts: Script[];
  /** The owner has an active script; it is theirs to mend. */
  own: boolean;
  /** Scripts that cannot be compiled, each with its first error. */
  broken: { name: string; own: boolean; problem: string }[];
}

/**
 * The administrator's script before, the owner's active one or the default where there is none (V07), the
 * administrator's after. One that does not compile is left out and told: mail is not held up by it.
 */
export function chosenScripts(db: Database, site: SiteScripts): ChosenScripts {
  const chosen: ChosenScripts = { scripts: [], own: false, broken: [] };
  const take = (name: string, text: string | null, own = false) => {
    if (text === null) return;
    const { script, errors } = compiled(text);
    if (script) chosen.scripts.push(script);
    else chosen.broken.push({ name, own, problem: formatDiagnostic(errors[0]) });
  };
  const name = activeScript(db);
  const text = name === null ? null : scriptText(db, name);
  chosen.own = text !== null;
  take("before", site.before);
  if (text !== null) take(name!, text, true);
  else take("default", site.default);
  take("after", site.after);
  return chosen;
}

/** The text of a stored script; null when there is none of that name. */
export function scriptText(db: Database, name: string): string | null {
  return db.get<{ content: string }>("SELECT content FROM script WHERE name = ?", name)?.content ?? null;
}
