import { Fault } from "../../src/base/fault.ts";
import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import { tellAction } from "../../src/sieve/tell_action.ts";
import type { Action, Outcome } from "../../src/sieve/outcome.ts";
import type { Script } from "../../src/sieve/script.ts";
import { applyStored, type StoredWork } from "./apply_stored.ts";
import { scriptText } from "./chosen_scripts.ts";
import { compiled } from "./compiled.ts";
import type { MailboxContract } from "./contract.ts";
import type { StoredVerdict } from "./filter/contract.ts";
import { folderByName } from "./folders.ts";
import { commitChanges } from "./log.ts";
import { activeScript } from "./scripts.ts";
import type { MailboxTurn } from "./state.ts";
import { readStored, type StoredMessage } from "./stored_message.ts";
import { runOnStored } from "./stored_script.ts";
import { madeFolders, tellList } from "./tell_folders.ts";

type Run = MailboxContract["runScript"];

/** Messages and their bytes that one turn looks at. */
const PAGE_MESSAGES = 200;
const PAGE_BYTES = 8 * 1024 * 1024;

/** What leaves the server is for mail that comes, not for mail that has been read. */
const LEAVES: ReadonlySet<string> = new Set(["redirect", "notify"]);

/**
 * A rehearsal of a script over the messages of a folder, and with `apply` its performance: the same run decides both, so
 * the one does what the other told.
 */
export function runScript(request: Run["request"], turn: MailboxTurn): Run["reply"] {
  const script = chosen(request, turn);
  const folder = folderByName(turn, request.folder);
  const uids = turn.db.tuples<[number]>(
    "SELECT uid FROM message WHERE fid = ? AND uid >= ? ORDER BY uid LIMIT ?",
    folder.fid,
    request.from ?? 1,
    PAGE_MESSAGES + 1,
  ).flat();
  const work: StoredWork = { changes: [], touched: new Set(), moves: true };
  const verdicts: StoredVerdict[] = [];
  let bytes = 0, next: number | null = null;
  for (const uid of uids) {
    if (verdicts.length >= PAGE_MESSAGES || bytes > PAGE_BYTES) {
      next = uid;
      break;
    }
    const message = readStored(turn, folder, uid)!;
    bytes += message.raw.length;
    const outcome = runOnStored(turn, script, message, request.filter, null);
    const verdict = verdictOf(message, outcome);
    verdicts.push(verdict);
    const stays = { ...outcome, actions: outcome.actions.filter(({ type }) => !LEAVES.has(type)) };
    if (stays.actions.length < outcome.actions.length) {
      verdict.notes.push("nothing leaves: the message was delivered before");
      if (!stays.actions.length) continue;
    }
    if (request.apply) applyStored(turn, folder, message, stays, request.filter, work, verdict.notes);
  }
  commitStored(turn, work);
  return { verdicts, next };
}

/** Writes what was done; nothing when there was nothing. */
export function commitStored(turn: MailboxTurn, { changes, touched }: StoredWork): void {
  if (!changes.length) return;
  commitChanges(turn, changes, [...touched]);
  const made = madeFolders(changes);
  if (made.length) tellList(turn, made);
}

/** What a run said of a message; flags only where they change. */
export function verdictOf(message: StoredMessage, { actions, notes, error }: Outcome): StoredVerdict {
  const before = [...message.flags].sort().join(" ");
  const told = (action: Action) =>
    "flags" in action && action.flags && [...action.flags].sort().join(" ") === before
      ? { ...action, flags: null }
      : action;
  return {
    uid: message.uid,
    actions: actions.map((action) => tellAction(told(action))),
    notes: [...notes],
    error: error && formatDiagnostic({ severity: "error", ...error }),
  };
}

function chosen({ content }: Run["request"], turn: MailboxTurn): Script {
  const name = activeScript(turn.db);
  const text = content ?? (name === null ? null : scriptText(turn.db, name));
  if (text === null) throw new Fault("not_found", "no script is active");
  const { script, errors } = compiled(text);
  if (!script) throw new Fault("rejected", errors.map(formatDiagnostic).join("; "));
  return script;
}
