import { formatUidSet, type UidSet } from "../../codec/imap/uid_set.ts";
import type { Call, CommandHandler } from "./command.ts";
import { type Across, copyAcross, demandRemoval } from "./copy_across.ts";
import { boundMessages, overSaveLimit, tellLimit } from "./message_limit.ts";
import { locate, type Place } from "./place.ts";
import { no, ok, type Reply, withTryCreate } from "./reply.ts";
import { resolveSet } from "./resolve.ts";
import type { Session } from "./session.ts";
import { sendUpdates } from "./updates.ts";

/** COPY, MOVE and their UID forms (RFC 9051 §6.4.7, §6.4.8): all messages or none. */
export const copy: CommandHandler = (session, args, call) => {
  const view = session.folder;
  const move = call.name.endsWith("MOVE");
  args.space();
  const set = args.sequenceSet();
  args.space();
  const to = args.mailbox();
  args.end();
  if (move && view.readOnly) return no("Folder is open read-only", "READ-ONLY");
  const asked = resolveSet(view, set, call.uid);
  if (!asked.length) return ok(`${call.name} completed`);
  const tooMany = move ? null : overSaveLimit(asked);
  if (tooMany) return no("Too many messages to copy, try a smaller subset", tooMany);
  const { uids, code: limit } = boundMessages(asked);
  return withTryCreate(async () => {
    const target = await locate(session, to);
    if (target.mailbox.address !== session.selected.address) {
      return tellLimit(session, await across(session, call, target, uids, move), limit);
    }
    const reply = await session.selected.ask("copy", {
      folder: view.id,
      uids,
      to: target.name,
      limits: target.limits,
      move,
    });
    const same = reply.target.folder === view.id;
    if (same) {
      session.notifier?.ownMessages(reply.destination);
      view.markStale();
    }
    if (!reply.source.length) return ok("No message was left to take", "EXPUNGEISSUED");
    const code = copyUid(reply);
    if (!move) return ok(`${call.name} completed`, code);
    // RFC 6851 §4.3: the client must know the new UIDs before the old ones vanish.
    session.write(`* OK [${code}] Moved\r\n`);
    view.vanish(reply.source);
    if (reply.origin && !same) view.noteOwn(reply.origin, true, []);
    await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
    const reached = session.qresync ? `HIGHESTMODSEQ ${view.modSeq}` : null;
    return tellLimit(session, ok(`${call.name} completed`, reached), limit);
  });
};

/** To another mailbox: what moves is taken away here once it is safe there. */
async function across(
  session: Session,
  call: Call,
  target: Place,
  uids: UidSet,
  move: boolean,
): Promise<Reply> {
  const view = session.folder;
  if (move) await demandRemoval(session, view);
  const copied = await copyAcross(session, view, target, uids);
  if (!copied.source.length) return ok("No message was left to take", "EXPUNGEISSUED");
  if (!move) return ok(`${call.name} completed`, copyUid(copied));
  session.write(`* OK [${copyUid(copied)}] Moved\r\n`);
  const request = { folder: view.id, uids: copied.source, moved: true };
  const { expunged, stamp } = await session.selected.ask("expunge", request);
  view.vanish(expunged);
  view.noteOwn(stamp, true, []);
  await sendUpdates(session, { expunge: true, uid: call.uid, recent: true });
  return ok(`${call.name} completed`, session.qresync ? `HIGHESTMODSEQ ${view.modSeq}` : null);
}

function copyUid({ uidValidity, source, destination }: Across): string {
  return `COPYUID ${uidValidity} ${formatUidSet(source)} ${formatUidSet(destination)}`;
}
