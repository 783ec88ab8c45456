import type { Account } from "../../../actors/directory/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { Fault } from "../../base/fault.ts";
import type { FrontendContext } from "../context.ts";
import { no, type Reply } from "./reply.ts";

/**
 * The answer that sends a user to the other server of a pair (RFC 2221 §4.1): their mailbox is away here, and that
 * server is reached. Null when they can stay. Only for who has proved who they are (§6).
 */
export async function referElsewhere(context: FrontendContext, account: Account): Promise<Reply | null> {
  const host = context.referral?.();
  if (!host || !await isAway(context, account)) return null;
  const user = encodeURIComponent(account.address);
  return no("Your mailbox is away, use the other server", `REFERRAL imap://${user};AUTH=*@${host}/`);
}

async function isAway({ system }: FrontendContext, { id }: Account): Promise<boolean> {
  try {
    await system.ref<MailboxContract>(`mailbox:${id}`).ask("status", { name: "INBOX" });
    return false;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.code === "unavailable";
  }
}
