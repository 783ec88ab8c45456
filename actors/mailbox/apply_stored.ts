import { summarize } from "../../src/codec/message/summarize.ts";
import type { Action, FileIntoAction, Outcome } from "../../src/sieve/outcome.ts";
import { countContents, releaseContents } from "./content_refs.ts";
import { changeFlags } from "./change_flags.ts";
import type { NewMessage } from "./contract.ts";
import type { StoredFilter } from "./filter/contract.ts";
import { removeMessages } from "./expunge.ts";
import { copiesOf, fileCopies } from "./filed_copies.ts";
import { checkRoom } from "./file_message.ts";
import { filingFolder } from "./filing_folder.ts";
import type { LogChange } from "./log_change.ts";
import { nextModSeq } from "./log.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import type { StoredMessage } from "./stored_message.ts";

/** What is changed by one turn over stored messages. */
export interface StoredWork {
  changes: LogChange[];
  touched: Set<Folder>;
  /** A message that a script takes out of its folder goes at once; otherwise it is only marked \Deleted. */
  moves: boolean;
}

/**
 * Does to a stored message what a script decided (RFC 6785 §3): copies are new messages, the original keeps its bytes
 * and, without a keep, is marked \Deleted or goes. Filing into the folder where it lies is keeping it.
 */
export function applyStored(
  turn: MailboxTurn,
  folder: Folder,
  message: StoredMessage,
  { actions }: Outcome,
  { limits }: Pick<StoredFilter, "limits">,
  work: StoredWork,
  notes: string[],
): void {
  const { changes, touched } = work;
  const keep = actions.find((action) => action.type === "keep" || isHere(turn, folder, action, changes));
  const filing = actions.filter((action): action is FileIntoAction =>
    action.type === "fileinto" && !isHere(turn, folder, action, changes)
  );
  const copies = filing.length ? copiesOf(turn, filing, asNew(message), changes, notes) : [];
  checkRoom(turn, copies.map((copy) => copy.message.raw.length), { ...limits, messageBytes: Infinity });
  fileCopies(turn, copies, changes);
  for (const copy of copies) touched.add(copy.folder);
  if (keep && "flags" in keep && keep.flags) setFlags(turn, folder, message, keep.flags, work);
  else if (!keep && work.moves && filing.length) takeAway(turn, folder, message.uid, work);
  else if (!keep) setFlags(turn, folder, message, [...message.flags, "\\Deleted"], work);
}

function asNew({ raw, flags, internalDateMs }: StoredMessage): NewMessage {
  return { raw, summary: summarize(raw), flags, internalDateMs };
}

function isHere(turn: MailboxTurn, folder: Folder, action: Action, changes: LogChange[]): boolean {
  return action.type === "fileinto" && filingFolder(turn, { ...action, create: false }, changes) === folder;
}

function setFlags(
  turn: MailboxTurn,
  folder: Folder,
  message: StoredMessage,
  flags: readonly string[],
  { changes, touched }: StoredWork,
): void {
  const has = (list: readonly string[], flag: string) =>
    list.some((one) => one.toLowerCase() === flag.toLowerCase());
  const add = [...new Set(flags)].filter((flag) => !has(message.flags, flag));
  const remove = message.flags.filter((flag) => !has(flags, flag));
  if (!add.length && !remove.length) return;
  const { modSeq } = nextModSeq(turn, folder);
  const change = {
    op: "flags" as const,
    folder: folder.id,
    uids: [message.uid, message.uid],
    modSeq,
    add,
    remove,
  };
  changeFlags(turn, folder, change);
  changes.push(change);
  touched.add(folder);
}

function takeAway(turn: MailboxTurn, folder: Folder, uid: number, { changes, touched }: StoredWork): void {
  const contents = countContents(turn, folder.fid, [uid, uid]);
  const { modSeq } = nextModSeq(turn, folder);
  removeMessages(turn, folder, [uid, uid], modSeq);
  releaseContents(turn, contents);
  changes.push({ op: "expunge", folder: folder.id, uids: [uid, uid], modSeq });
  touched.add(folder);
}
