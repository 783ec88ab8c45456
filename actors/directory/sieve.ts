import { readRow } from "../../src/actor/rows.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { type DirectoryContract, type GlobalScriptInfo, SIEVE_ROLES, type SieveRole } from "./contract.ts";
import { commitChanges, put, removal } from "./log.ts";
import { type SieveScriptRow, TABLES } from "./schema.ts";
import { BUILT_IN, DEFAULT_SCRIPT } from "./sieve_built_in.ts";
import type { DirectoryTurn } from "./state.ts";

type Request<N extends keyof DirectoryContract> = DirectoryContract[N]["request"];
type Reply<N extends keyof DirectoryContract> = DirectoryContract[N]["reply"];

/** Letters, digits and what file names have: administrators type them, and scripts and URLs name them. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u;

/** What every delivery runs beside the user's own script, and may include. */
export function siteScripts(_request: Request<"siteScripts">, turn: DirectoryTurn): Reply<"siteScripts"> {
  const global: Record<string, string> = { ...BUILT_IN };
  for (const { name, content } of stored(turn)) global[name] = content;
  const roles = rolesOf(turn);
  // A role may name a script that went on the other server meanwhile: then nothing has it.
  const text = (role: SieveRole) => global[roles[role] ?? ""] ?? null;
  return { before: text("before"), default: text("default"), after: text("after"), global };
}

/** All global scripts by name. */
export function listGlobalScripts(
  _request: Request<"listGlobalScripts">,
  turn: DirectoryTurn,
): Reply<"listGlobalScripts"> {
  const names = new Set([...Object.keys(BUILT_IN), ...stored(turn).map(({ name }) => name)]);
  return { scripts: [...names].sort().map((name) => describe(turn, name, textOf(turn, name))) };
}

/** One with its text. */
export function getGlobalScript(
  { name }: Request<"getGlobalScript">,
  turn: DirectoryTurn,
): Reply<"getGlobalScript"> {
  const content = textOf(turn, name);
  return { script: describe(turn, name, content), content };
}

/** A new script or a new version: the next delivery on either server runs it (V05). */
export function updateGlobalScript(
  { name: given, content }: Request<"updateGlobalScript">,
  turn: DirectoryTurn,
): Reply<"updateGlobalScript"> {
  const name = given.normalize("NFC");
  if (!NAME.test(name) || [...name].length > LIMITS.scriptNameChars) {
    throw new Fault("invalid", "a global script's name has letters, digits, spaces and _ . - only");
  }
  if (content === "" || !content.isWellFormed() || content.includes("\0")) {
    throw new Fault("invalid", "a script is UTF-8 text without NUL");
  }
  const size = utf8(content).length;
  if (size > LIMITS.scriptBytes) {
    throw new Fault("too_big", `a script has at most ${LIMITS.scriptBytes} bytes`);
  }
  const others = stored(turn).filter((row) => row.name !== name);
  const created = readRow(turn.db, TABLES, "sieve_scripts", [name]) === null;
  if (created && others.length >= LIMITS.globalScripts) throw new Fault("limit", "too many scripts");
  const bytes = others.reduce((sum, row) => sum + utf8(row.content).length, size);
  if (bytes > LIMITS.globalScriptsBytes) {
    throw new Fault("over_quota", "the scripts would take too much space together");
  }
  commitChanges(turn, [put("sieve_scripts", { name, content })]);
  return { script: describe(turn, name, content), created };
}

/** Takes a script away; what came with the server under that name is there again. */
export function removeGlobalScript(
  { name }: Request<"removeGlobalScript">,
  turn: DirectoryTurn,
): Reply<"removeGlobalScript"> {
  const row = readRow(turn.db, TABLES, "sieve_scripts", [name]);
  if (!row) throw new Fault("not_found", `no such global script: ${name}`);
  const [role] = describe(turn, name, "").roles;
  if (role && !Object.hasOwn(BUILT_IN, name)) {
    throw new Fault("conflict", `it is the script "${role}": give that role to another or to none first`);
  }
  commitChanges(turn, [removal("sieve_scripts", { name, content: String(row.content) })]);
  return {};
}

/** Says which script runs before, after, or in place of users' own. */
export function updateSieveRole(
  { role, script }: Request<"updateSieveRole">,
  turn: DirectoryTurn,
): Reply<"updateSieveRole"> {
  if (script !== null) textOf(turn, script);
  commitChanges(turn, [put("sieve_roles", { role, script })]);
  return {};
}

function stored(turn: DirectoryTurn): SieveScriptRow[] {
  return turn.db.all<SieveScriptRow>("SELECT name, content FROM sieve_scripts ORDER BY name");
}

function textOf(turn: DirectoryTurn, name: string): string {
  const row = readRow(turn.db, TABLES, "sieve_scripts", [name]);
  const text = row ? String(row.content) : Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : null;
  if (text === null) throw new Fault("not_found", `no such global script: ${name}`);
  return text;
}

function rolesOf(turn: DirectoryTurn): Record<SieveRole, string | null> {
  const roles: Record<SieveRole, string | null> = { before: null, default: DEFAULT_SCRIPT, after: null };
  for (const role of SIEVE_ROLES) {
    const row = readRow(turn.db, TABLES, "sieve_roles", [role]);
    if (row) roles[role] = row.script === null ? null : String(row.script);
  }
  return roles;
}

function describe(turn: DirectoryTurn, name: string, content: string): GlobalScriptInfo {
  const roles = rolesOf(turn);
  return {
    name,
    sizeBytes: utf8(content).length,
    roles: SIEVE_ROLES.filter((role) => roles[role] === name),
    builtIn: readRow(turn.db, TABLES, "sieve_scripts", [name]) === null,
  };
}
