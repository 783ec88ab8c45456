import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** RENAMESCRIPT (RFC 5804 §2.11): the active script stays active under its new name. */
export async function onRenameScript(
  session: SieveSession,
  { from, to }: CommandOf<"RENAMESCRIPT">,
): Promise<Reply> {
  await session.mailbox.ask("renameScript", { from, to });
  return ok("the script has its new name");
}
