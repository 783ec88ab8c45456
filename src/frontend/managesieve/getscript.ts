import { formatLiteral } from "../../codec/managesieve/response.ts";
import type { CommandOf } from "./commands.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** GETSCRIPT (RFC 5804 §2.9). Always a literal: Roundcube's library takes a quoted string for a part of the script. */
export async function onGetScript(session: SieveSession, { name }: CommandOf<"GETSCRIPT">): Promise<Reply> {
  const { content } = await session.mailbox.ask("getScript", { name });
  session.write(`${formatLiteral(content)}\r\n`);
  return ok("GETSCRIPT completed");
}
