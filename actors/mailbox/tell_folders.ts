import type { FolderListChange, FolderListEvent, MessagesEvent } from "./contract.ts";
import type { LogChange } from "./log_change.ts";
import type { Folder, MailboxTurn } from "./state.ts";

/** Folders in which messages came or went, and folders in which flags changed. */
export interface Affected {
  messages: ReadonlySet<string>;
  flags: ReadonlySet<string>;
}

/** What log changes do to which folder. */
export function affectedBy(changes: readonly LogChange[]): Affected {
  const messages = new Set<string>(), flags = new Set<string>();
  for (const change of changes) {
    if (change.op === "flags") flags.add(change.folder);
    else if (change.op === "expunge") messages.add(change.folder);
    else if (change.op === "message") {
      messages.add(change.folder);
      if (change.from) messages.add(change.from.folder);
    }
  }
  return { messages, flags };
}

/** Tells watchers of one folder, and those of all, that it changed; without `affected` in every way. */
export function tellFolder(turn: MailboxTurn, folder: Folder, affected: Affected | null): void {
  const { id, name, highestModSeq: modSeq } = folder;
  turn.publish(`folder:${id}`, { folder: id, modSeq });
  const messages = !affected || affected.messages.has(id);
  const flags = !affected || affected.flags.has(id);
  if (messages || flags) {
    turn.publish("messages", { folder: id, name, messages, flags } satisfies MessagesEvent);
  }
}

/** Tells watchers of the list of folders what became of it; null when that is too much to say. */
export function tellList(turn: MailboxTurn, changes: FolderListChange[] | null): void {
  turn.publish("folders", { changes } satisfies FolderListEvent);
}

/** The folders among log changes that a request of this server made. */
export function madeFolders(changes: readonly LogChange[]): FolderListChange[] {
  return changes.flatMap((change) => change.op === "folder" ? [{ kind: "made", name: change.name }] : []);
}
