import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { appendUid } from "../../src/codec/imap/uid_set.ts";
import type { MailboxContract, NewMessage, StorageLimits } from "./contract.ts";
import { countContents, releaseContents } from "./content_refs.ts";
import { type Counters, countersOf, removeMessages } from "./expunge.ts";
import type { LogChange } from "./log_change.ts";
import { permittedFlags } from "./flags.ts";
import { checkRoom, fileMessage } from "./file_message.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { type FlagRights, flagRights, folderFor, namedFor, rightsOf } from "./rights.ts";
import { eventsOf } from "./run_event.ts";
import type { Folder, MailboxTurn } from "./state.ts";

type Append = MailboxContract["append"];

/**
 * APPEND of one or more messages (RFC 9051 §6.3.12, RFC 3502): all or none. The folder must exist. One
 * of another folder may go in exchange (RFC 8508), for who may take it out of there.
 */
export function append(request: Append["request"], turn: MailboxTurn): Append["reply"] {
  const folder = namedFor(turn, request.name, request.as, "i");
  const may = flagRights(rightsOf(turn, folder, request.as));
  if (!request.messages.length) throw new Fault("invalid", "nothing to append");
  const { replaces } = request;
  const origin = replaces ? folderFor(turn, replaces.folder, request.as, "rte") : null;
  const old = origin && countersOf(turn, origin.fid, replaces!.uid, replaces!.uid);
  if (old && !old.messages) throw new Fault("conflict", "the message is gone");
  checkRoom(
    turn,
    request.messages.map((message) => message.raw.length),
    old ? withRoom(request.limits, old) : request.limits,
  );
  const stamp = nextModSeq(turn, folder);
  const uids: number[] = [];
  const changes: LogChange[] = [];
  for (const message of request.messages) {
    const filed = fileMessage(turn, folder, stamp.modSeq, withFlags(message, may), request.as);
    appendUid(uids, filed.uid);
    changes.push(filed.change);
  }
  const replaced = origin && (origin === folder ? stamp : nextModSeq(turn, origin));
  if (replaced) takeAway(turn, origin, replaces!.uid, replaced.modSeq, changes);
  commitChanges(turn, changes, origin && origin !== folder ? [folder, origin] : [folder]);
  const events = eventsOf(turn, "APPEND", folder, [{ uids, flags: [] }]);
  return { uidValidity: folder.uidValidity, uids, stamp, replaced, ...events };
}

/** Only what a message takes more than the one that it replaces counts (RFC 8508 §3.4). */
function withRoom(limits: StorageLimits, freed: Counters): StorageLimits {
  const { quotaBytes, quotaMessages = LIMITS.mailboxMessages } = limits;
  return {
    ...limits,
    quotaBytes: quotaBytes === null ? null : quotaBytes + freed.size,
    quotaMessages: quotaMessages + freed.messages,
  };
}

function takeAway(
  turn: MailboxTurn,
  folder: Folder,
  uid: number,
  modSeq: number,
  changes: LogChange[],
): void {
  const contents = countContents(turn, folder.fid, [uid, uid]);
  removeMessages(turn, folder, [uid, uid], modSeq);
  releaseContents(turn, contents);
  changes.push({ op: "expunge", folder: folder.id, uids: [uid, uid], modSeq });
}

/** Flags that the one who appends may not set are left out (RFC 4314 §4). */
function withFlags(message: NewMessage, may: FlagRights): NewMessage {
  return { ...message, flags: permittedFlags(message.flags, may) };
}
