import { Fault } from "../../base/fault.ts";
import { formatUidSet, uidHas } from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import type { FolderView } from "./folder_view.ts";
import { locate } from "./place.ts";
import { no, ok, withTryCreate } from "./reply.ts";
import { sendUpdates } from "./updates.ts";
import { parseUpload, readUploads } from "./uploads.ts";

/**
 * REPLACE and UID REPLACE (RFC 8508 §3): one message comes into a folder and another one leaves the selected folder, in
 * one turn of the mailbox. The room that the old one took counts as free.
 */
export const replace: CommandHandler = async (session, args, call) => {
  const view = session.folder;
  args.space();
  const star = !call.uid && args.accept("*");
  const number = star ? view.count : args.nzNumber();
  args.space();
  const name = args.mailbox();
  const upload = parseUpload(args);
  args.end();
  const uid = call.uid ? number : uidOfSeq(view, number);
  if (view.readOnly) return no("Folder is open read-only", "READ-ONLY");
  if (!uidHas(view.uids, uid)) return no("No such message", "NONEXISTENT");
  const messages = await readUploads(session, call, [upload]);
  if ("status" in messages) return messages;
  return await withTryCreate(async () => {
    const target = await locate(session, name);
    // One turn takes and puts: that is one mailbox.
    if (target.mailbox.address !== session.selected.address) {
      return no("A message is replaced within its mailbox only", "CANNOT");
    }
    let reply;
    try {
      const replaces = { folder: view.id, uid };
      const { mailbox, limits } = target;
      reply = await mailbox.ask("append", { name: target.name, messages, limits, replaces });
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "conflict") throw error;
      view.markStale();
      return no("The message is gone", "EXPUNGEISSUED");
    }
    // RFC 8508 §4.3: the client must know the new UID before the old one vanishes.
    session.write(`* OK [APPENDUID ${reply.uidValidity} ${formatUidSet(reply.uids)}] Replacement ready\r\n`);
    view.vanish([uid, uid]);
    if (reply.stamp.folder === view.id) {
      session.notifier?.ownMessages(reply.uids);
      view.announce(reply.stamp.modSeq);
    } else if (reply.replaced) view.noteOwn(reply.replaced, true, []);
    await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
    return ok("REPLACE completed", session.qresync ? `HIGHESTMODSEQ ${view.modSeq}` : null);
  });
};

function uidOfSeq(view: FolderView, seq: number): number {
  const [uid] = view.uidsOfSeqs([seq, seq]);
  if (!seq || uid === undefined) throw new SyntaxError("no such message number");
  return uid;
}
