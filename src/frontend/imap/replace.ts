import { Fault } from "../../base/fault.ts";
import { formatUidSet, uidHas } from "../../codec/imap/uid_set.ts";
import type { NewMessage } from "../../../actors/mailbox/contract.ts";
import type { Call, CommandHandler } from "./command.ts";
import { demandRemoval } from "./copy_across.ts";
import type { FolderView } from "./folder_view.ts";
import { locate, type Place } from "./place.ts";
import { no, ok, type Reply, withTryCreate } from "./reply.ts";
import type { Session } from "./session.ts";
import { sendUpdates } from "./updates.ts";
import { parseUpload, readUploads } from "./uploads.ts";

/**
 * REPLACE and UID REPLACE (RFC 8508 §3): one message comes into a folder and another one leaves the selected folder, in
 * one turn of the mailbox. The room that the old one took counts as free, when both are in one mailbox.
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
    if (target.mailbox.address !== session.selected.address) {
      return replaceAcross(session, call, target, messages, uid);
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

/**
 * Into another mailbox there is no one turn for both: the new message is safe there before the old one goes, and the
 * client is told each as it happens (RFC 8508 §3: no confusion of what is where).
 */
async function replaceAcross(
  session: Session,
  call: Call,
  target: Place,
  messages: NewMessage[],
  uid: number,
): Promise<Reply> {
  const view = session.folder;
  const uids = [uid, uid];
  await demandRemoval(session, view);
  const { rows } = await session.selected.ask("fetch", { folder: view.id, uids, items: {} });
  if (!rows.length) {
    view.markStale();
    return no("The message is gone", "EXPUNGEISSUED");
  }
  const { mailbox, name, limits } = target;
  const filed = await mailbox.ask("append", { name, messages, limits });
  session.write(`* OK [APPENDUID ${filed.uidValidity} ${formatUidSet(filed.uids)}] Replacement ready\r\n`);
  const { expunged, stamp } = await session.selected.ask("expunge", { folder: view.id, uids, moved: true });
  view.vanish(expunged);
  view.noteOwn(stamp, true, []);
  await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
  return ok("REPLACE completed", session.qresync ? `HIGHESTMODSEQ ${view.modSeq}` : null);
}

function uidOfSeq(view: FolderView, seq: number): number {
  const [uid] = view.uidsOfSeqs([seq, seq]);
  if (!seq || uid === undefined) throw new SyntaxError("no such message number");
  return uid;
}
