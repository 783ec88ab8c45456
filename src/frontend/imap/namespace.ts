import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";

/** NAMESPACE (RFC 9051 §6.3.10): one personal namespace. */
export const namespace: CommandHandler = (session, args) => {
  args.end();
  session.write('* NAMESPACE (("" "/")) NIL NIL\r\n');
  return ok("NAMESPACE completed");
};
