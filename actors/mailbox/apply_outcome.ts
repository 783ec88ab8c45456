import type { Action, Outcome } from "../../src/sieve/outcome.ts";
import type { MailboxContract } from "./contract.ts";
import { tellAction } from "../../src/sieve/tell_action.ts";
import type { DeliveryFilter } from "./filter/contract.ts";
import { checkRoom } from "./file_message.ts";
import { copiesOf, fileCopies, inbox, writtenMessage } from "./filed_copies.ts";
import { sendCopies, splitFiling } from "./copies_elsewhere.ts";
import { filingFolder } from "./filing_folder.ts";
import { leavingOf } from "./leaving.ts";
import type { LogChange } from "./log_change.ts";
import { commitChanges } from "./log.ts";
import { putMarks } from "./marks.ts";
import type { Notice } from "./sieve_notice.ts";
import { type MailboxTurn, usedBytes } from "./state.ts";
import { madeFolders, tellList } from "./tell_folders.ts";

type Deliver = MailboxContract["deliver"];

/** A run's outcome and what it was made of. */
export interface Filtered {
  outcome: Outcome;
  request: Deliver["request"];
  filter: DeliveryFilter;
  /** A message for the owner about a script that failed. */
  notice: Notice | null;
  error: string | null;
}

const KEPT: Action = { type: "keep", implicit: true, flags: null, message: null };

/**
 * Does what scripts decided, all of it in this turn: copies, memory, and what leaves, which the outbox sends exactly
 * once after the commit. A fault (no room) undoes all of it.
 */
export function applyOutcome(
  { outcome, request, filter, notice, error }: Filtered,
  turn: MailboxTurn,
): Deliver["reply"] {
  const { message, limits } = request;
  const changes: LogChange[] = [];
  const notes = [...outcome.notes];
  const { leaving, looped } = leavingOf(turn, outcome, message, filter, notes);
  // What cannot be sent on must not be lost.
  const filing = outcome.actions.filter(({ type }) => type === "keep" || type === "fileinto");
  const { here, elsewhere } = splitFiling(
    turn,
    looped && !filing.length ? [KEPT] : filing,
    message,
    filter,
    notes,
  );
  const copies = copiesOf(turn, here, message, changes, notes);
  const kept = copies.some(({ folder }) => folder === inbox(turn));
  for (const { fcc, submission } of leaving) {
    if (!fcc) continue;
    const folder = filingFolder(turn, fcc, changes) ?? inbox(turn);
    copies.push({ folder, message: writtenMessage(turn, submission.raw, fcc.flags ?? []) });
  }
  checkRoom(turn, copies.map((copy) => copy.message.raw.length), limits);
  // An answer that is not given is not remembered as given.
  const answers = leaving.some(({ type }) => type === "vacation");
  changes.push(...putMarks(turn, outcome.marks.filter(({ kind }) => kind !== "vacation" || answers)));
  if (notice && hasRoom(turn, copies, notice, limits.quotaBytes)) {
    copies.push({ folder: inbox(turn), message: notice.message });
    changes.push(...putMarks(turn, [notice.mark]));
  }
  const { filed, emailIds } = fileCopies(turn, copies, changes);
  if (changes.length || leaving.length || elsewhere.length) {
    commitChanges(turn, changes, [...new Set(copies.map(({ folder }) => folder))]);
  }
  const made = madeFolders(changes);
  if (made.length) tellList(turn, made);
  for (const { submission } of leaving) turn.send("queue:main", "submit", submission);
  sendCopies(turn, elsewhere, filter, kept);
  return {
    ...filed[0] ?? { folder: "", uid: 0, uidValidity: 0 },
    emailId: emailIds[0] ?? "",
    ...filed.length > 1 ? { also: filed.slice(1) } : {},
    filtered: { actions: outcome.actions.map(tellAction), notes, error },
  };
}

/** A notice is no reason to refuse a message. */
function hasRoom(
  turn: MailboxTurn,
  copies: readonly { message: { raw: Uint8Array } }[],
  notice: Notice,
  quotaBytes: number | null,
): boolean {
  const bytes = [notice, ...copies].reduce((sum, { message }) => sum + message.raw.length, usedBytes(turn));
  return quotaBytes === null || bytes <= quotaBytes;
}
