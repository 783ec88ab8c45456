import type { MailboxContract, Stamp } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";

/**
 * CLOSE (RFC 9051 §6.4.1): removes deleted messages without telling and leaves the folder. With QRESYNC the new
 * mod-sequence is told (RFC 7162 §3.2.8), unless somebody else's changes are still unknown to the client.
 */
export const close: CommandHandler = async (session, args) => {
  args.end();
  const view = session.folder;
  let code: string | null = null;
  if (!view.readOnly) {
    const known = (stamp: Stamp) => stamp.previousModSeq === view.modSeq && !view.vanished.length;
    const done = await expungeIfAllowed(session, view.id);
    if (session.qresync && done?.expunged.length && known(done.stamp)) {
      code = `HIGHESTMODSEQ ${done.stamp.modSeq}`;
    }
  }
  session.closeFolder();
  return ok("CLOSE completed", code);
};

/** Without the right to expunge CLOSE only leaves the folder (RFC 4314 §4). */
async function expungeIfAllowed(
  session: Session,
  folder: string,
): Promise<MailboxContract["expunge"]["reply"] | null> {
  try {
    return await session.selected.ask("expunge", { folder });
  } catch (error) {
    const mayNot = error instanceof Fault && (error.code === "denied" || error.code === "not_found");
    if (session.place.prefix && mayNot) return null;
    throw error;
  }
}

/** UNSELECT (RFC 9051 §6.4.2): leaves the folder as it is. */
export const unselect: CommandHandler = (session, args) => {
  args.end();
  session.closeFolder();
  return ok("UNSELECT completed");
};
