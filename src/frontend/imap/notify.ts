import { BadEvent, NOTIFY_EVENTS, type NotifyGroup, parseNotify } from "../../codec/imap/notify.ts";
import type { CommandHandler } from "./command.ts";
import { Notifier } from "./notifier.ts";
import { no, ok } from "./reply.ts";
import type { Session } from "./session.ts";
import { sharingOf } from "./sharing.ts";
import { sharedFolders, statusesOf } from "./shared_folders.ts";
import { formatStatus, type StatusItem } from "./status.ts";
import { sendUpdates } from "./updates.ts";

/** Folders whose STATUS is asked for at once. */
const BATCH = 100;

/** NOTIFY (RFC 5465 §3.1): what it asks for replaces what an earlier one did; NONE is nothing at all. */
export const notify: CommandHandler = async (session, args) => {
  let request;
  try {
    request = parseNotify(args);
  } catch (error) {
    if (!(error instanceof BadEvent)) throw error;
    return no("Event not known", `BADEVENT (${NOTIFY_EVENTS.join(" ")})`);
  }
  const groups = request?.groups ?? [];
  const subscribed = groups.some(({ filter }) => filter.kind === "subscribed");
  const names = subscribed ? (await session.mailbox.ask("listFolders", {})).subscriptions : [];
  const personal = groups.some(({ filter }) => filter.kind === "personal");
  const spaces = personal ? (await sharingOf(session.context).sources(session.user.id)).spaces : [];
  // What has happened so far is told by the old rules; what the new ones add comes with the answer.
  if (request) await sendUpdates(session, { expunge: true, recent: true });
  if (groups.some(asksModSeq)) session.enableCondstore();
  const notifier = new Notifier(session, groups, new Set(names), spaces.map(({ name }) => `#${name}`));
  session.notifier?.close();
  session.notifier = notifier;
  await notifier.ready;
  if (request?.status) await writeStatuses(session, notifier);
  return ok("NOTIFY completed");
};

function asksModSeq({ attributes }: NotifyGroup): boolean {
  return attributes?.some(({ name }) => name === "MODSEQ") ?? false;
}

/** How the folders stand from which the events go on. */
async function writeStatuses(session: Session, notifier: Notifier): Promise<void> {
  const { folders } = await session.mailbox.ask("listFolders", {});
  const shared = notifier.hearsOthers ? await sharedFolders(session, ["#*"]) : [];
  const watched = [...folders, ...shared].filter(({ id, name }) =>
    id !== session.view?.id && notifier.eventsOf(name).has("MessageNew")
  );
  for (let at = 0; at < watched.length; at += BATCH) {
    const names = watched.slice(at, at + BATCH).map(({ name }) => name);
    for (const [name, { folder, place }] of await statusesOf(session, names)) {
      const items: StatusItem[] = ["MESSAGES", "UIDNEXT", "UIDVALIDITY"];
      if (notifier.eventsOf(name).has("FlagChange")) items.push("HIGHESTMODSEQ");
      session.write(await formatStatus(session, { folder, place }, items));
    }
    await session.flush();
  }
}
