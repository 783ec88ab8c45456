import type { Account, DirectoryContract } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { formatAstring, formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { locate } from "./place.ts";
import { no, ok } from "./reply.ts";
import type { Session } from "./session.ts";

/** STORAGE is counted in units of 1024 octets (RFC 9208 §5.1). */
export const QUOTA_UNIT_BYTES = 1024;

/**
 * GETQUOTA (RFC 9208 §4.1.1). One root, the empty name, covers all of the own mailbox; for who may set quotas those of
 * others have their addresses as names.
 */
export const getQuota: CommandHandler = async (session, args) => {
  args.space();
  const root = args.astring();
  args.end();
  const account = await accountOfRoot(session, root);
  if (!account) return no("No such quota root", "NONEXISTENT");
  await writeQuota(session, root, account);
  return ok("GETQUOTA completed");
};

/** GETQUOTAROOT (RFC 9208 §4.1.2). */
export const getQuotaRoot: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.end();
  const place = await locate(session, name);
  await place.mailbox.ask("status", { name: place.name });
  // How full another owner's mailbox is does not concern those who read in it.
  session.write(`* QUOTAROOT ${formatMailbox(name, session.utf8)}${place.prefix ? "" : ' ""'}\r\n`);
  if (!place.prefix) await writeQuota(session, "", session.user);
  return ok("GETQUOTAROOT completed");
};

/** Whether this user may set quotas, those of others too. */
export function setsQuotas(session: Session): boolean {
  return session.context.setsQuotas?.(session.user.address) ?? false;
}

/** Whose quota a root is; null when there is none for this user. */
export async function accountOfRoot(session: Session, root: string): Promise<Account | null> {
  if (root === "") return session.user;
  if (!setsQuotas(session)) return null;
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  try {
    const { id } = await directory.ask("getAccount", { address: root });
    return await directory.ask("account", { id });
  } catch (error) {
    if (error instanceof Fault && (error.code === "not_found" || error.code === "invalid")) return null;
    throw error;
  }
}

/**
 * Resources without a limit are left out, as RFC 9208 §4.2.1 has no word for "unlimited"; those on messages and folders
 * are the server's own and always there (§3.2).
 */
export async function writeQuota(session: Session, root: string, { id, limits }: Account): Promise<void> {
  const { quotaBytes } = limits;
  const mailbox = session.context.system.ref<MailboxContract>(`mailbox:${id}`);
  const { bytes, messages, folders } = await mailbox.ask("usage", {});
  const storage = quotaBytes === null
    ? ""
    : `STORAGE ${Math.ceil(bytes / QUOTA_UNIT_BYTES)} ${Math.floor(quotaBytes / QUOTA_UNIT_BYTES)} `;
  const counts = `MESSAGE ${messages} ${LIMITS.mailboxMessages} MAILBOX ${folders} ${LIMITS.folders}`;
  session.write(`* QUOTA ${formatAstring(root)} (${storage}${counts})\r\n`);
}
