import type { DirectoryContract } from "../../../actors/directory/contract.ts";
import type { Arguments } from "../../codec/imap/arguments.ts";
import type { CommandHandler } from "./command.ts";
import { accountOfRoot, QUOTA_UNIT_BYTES, setsQuotas, writeQuota } from "./quota.ts";
import { no, ok } from "./reply.ts";

/**
 * SETQUOTA (RFC 9208 §4.1.3), for those whom the configuration names. STORAGE is what can be limited; without it the
 * limit that holds by default comes back. The answer says what holds now.
 */
export const setQuota: CommandHandler = async (session, args) => {
  args.space();
  const root = args.astring();
  args.space();
  const limits = parseLimits(args);
  args.end();
  if (!setsQuotas(session)) return no("Quotas are set by the administrator", "NOPERM");
  const account = await accountOfRoot(session, root);
  if (!account) return no("No such quota root", "NONEXISTENT");
  const storage = limits.get("STORAGE");
  limits.delete("STORAGE");
  if (limits.size) return no("Only STORAGE can be limited", "CANNOT");
  const quotaBytes = storage === undefined ? null : storage * QUOTA_UNIT_BYTES;
  if (!Number.isSafeInteger(quotaBytes ?? 0)) return no("The limit is too large", "CANNOT");
  const directory = session.context.system.ref<DirectoryContract>("directory:main");
  await directory.ask("updateAccount", { address: account.address, quotaBytes });
  session.log.info("imap.set_quota", { account: session.user.address, of: account.address, quotaBytes });
  await writeQuota(session, root, await directory.ask("account", { id: account.id }));
  return ok("SETQUOTA completed");
};

/** `(STORAGE 512 MESSAGE 1000)`, or `()`. */
function parseLimits(args: Arguments): Map<string, number> {
  const limits = new Map<string, number>();
  args.list(() => {
    const resource = args.atom().toUpperCase();
    args.space();
    if (limits.has(resource)) throw new SyntaxError("a resource stands there twice");
    limits.set(resource, args.number64());
  });
  return limits;
}
