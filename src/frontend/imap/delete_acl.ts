import type { CommandHandler } from "./command.ts";
import { readIdentifier } from "./identifier.ts";
import { locate } from "./place.ts";
import { ok } from "./reply.ts";

/** DELETEACL (RFC 4314 §3.2). */
export const deleteAcl: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.space();
  const given = args.text();
  args.end();
  const place = await locate(session, name);
  const identifier = await readIdentifier(session, given);
  await place.mailbox.ask("deleteAcl", { name: place.name, identifier });
  return ok("DELETEACL completed");
};
