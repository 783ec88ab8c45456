import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { ActorRef } from "../../actor/actor.ts";
import type { UidSet } from "../../codec/imap/uid_set.ts";
import { uidSet } from "../../codec/imap/uid_set.ts";

type Entry = MailboxContract["popList"]["reply"]["messages"][number];

/** Messages removed in one request at QUIT, so that no turn of the mailbox is long. */
const EXPUNGE_PAGE = 1000;

/**
 * The INBOX as it was at login. Numbers never change in a session (RFC 1939 §8), so several sessions may look at one
 * mailbox at once: each has its own snapshot and no lock is needed.
 */
export interface Maildrop {
  readonly mailbox: ActorRef<MailboxContract>;
  readonly folder: string;
  readonly messages: readonly Entry[];
  /** Indexes marked by DELE. */
  readonly deleted: Set<number>;
}

/** Takes the list of messages that holds for the whole session (RFC 1939 §5). */
export async function openMaildrop(mailbox: ActorRef<MailboxContract>): Promise<Maildrop> {
  const { folder, messages } = await mailbox.ask("popList", {});
  return { mailbox, folder, messages, deleted: new Set() };
}

/** The index of a message number; null when there is none or it is marked as deleted. */
export function indexOf(drop: Maildrop, message: number): number | null {
  const index = message - 1;
  return index < 0 || index >= drop.messages.length || drop.deleted.has(index) ? null : index;
}

/** Messages and octets that are not marked as deleted. */
export function totals(drop: Maildrop): { count: number; bytes: number } {
  let bytes = 0;
  for (let i = 0; i < drop.messages.length; i++) if (!drop.deleted.has(i)) bytes += drop.messages[i].size;
  return { count: drop.messages.length - drop.deleted.size, bytes };
}

/** Removes what is marked (RFC 1939 §6); resolves when that is on disk. */
export async function removeDeleted(drop: Maildrop): Promise<void> {
  const indexes = [...drop.deleted].sort((a, b) => a - b);
  for (let at = 0; at < indexes.length; at += EXPUNGE_PAGE) {
    const uids: UidSet = uidSet(
      indexes.slice(at, at + EXPUNGE_PAGE).map((index) => drop.messages[index].uid),
    );
    const { folder } = drop;
    await drop.mailbox.ask("store", { folder, uids, mode: "add", flags: ["\\Deleted"], silent: true });
    await drop.mailbox.ask("expunge", { folder, uids });
  }
}
