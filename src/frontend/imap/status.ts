import type { FolderStatus } from "../../../actors/mailbox/contract.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import { uidIntersect, type UidSet, uidUnion } from "../../codec/imap/uid_set.ts";
import type { CommandHandler } from "./command.ts";
import { fullName, locate, type Place } from "./place.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";
import type { PlacedStatus } from "./shared_folders.ts";

const UID_MAX = 0xffffffff;

const ITEMS = [
  "MESSAGES",
  "RECENT",
  "UIDNEXT",
  "UIDVALIDITY",
  "UNSEEN",
  "DELETED",
  "DELETED-STORAGE",
  "SIZE",
  "HIGHESTMODSEQ",
  "APPENDLIMIT",
  "MAILBOXID",
] as const;

/** What STATUS can tell (RFC 9051 §6.3.11; RFC 7162 §3.1.7, RFC 7889 §3.2, RFC 8474 §4.3, RFC 9208 §4.1.4). */
export type StatusItem = typeof ITEMS[number];

/** STATUS. It may name the selected folder too. */
export const status: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.space();
  const items = parseStatusItems(args);
  args.end();
  if (items.includes("HIGHESTMODSEQ")) session.enableCondstore();
  const place = await locate(session, name);
  const folder = await place.mailbox.ask("status", { name: place.name });
  session.write(await formatStatus(session, { folder, place }, items));
  return ok("STATUS completed");
};

/** `(MESSAGES UNSEEN)`. */
export function parseStatusItems(args: Arguments): StatusItem[] {
  const items = args.list(() => {
    const word = args.atom().toUpperCase();
    const item = ITEMS.find((known) => known === word);
    if (!item) throw new SyntaxError(`unknown STATUS item ${word}`);
    return item;
  });
  if (!items.length) throw new SyntaxError("no STATUS items");
  return [...new Set(items)];
}

/** One untagged STATUS. */
export async function formatStatus(
  session: Session,
  { folder, place }: PlacedStatus,
  items: readonly StatusItem[],
): Promise<string> {
  const values: string[] = [];
  for (const item of items) values.push(`${item} ${await valueOf(place, folder, item)}`);
  return `* STATUS ${formatMailbox(fullName(place, folder.name), session.utf8)} (${values.join(" ")})\r\n`;
}

function valueOf(
  place: Place,
  folder: FolderStatus,
  item: StatusItem,
): number | string | Promise<number> {
  switch (item) {
    case "MESSAGES":
      return folder.messages;
    case "RECENT":
      return folder.recent;
    case "UIDNEXT":
      return folder.uidNext;
    case "UIDVALIDITY":
      return folder.uidValidity;
    case "UNSEEN":
      return folder.unseen;
    case "DELETED":
      return folder.deleted;
    case "DELETED-STORAGE":
      return folder.deleted ? deletedBytes(place, folder.id) : 0;
    case "SIZE":
      return folder.size;
    case "HIGHESTMODSEQ":
      return folder.highestModSeq;
    case "APPENDLIMIT":
      return place.limits.messageBytes;
    case "MAILBOXID":
      return `(${folder.id})`;
  }
}

/** Octets of the deleted messages, added up page by page: rarely asked for, so nothing is kept for it. */
async function deletedBytes({ mailbox }: Place, folder: string): Promise<number> {
  let found: UidSet = [], from: number | null = 1, bytes = 0;
  while (from !== null) {
    const key = { key: "flag" as const, flag: "\\Deleted", set: true };
    const page: { uids: UidSet; next: number | null } = await mailbox.ask("search", {
      folder,
      key,
      from,
    });
    found = uidUnion(found, page.uids);
    from = page.next;
  }
  while (found.length) {
    const { rows, next } = await mailbox.ask("fetch", { folder, uids: found, items: {} });
    for (const row of rows) bytes += row.size;
    found = next === null ? [] : uidIntersect(found, [next, UID_MAX]);
  }
  return bytes;
}
