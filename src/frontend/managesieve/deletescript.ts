import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** DELETESCRIPT (RFC 5804 §2.10): not the active one. */
export async function onDeleteScript(
  session: SieveSession,
  { name }: CommandOf<"DELETESCRIPT">,
): Promise<Reply> {
  await session.mailbox.ask("deleteScript", { name });
  return ok("the script is gone");
}
