import { Fault } from "../../src/base/fault.ts";
import { askAddresses, demandAbove, makeFolder } from "./create.ts";
import { type MailboxContract, PUBLIC_PREFIX, type StorageLimits } from "./contract.ts";
import type { CopyRequest } from "./filter/contract.ts";
import { checkRoom, fileMessage } from "./file_message.ts";
import { usableFlags } from "./filed_copies.ts";
import { folderNamed } from "./filing_folder.ts";
import { permittedFlags } from "./flags.ts";
import type { LogChange } from "./log_change.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { folderName } from "./names.ts";
import { demand, flagRights, rightsOf } from "./rights.ts";
import type { Folder, MailboxTurn } from "./state.ts";
import { madeFolders, tellList } from "./tell_folders.ts";

type FileCopy = MailboxContract["fileCopy"];
type Answered = MailboxContract["copyAnswered"];

/** A message that was taken must not be lost because its owner has no room for it. */
const ANYTHING: StorageLimits = {
  quotaBytes: null,
  messageBytes: Number.MAX_SAFE_INTEGER,
  quotaMessages: Number.MAX_SAFE_INTEGER,
};

/** Files what a script of another mailbox has for a folder here: its owner's rights decide, as for APPEND. */
export function fileCopy(request: FileCopy["request"], turn: MailboxTurn): FileCopy["reply"] {
  const { message, limits, as } = request;
  const changes: LogChange[] = [];
  const folder = targetOf(request, turn, changes);
  demand(turn, folder, as, "i");
  checkRoom(turn, [message.raw.length], limits);
  const permitted = permittedFlags(message.flags, flagRights(rightsOf(turn, folder, as)));
  const flags = usableFlags(turn, permitted, []);
  const { modSeq } = nextModSeq(turn, folder);
  const made = madeFolders(changes);
  const { uid, change } = fileMessage(turn, folder, modSeq, { ...message, flags }, as);
  changes.push(change);
  commitChanges(turn, changes, [folder]);
  if (made.length) tellList(turn, made);
  if (made.length && turn.name.startsWith(PUBLIC_PREFIX)) askAddresses(turn, changes);
  return { folder: folder.name, uid, uidValidity: folder.uidValidity };
}

function targetOf(
  { name, create, as }: FileCopy["request"],
  turn: MailboxTurn,
  changes: LogChange[],
): Folder {
  const known = folderNamed(turn, name);
  if (known) return known;
  if (!create) throw new Fault("not_found", "no such folder");
  const wanted = folderName(name);
  demandAbove(turn, wanted, as);
  return makeFolder(turn, wanted, [], changes);
}

/**
 * A copy that the other mailbox refused goes into INBOX, unless the message is there anyway. By the outbox, as this
 * mailbox may be at home on the other server by now; and under one id, so that of several refused copies one is kept.
 */
export function copyAnswered(
  { request, fault }: Answered["request"],
  turn: MailboxTurn,
): Answered["reply"] {
  if (!fault) return {};
  const { message, origin } = request as CopyRequest; // what `sendCopies` sent
  const { code, message: reason } = fault;
  turn.log.warn("sieve.copy_refused", { actor: turn.self, folder: origin.wanted, code, reason });
  if (origin.kept) return {};
  const back: CopyRequest = {
    name: "INBOX",
    create: false,
    message,
    limits: ANYTHING,
    origin: { ...origin, wanted: "INBOX", kept: true },
  };
  turn.send(turn.self, "fileCopy", back, "copyAnswered", `${origin.delivery}:${turn.name}:INBOX`);
  return {};
}
