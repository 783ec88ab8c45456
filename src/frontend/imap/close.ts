import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";

/**
 * CLOSE (RFC 9051 §6.4.1): removes deleted messages without telling and leaves the folder. With QRESYNC the new
 * mod-sequence is told (RFC 7162 §3.2.8), unless somebody else's changes are still unknown to the client.
 */
export const close: CommandHandler = async (session, args) => {
  args.end();
  const view = session.folder;
  let code: string | null = null;
  if (!view.readOnly) {
    const { expunged, stamp } = await session.mailbox.ask("expunge", { folder: view.id });
    const known = stamp.previousModSeq === view.modSeq && !view.vanished.length;
    if (session.qresync && expunged.length && known) code = `HIGHESTMODSEQ ${stamp.modSeq}`;
  }
  session.closeFolder();
  return ok("CLOSE completed", code);
};

/** UNSELECT (RFC 9051 §6.4.2): leaves the folder as it is. */
export const unselect: CommandHandler = (session, args) => {
  args.end();
  session.closeFolder();
  return ok("UNSELECT completed");
};
