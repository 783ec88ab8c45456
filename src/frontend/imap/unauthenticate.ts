import type { CommandHandler } from "./command.ts";
import { bad, ok } from "./reply.ts";

/**
 * UNAUTHENTICATE (RFC 8437 §3): everything but TLS is as it was after the greeting. It is not offered under COMPRESS,
 * where nobody could say which of the octets that are here already come after its end.
 */
export const unauthenticate: CommandHandler = (session, args) => {
  args.end();
  if (session.compressed) return bad("UNAUTHENTICATE is not offered while compression is active");
  session.logOut();
  return ok("UNAUTHENTICATE completed");
};
