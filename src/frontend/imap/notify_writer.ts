import { formatAstring, formatMailbox } from "../../codec/imap/response.ts";
import { type ListEntry, selectFolders } from "./list_select.ts";
import type { Pending } from "./notifier.ts";
import { oldName } from "./old_name.ts";
import type { Session } from "./session.ts";
import { sharedFolders, statusesOf } from "./shared_folders.ts";
import { formatStatus, type StatusItem } from "./status.ts";

/** Folders whose STATUS is asked for at once. */
const BATCH = 100;

/** Everything about folders, so that any of it can be told. */
const ALL = {
  extended: true,
  subscribed: false,
  recursive: false,
  specialUse: false,
  returnSubscribed: true,
};

/** LIST of every name that was made, deleted, renamed or subscribed (RFC 5465 §5.4, §5.5). */
export async function tellLists(session: Session, { lists, renamed }: Pending): Promise<void> {
  const { folders, subscriptions } = await session.mailbox.ask("listFolders", {});
  const shared = await sharedFolders(session, [...lists].filter((name) => name.startsWith("#")));
  const entries = new Map<string, ListEntry>();
  for (const entry of selectFolders([...folders, ...shared], subscriptions, { ...ALL, patterns: ["*"] })) {
    entries.set(entry.name, entry);
  }
  const subscribed = new Set(subscriptions);
  const line = (name: string, extended: string) => {
    const gone = subscribed.has(name) ? ["\\NonExistent", "\\Subscribed"] : ["\\NonExistent"];
    const attributes = entries.get(name)?.attributes ?? gone;
    session.write(`* LIST (${attributes.join(" ")}) "/" ${formatMailbox(name, session.utf8)}${extended}\r\n`);
  };
  for (const [name, from] of renamed) line(name, oldName(session, { name, given: from }));
  for (const name of lists) if (!renamed.has(name)) line(name, "");
}

/** STATUS of every folder other than the selected one in which something happened (RFC 5465 §5.1 to §5.3). */
export async function tellStatuses(session: Session, changed: Pending["statuses"]): Promise<void> {
  const names = [...changed.keys()];
  for (let at = 0; at < names.length; at += BATCH) {
    const found = await statusesOf(session, names.slice(at, at + BATCH));
    for (const [name, { folder, place }] of found) {
      if (folder.id === session.view?.id) continue;
      const { messages, flags } = changed.get(name)!;
      const items: StatusItem[] = messages ? ["MESSAGES", "UIDNEXT"] : [];
      if (flags) items.push("UIDVALIDITY", "UNSEEN");
      if (session.condstore) items.push("HIGHESTMODSEQ");
      session.write(await formatStatus(session, { folder, place }, items));
    }
    await session.flush();
  }
}

/** Names of entries that changed, without values (RFC 5464 §4.4.2, RFC 5465 §5.6, §5.7). */
export function tellMetadata(session: Session, changed: Pending["metadata"]): void {
  for (const [name, entries] of changed) {
    const folder = name === "" ? '""' : formatMailbox(name, session.utf8);
    session.write(`* METADATA ${folder} ${[...entries].map(formatAstring).join(" ")}\r\n`);
  }
}
