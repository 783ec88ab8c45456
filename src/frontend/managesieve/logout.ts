import { ok, type Reply } from "./reply.ts";
import type { SieveSession } from "./session.ts";

/** LOGOUT (RFC 5804 §2.3): what comes after it is not looked at. */
export function onLogout(session: SieveSession): Reply {
  session.connection.clientLeaves = true;
  const reply = ok("goodbye");
  reply.after = () => void (session.loggedOut = true);
  return reply;
}
