import type { CommandHandler } from "./command.ts";
import { SHARED } from "./place.ts";
import { ok } from "./reply.ts";

/** NAMESPACE (RFC 2342 §5, RFC 9051 §6.3.10): the own folders, and those that others share. */
export const namespace: CommandHandler = (session, args) => {
  args.end();
  session.write(`* NAMESPACE (("" "/")) (("${SHARED}" "/")) NIL\r\n`);
  return ok("NAMESPACE completed");
};
