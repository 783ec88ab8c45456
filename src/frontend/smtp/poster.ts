import type { Resolution } from "../../../actors/directory/contract.ts";
import { ANONYMOUS, type Identity, type MailboxContract } from "../../../actors/mailbox/contract.ts";
import type { SmtpSession } from "./session.ts";

/** Who sends, to folders that take mail by rights: the account that logged in with its groups, or nobody known. */
export async function posterOf(session: SmtpSession): Promise<Identity> {
  if (!session.account) return ANONYMOUS;
  return await session.directory.ask("identity", { id: session.account.id });
}

/** Asks a mailbox whether it takes mail to the folder that an address leads to; a fault when not. */
export async function askPosting(
  session: SmtpSession,
  { account, folder }: Resolution["mailboxes"][number],
): Promise<void> {
  if (folder === undefined) return;
  const mailbox = session.context.system.ref<MailboxContract>(`mailbox:${account.id}`);
  await mailbox.ask("mayPost", { name: folder, as: await posterOf(session) });
}
