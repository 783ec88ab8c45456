import { formatString } from "../../codec/managesieve/response.ts";
import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** LISTSCRIPTS (RFC 5804 §2.7). */
export async function onListScripts(session: SieveSession): Promise<Reply> {
  const { scripts } = await session.mailbox.ask("listScripts", {});
  for (const { name, active } of scripts) {
    session.write(`${formatString(name)}${active ? " ACTIVE" : ""}\r\n`);
  }
  return ok("LISTSCRIPTS completed");
}
