import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Action, Outcome } from "../../src/sieve/outcome.ts";
import { tellAction } from "../../src/sieve/tell_action.ts";
import { applyStored, type StoredWork } from "./apply_stored.ts";
import type { StoredFilter, StoredVerdict } from "./filter/contract.ts";
import { leavingStored } from "./leaving.ts";
import { commitChanges } from "./log.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import { readStored, type StoredMessage } from "./stored_message.ts";
import { madeFolders, tellList } from "./tell_folders.ts";

/** Messages and their bytes that one turn filters. */
const PAGE_MESSAGES = 50;
const PAGE_BYTES = 8 * 1024 * 1024;

/** What leaves the server. */
const LEAVES: ReadonlySet<string> = new Set(["redirect", "notify"]);

/** Stored messages that a script is run for. */
export interface StoredRun {
  folder: Folder;
  /** Ascending; those that are gone are passed over. */
  uids: Iterable<number>;
  filter: StoredFilter;
  /** Runs the script. */
  decide(message: StoredMessage): Outcome;
  /** Only say what would be done. */
  rehearsal?: boolean;
  /** Redirects and notices leave; otherwise a note tells that they don't. */
  leaves: boolean;
  /** A message that the script takes out of its folder goes at once; otherwise it is only marked \Deleted. */
  moves: boolean;
}

/** Filters one page of stored messages and logs what that changed; `next` is the UID to go on from. */
export function filterStored(
  turn: MailboxTurn,
  run: StoredRun,
): { verdicts: StoredVerdict[]; next: number | null } {
  const { folder, filter } = run;
  const work: StoredWork = { changes: [], touched: new Set(), moves: run.moves };
  const verdicts: StoredVerdict[] = [];
  let messages = 0, bytes = 0, next: number | null = null;
  for (const uid of run.uids) {
    if (++messages > PAGE_MESSAGES || bytes > PAGE_BYTES) {
      next = uid;
      break;
    }
    const message = readStored(turn, folder, uid);
    if (!message) continue;
    bytes += message.raw.length;
    const outcome = run.decide(message);
    const verdict = verdictOf(message, outcome);
    verdicts.push(verdict);
    const done = run.leaves ? send(turn, outcome, message, filter) : keepIn(outcome, verdict);
    if (done.actions.length && !run.rehearsal) {
      applyStored(turn, folder, message, done, filter, work, verdict.notes);
    }
  }
  commit(turn, work);
  return { verdicts, next };
}

function send(turn: MailboxTurn, outcome: Outcome, message: StoredMessage, filter: StoredFilter): Outcome {
  for (const { submission } of leavingStored(turn, outcome, message, filter)) {
    turn.send("queue:main", "submit", submission);
  }
  return outcome;
}

/** The rest of an outcome of which nothing may leave. */
function keepIn(outcome: Outcome, { notes }: StoredVerdict): Outcome {
  const actions = outcome.actions.filter(({ type }) => !LEAVES.has(type));
  if (actions.length < outcome.actions.length) {
    notes.push("nothing leaves: the message was delivered before");
  }
  return { ...outcome, actions };
}

/** Writes what was done; nothing when there was nothing. */
function commit(turn: MailboxTurn, { changes, touched }: StoredWork): void {
  if (!changes.length) return;
  commitChanges(turn, changes, [...touched]);
  const made = madeFolders(changes);
  if (made.length) tellList(turn, made);
}

/** What a run said of a message; flags only where they change. */
function verdictOf(message: StoredMessage, { actions, notes, error }: Outcome): StoredVerdict {
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
