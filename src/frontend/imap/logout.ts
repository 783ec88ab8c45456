import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";

/** LOGOUT (RFC 9051 §6.1.3). */
export const logout: CommandHandler = (session, args) => {
  args.end();
  session.closeFolder();
  session.connection.clientLeaves = true;
  session.write("* BYE Logging out\r\n");
  const reply = ok("Logout completed");
  reply.after = () => void (session.loggedOut = true);
  return reply;
};
