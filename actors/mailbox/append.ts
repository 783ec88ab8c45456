import { Fault } from "../../src/base/fault.ts";
import { appendUid } from "../../src/codec/imap/uid_set.ts";
import type { MailboxContract, NewMessage } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { permittedFlags } from "./flags.ts";
import { checkRoom, fileMessage } from "./file_message.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import { type FlagRights, flagRights, namedFor, rightsOf } from "./rights.ts";
import type { MailboxTurn } from "./state.ts";

type Append = MailboxContract["append"];

/** APPEND of one or more messages (RFC 9051 §6.3.12, RFC 3502): all or none. The folder must exist. */
export function append(request: Append["request"], turn: MailboxTurn): Append["reply"] {
  const folder = namedFor(turn, request.name, request.as, "i");
  const may = flagRights(rightsOf(turn, folder, request.as));
  if (!request.messages.length) throw new Fault("invalid", "nothing to append");
  checkRoom(turn, request.messages.map((message) => message.raw.length), request.limits);
  const stamp = nextModSeq(turn, folder);
  const uids: number[] = [];
  const changes: LogChange[] = [];
  for (const message of request.messages) {
    const filed = fileMessage(turn, folder, stamp.modSeq, withFlags(message, may));
    appendUid(uids, filed.uid);
    changes.push(filed.change);
  }
  commitChanges(turn, changes, [folder]);
  return { uidValidity: folder.uidValidity, uids, stamp };
}

/** Flags that the one who appends may not set are left out (RFC 4314 §4). */
function withFlags(message: NewMessage, may: FlagRights): NewMessage {
  return { ...message, flags: permittedFlags(message.flags, may) };
}
