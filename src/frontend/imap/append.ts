import type { NewMessage } from "../../../actors/mailbox/contract.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatUidSet } from "../../codec/imap/uid_set.ts";
import { AppendQueue } from "./append_queue.ts";
import type { Call, CommandHandler } from "./command.ts";
import { locate } from "./place.ts";
import { no, ok, type Reply, withTryCreate } from "./reply.ts";
import type { Session } from "./session.ts";
import { parseUpload, readUploads, type Upload } from "./uploads.ts";

/**
 * APPEND (RFC 9051 §6.3.12), several messages at once too (RFC 3502), and put together from others (RFC 4469). Pipelined
 * ones overlap: each is sent to the mailbox as soon as it is here, and answered in its turn.
 */
export const append: CommandHandler = async (session, args, call) => {
  args.space();
  const name = args.mailbox();
  const uploads: Upload[] = [];
  do uploads.push(parseUpload(args)); while (!args.atEnd());
  const messages = uploads.length > LIMITS.saveMessages
    ? no("Too many messages for one APPEND", `MESSAGELIMIT ${LIMITS.saveMessages}`)
    : await readUploads(session, call, uploads);
  const queue = session.appends ??= new AppendQueue(session);
  const bytes = call.heldBytes;
  await queue.room(bytes);
  session.appends ??= queue;
  call.heldBytes = 0;
  const result = "status" in messages
    ? refused(session, name, messages)
    : send(session, call, name, messages);
  queue.add(call, bytes, result.finally(() => session.context.ingest.give(bytes)));
  return null;
};

function send(session: Session, call: Call, name: string, messages: NewMessage[]): Promise<Reply> {
  return withTryCreate(async () => {
    const place = await locate(session, name);
    const { limits } = place;
    const reply = await place.mailbox.ask("append", { name: place.name, messages, limits });
    if (session.view?.id === reply.stamp.folder) {
      session.notifier?.ownMessages(reply.uids);
      session.view.announce(reply.stamp.modSeq);
    }
    return ok(`${call.name} completed`, `APPENDUID ${reply.uidValidity} ${formatUidSet(reply.uids)}`);
  });
}

/** A folder that the client has to make first comes before what is wrong with the messages. */
function refused(session: Session, name: string, reply: Reply): Promise<Reply> {
  if (!reply.code?.startsWith("BADURL")) return Promise.resolve(reply);
  return withTryCreate(async () => {
    const place = await locate(session, name);
    await place.mailbox.ask("status", { name: place.name });
    return reply;
  });
}
