import { formatDiagnostic } from "../../src/codec/sieve/diagnostic.ts";
import type { Action, Outcome } from "../../src/sieve/outcome.ts";
import { tellAction } from "../../src/sieve/tell_action.ts";
import { applyStored, type StoredWork } from "./apply_stored.ts";
import type { FilteredPage, Sends, StoredFilter, StoredVerdict } from "./filter/contract.ts";
import { leavingStored } from "./leaving.ts";
import { commitChanges } from "./log.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import { readStored, type StoredMessage } from "./stored_message.ts";
import { brokenOff } from "./stored_script.ts";
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
  filter: Omit<StoredFilter, "sends">;
  /** Runs the script. */
  decide(message: StoredMessage): Outcome;
  /** Only say what would be done. */
  rehearsal?: boolean;
  /** How much may leave in redirects and notices; null: a note tells that nothing does. */
  sends: Sends | null;
  /** A message that the script takes out of its folder goes at once; otherwise it is only marked \Deleted. */
  moves: boolean;
}

/** Filters one page of stored messages and logs what that changed; `next` is the UID to go on from. */
export function filterStored(turn: MailboxTurn, run: StoredRun): FilteredPage {
  const { folder, filter, sends } = run;
  const work: StoredWork = { changes: [], touched: new Set(), moves: run.moves };
  const page: FilteredPage = { verdicts: [], next: null, sent: { messages: 0, bytes: 0 }, unsent: 0 };
  let messages = 0, bytes = 0;
  for (const uid of run.uids) {
    if (++messages > PAGE_MESSAGES || bytes > PAGE_BYTES) {
      page.next = uid;
      break;
    }
    const message = readStored(turn, folder, uid);
    if (!message) continue;
    bytes += message.raw.length;
    const decided = run.decide(message);
    const outcome = sends ? send(turn, decided, message, run.filter, sends, page) : decided;
    const verdict = verdictOf(message, outcome);
    page.verdicts.push(verdict);
    const done = sends ? outcome : keepIn(outcome, verdict);
    if (done.actions.length && !run.rehearsal) {
      applyStored(turn, folder, message, done, filter, work, verdict.notes);
    }
  }
  commit(turn, work);
  return page;
}

/** Sends what leaves. Where too much has left in this command nothing is done with the message. */
function send(
  turn: MailboxTurn,
  outcome: Outcome,
  message: StoredMessage,
  filter: StoredRun["filter"],
  sends: Sends,
  page: FilteredPage,
): Outcome {
  const { sent } = page;
  const leaving = leavingStored(turn, outcome, message, filter);
  if (leaving.length && (sent.messages >= sends.messages || sent.bytes >= sends.bytes)) {
    page.unsent++;
    return brokenOff(outcome, "scripts have sent as many messages as one command may");
  }
  for (const { submission } of leaving) {
    turn.send("queue:main", "submit", submission);
    sent.messages++;
    sent.bytes += submission.raw.length;
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
