import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** SETACTIVE (RFC 5804 §2.8). */
export async function onSetActive(session: SieveSession, { name }: CommandOf<"SETACTIVE">): Promise<Reply> {
  await session.mailbox.ask("setActiveScript", { name });
  return ok(name === null ? "no script is active" : "the script is active");
}
