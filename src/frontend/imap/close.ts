import { Fault } from "../../base/fault.ts";
import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";

/**
 * CLOSE (RFC 9051 §6.4.1): removes deleted messages without telling and leaves the folder. The new
 * mod-sequence must not be told: somebody else's changes may be unknown to the client (RFC 7162 §3.2.8).
 */
export const close: CommandHandler = async (session, args) => {
  args.end();
  const view = session.folder;
  if (!view.readOnly) await expungeIfAllowed(session, view.id);
  session.closeFolder();
  return ok("CLOSE completed");
};

/** Without the right to expunge CLOSE only leaves the folder (RFC 4314 §4). */
async function expungeIfAllowed(
  session: Session,
  folder: string,
): Promise<void> {
  try {
    await session.selected.ask("expunge", { folder });
  } catch (error) {
    const mayNot = error instanceof Fault && (error.code === "denied" || error.code === "not_found");
    if (session.place.prefix && mayNot) return;
    throw error;
  }
}

/** UNSELECT (RFC 9051 §6.4.2): leaves the folder as it is. */
export const unselect: CommandHandler = (session, args) => {
  args.end();
  session.closeFolder();
  return ok("UNSELECT completed");
};
