import { uidIntersect, uidSubtract } from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import { no, ok } from "./reply.ts";
import { resolveUids } from "./resolve.ts";
import { sendUpdates } from "./updates.ts";

/** EXPUNGE and UID EXPUNGE (RFC 9051 §6.4.3, §6.4.9; RFC 7162 §3.2.7, §3.2.9). */
export const expunge: CommandHandler = async (session, args, call) => {
  const view = session.folder;
  let uids;
  if (call.uid) {
    args.space();
    uids = resolveUids(view, args.sequenceSet());
  }
  args.end();
  if (view.readOnly) return no("Folder is open read-only", "READ-ONLY");
  if (uids && !uids.length) return ok("EXPUNGE completed");
  const { expunged, stamp } = await session.selected.ask("expunge", { folder: view.id, uids });
  const unknown = uidSubtract(expunged, view.uids);
  view.vanish(uidIntersect(expunged, view.uids));
  view.noteOwn(stamp, true, []);
  if (unknown.length) view.markStale();
  await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
  const told = session.qresync && expunged.length > 0;
  return ok("EXPUNGE completed", told ? `HIGHESTMODSEQ ${view.modSeq}` : null);
};
