import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** HAVESPACE (RFC 5804 §2.5). */
export async function onHaveSpace(
  session: SieveSession,
  { name, sizeBytes }: CommandOf<"HAVESPACE">,
): Promise<Reply> {
  await session.mailbox.ask("haveSpace", { name, sizeBytes });
  return ok("there is room for it");
}
