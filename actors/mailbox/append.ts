import { Fault } from "../../src/base/fault.ts";
import { appendUid } from "../../src/codec/imap/uid_set.ts";
import type { MailboxContract } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import { checkRoom, fileMessage } from "./file_message.ts";
import { folderByName } from "./folders.ts";
import { commitChanges, nextModSeq } from "./log.ts";
import type { MailboxTurn } from "./state.ts";

type Append = MailboxContract["append"];

/** APPEND of one or more messages (RFC 9051 §6.3.12, RFC 3502): all or none. The folder must exist. */
export function append(request: Append["request"], turn: MailboxTurn): Append["reply"] {
  const folder = folderByName(turn, request.name);
  if (!request.messages.length) throw new Fault("invalid", "nothing to append");
  checkRoom(turn, request.messages.map((message) => message.raw.length), request.limits);
  const stamp = nextModSeq(turn, folder);
  const uids: number[] = [];
  const changes: LogChange[] = [];
  for (const message of request.messages) {
    const filed = fileMessage(turn, folder, stamp.modSeq, message);
    appendUid(uids, filed.uid);
    changes.push(filed.change);
  }
  commitChanges(turn, changes, [folder]);
  return { uidValidity: folder.uidValidity, uids, stamp };
}
