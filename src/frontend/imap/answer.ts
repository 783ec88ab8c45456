import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import { ConnectionClosed, ReadTimeout } from "../../net/connection.ts";
import type { Call } from "./command.ts";
import type { FolderView } from "./folder_view.ts";
import { bad, faultReply, formatReply, no, type Reply } from "./reply.ts";
import { type Session, SessionEnded } from "./session.ts";
import { sendUpdates } from "./updates.ts";

/** Tells what the client may hear now of its folder, then the tagged answer. */
export async function answer(session: Session, call: Call, reply: Reply): Promise<void> {
  if (session.view && call.updates !== "none") {
    await sendUpdates(session, { expunge: call.updates === "all", uid: call.uid, recent: true });
  }
  if (session.view && call.updates !== "none") writeHeldBack(session, session.view);
  session.write(formatReply(call.tag, reply, session.language));
  if (reply.status === "BAD") countError(session);
  else session.errors = 0;
  await reply.after?.();
}

/**
 * A client takes the largest MODSEQ that it was told for its own, unless the code says otherwise (RFC 7162 §6): what is
 * held back must not get lost to it. Without QRESYNC nobody is told of removals by their mod-sequence.
 */
function writeHeldBack(session: Session, view: FolderView): void {
  const told = session.qresync ? view.heldBackFrom : session.condstore && view.behind ? view.modSeq : null;
  if (told !== null) session.write(`* OK [HIGHESTMODSEQ ${told}] Some changes are told later\r\n`);
}

/** What a client is told when a command throws; what ends the session goes on upwards. */
export function replyToError(session: Session, call: Call, error: unknown): Reply {
  if (error instanceof SessionEnded || error instanceof ConnectionClosed || error instanceof ReadTimeout) {
    throw error;
  }
  if (error instanceof SyntaxError) return bad(`${call.name || "Command"}: ${error.message}`);
  if (error instanceof Fault && error.code !== "internal") return faultReply(error);
  session.log.error("imap.command", { command: call.name, ...errorFields(error) });
  return no("Internal error", "SERVERBUG");
}

/** Too many bad commands in a row end the session. */
export function countError(session: Session): void {
  if (++session.errors >= LIMITS.imapErrors) session.stop("Too many bad commands");
}
