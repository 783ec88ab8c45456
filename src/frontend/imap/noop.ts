import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";

/** NOOP (RFC 9051 §6.1.2): the answer brings what has happened. */
export const noop: CommandHandler = (_session, args) => {
  args.end();
  return ok("NOOP completed");
};

/** CHECK (RFC 3501 §6.4.1): everything answered is on disk already. */
export const check: CommandHandler = (_session, args) => {
  args.end();
  return ok("CHECK completed");
};
