import { formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { locate } from "./place.ts";
import { no, ok } from "./reply.ts";
import type { Session } from "./session.ts";

/** STORAGE is counted in units of 1024 octets (RFC 9208 §5.1). */
const UNIT_BYTES = 1024;

/** GETQUOTA (RFC 9208 §4.1.1). One root, the empty name, covers the whole mailbox. */
export const getQuota: CommandHandler = async (session, args) => {
  args.space();
  const root = args.astring();
  args.end();
  if (root !== "") return no("No such quota root", "NONEXISTENT");
  await writeQuota(session);
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
  if (!place.prefix) await writeQuota(session);
  return ok("GETQUOTAROOT completed");
};

/** SETQUOTA (RFC 9208 §4.1.3): limits belong to the administrator. */
export const setQuota: CommandHandler = (_session, args) => {
  args.space();
  args.astring();
  args.space();
  args.list(() => {
    args.atom();
    args.space();
    args.number64();
  });
  args.end();
  return no("Quotas are set by the administrator", "NOPERM");
};

/** Resources without a limit are left out, as RFC 9208 §4.2.1 has no word for "unlimited". */
async function writeQuota(session: Session): Promise<void> {
  const { quotaBytes } = session.user.limits;
  const { bytes } = await session.mailbox.ask("usage", {});
  const storage = quotaBytes === null
    ? ""
    : `STORAGE ${Math.ceil(bytes / UNIT_BYTES)} ${Math.floor(quotaBytes / UNIT_BYTES)}`;
  session.write(`* QUOTA "" (${storage})\r\n`);
}
