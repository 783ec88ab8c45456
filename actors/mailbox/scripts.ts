import { putRow, readRow, removeRow, type RowChange } from "../../src/actor/rows.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Database } from "../../src/storage/database.ts";
import type { MailboxContract } from "./contract.ts";
import type { ScriptInfo, ScriptLimits } from "./filter/contract.ts";
import { commitChanges } from "./log.ts";
import { scriptName } from "./script_names.ts";
import type { MailboxTurn } from "./state.ts";
import { ACTIVE_SCRIPT, type ScriptRow, type SettingRow, TABLES } from "./tables.ts";
import { tellRows } from "./tell_rows.ts";

type Request<N extends keyof MailboxContract> = MailboxContract[N]["request"];
type Reply<N extends keyof MailboxContract> = MailboxContract[N]["reply"];

/** LISTSCRIPTS (RFC 5804 §2.7). */
export function listScripts(_request: Request<"listScripts">, { db }: MailboxTurn): Reply<"listScripts"> {
  const active = activeScript(db);
  const rows = db.tuples<[string, number]>(
    "SELECT name, length(CAST(content AS BLOB)) FROM script ORDER BY name",
  );
  return { scripts: rows.map(([name, sizeBytes]) => ({ name, sizeBytes, active: name === active })) };
}

/** GETSCRIPT (RFC 5804 §2.9). */
export function getScript(request: Request<"getScript">, { db }: MailboxTurn): Reply<"getScript"> {
  const { name, content } = stored(db, scriptName(request.name));
  return { script: describe(db, name, content), content };
}

/** PUTSCRIPT (RFC 5804 §2.6). Whether the text is Sieve is looked at before it comes here. */
export function putScript(request: Request<"putScript">, turn: MailboxTurn): Reply<"putScript"> {
  const { content, active } = request;
  const name = scriptName(request.name);
  if (!content.isWellFormed() || content.includes("\0")) {
    throw new Fault("invalid", "a script is UTF-8 text without NUL");
  }
  const created = fits(turn.db, name, utf8(content).length, request.limits);
  const changes = [putRow(turn, TABLES, "script", { name, content } satisfies ScriptRow)];
  if (active) changes.push(putActive(turn, name));
  else if (active === false && activeScript(turn.db) === name) changes.push(putActive(turn, null));
  commitRows(turn, changes);
  return { script: describe(turn.db, name, content), created };
}

/** DELETESCRIPT (RFC 5804 §2.10): the active script has to be made inactive first. */
export function deleteScript(request: Request<"deleteScript">, turn: MailboxTurn): Reply<"deleteScript"> {
  const { name } = stored(turn.db, scriptName(request.name));
  if (activeScript(turn.db) === name) throw new Fault("conflict", "the active script cannot be deleted");
  commitRows(turn, [removeRow(turn, TABLES, "script", [name])]);
  return {};
}

/** RENAMESCRIPT (RFC 5804 §2.11). */
export function renameScript(request: Request<"renameScript">, turn: MailboxTurn): Reply<"renameScript"> {
  const { name: from, content } = stored(turn.db, scriptName(request.from));
  const name = scriptName(request.to);
  if (readRow(turn.db, TABLES, "script", [name])) {
    throw new Fault("exists", "a script of that name exists already");
  }
  const changes = [
    removeRow(turn, TABLES, "script", [from]),
    putRow(turn, TABLES, "script", { name, content } satisfies ScriptRow),
  ];
  if (activeScript(turn.db) === from) changes.push(putActive(turn, name));
  commitRows(turn, changes);
  return { script: describe(turn.db, name, content) };
}

/** SETACTIVE (RFC 5804 §2.8). */
export function setActiveScript(
  request: Request<"setActiveScript">,
  turn: MailboxTurn,
): Reply<"setActiveScript"> {
  const name = request.name === null ? null : stored(turn.db, scriptName(request.name)).name;
  if (request.instead === undefined || activeScript(turn.db) === scriptName(request.instead)) {
    commitRows(turn, [putActive(turn, name)]);
  }
  return {};
}

/** HAVESPACE (RFC 5804 §2.5). */
export function haveSpace(request: Request<"haveSpace">, { db }: MailboxTurn): Reply<"haveSpace"> {
  fits(db, scriptName(request.name), request.sizeBytes, request.limits);
  return {};
}

/** The name that the active mark holds; null when no script is active. */
export function activeScript(db: Database): string | null {
  return db.get<{ value: string | null }>("SELECT value FROM setting WHERE name = ?", ACTIVE_SCRIPT)?.value ??
    null;
}

/** Gives the active mark to a script, or takes it away; null when it was just so. The caller logs it. */
function putActive(turn: MailboxTurn, name: string | null): RowChange | null {
  if (activeScript(turn.db) === name) return null;
  return putRow(turn, TABLES, "setting", { name: ACTIVE_SCRIPT, value: name } satisfies SettingRow);
}

/** Whether a script would be a new one; a Fault when there is no room for it (RFC 5804 §1.5). */
function fits(db: Database, name: string, sizeBytes: number, limits: ScriptLimits = {}): boolean {
  const bound = (given: number | undefined, most: number) => Math.min(given ?? most, most);
  const most = bound(limits.scriptBytes, LIMITS.scriptBytes);
  if (sizeBytes < 1) throw new Fault("invalid", "a script is not empty");
  if (sizeBytes > most) throw new Fault("too_big", `a script has at most ${most} bytes`);
  const others = db.get<{ count: number; bytes: number }>(
    "SELECT count(*) AS count, ifnull(sum(length(CAST(content AS BLOB))), 0) AS bytes FROM script WHERE name != ?",
    name,
  )!;
  const created = readRow(db, TABLES, "script", [name]) === null;
  if (created && others.count >= bound(limits.scripts, LIMITS.scripts)) {
    throw new Fault("limit", "too many scripts");
  }
  if (others.bytes + sizeBytes > bound(limits.totalBytes, LIMITS.scriptsBytes)) {
    throw new Fault("over_quota", "the scripts would take too much space together");
  }
  return created;
}

function stored(db: Database, name: string): ScriptRow {
  const row = readRow(db, TABLES, "script", [name]);
  if (!row) throw new Fault("not_found", "no such script");
  return { name, content: String(row.content) };
}

function describe(db: Database, name: string, content: string): ScriptInfo {
  return { name, sizeBytes: utf8(content).length, active: activeScript(db) === name };
}

function commitRows(turn: MailboxTurn, changes: readonly (RowChange | null)[]): void {
  const made = changes.filter((change) => change !== null);
  if (!made.length) return;
  commitChanges(turn, made, []);
  tellRows(turn, made);
}
