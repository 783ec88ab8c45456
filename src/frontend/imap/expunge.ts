import { LIMITS } from "../../base/limits.ts";
import type { SearchKey } from "../../codec/imap/search.ts";
import { uidCount, uidIntersect, type UidSet, uidSubtract } from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import { findMessages } from "./find.ts";
import type { FolderView } from "./folder_view.ts";
import { boundMessages, tellLimit } from "./message_limit.ts";
import { no, ok } from "./reply.ts";
import { resolveUids } from "./resolve.ts";
import type { Session } from "./session.ts";
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
  let limit = null;
  if (uids && uidCount(uids) > LIMITS.commandMessages) {
    ({ uids, code: limit } = boundMessages(await deletedOf(session, view, uids)));
  }
  const { expunged, stamp } = await session.selected.ask("expunge", { folder: view.id, uids });
  const unknown = uidSubtract(expunged, view.uids);
  view.vanish(uidIntersect(expunged, view.uids));
  view.noteOwn(stamp, true, []);
  if (unknown.length) view.markStale();
  await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
  const told = session.qresync && expunged.length > 0;
  return tellLimit(session, ok("EXPUNGE completed", told ? `HIGHESTMODSEQ ${view.modSeq}` : null), limit);
};

/** The limit of UID EXPUNGE counts what is \Deleted (RFC 9738 §3.1), EXPUNGE has none. */
async function deletedOf(session: Session, view: FolderView, uids: UidSet): Promise<UidSet> {
  const key: SearchKey = {
    key: "and",
    of: [{ key: "uids", set: uids }, { key: "flag", flag: "\\Deleted", set: true }],
  };
  return (await findMessages(session, session.selected, view, key)).uids;
}
