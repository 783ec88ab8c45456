import { formatUidSet } from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import { boundMessages, overSaveLimit, tellLimit } from "./message_limit.ts";
import { no, ok, withTryCreate } from "./reply.ts";
import { resolveSet } from "./resolve.ts";
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
    const reply = await session.mailbox.ask("copy", {
      folder: view.id,
      uids,
      to,
      limits: session.user.limits,
      move,
    });
    const same = reply.target.folder === view.id;
    if (same) {
      session.notifier?.ownMessages(reply.destination);
      view.markStale();
    }
    if (!reply.source.length) return ok("No message was left to take", "EXPUNGEISSUED");
    const code = `COPYUID ${reply.uidValidity} ${formatUidSet(reply.source)} ${
      formatUidSet(reply.destination)
    }`;
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
