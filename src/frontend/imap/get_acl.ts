import { formatRights, RIGHTS } from "../../codec/imap/rights.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { formatIdentifier, writeIdentifier } from "./identifier.ts";
import { locate } from "./place.ts";
import { ok } from "./reply.ts";

/** GETACL (RFC 4314 §3.3). The owner stands first, with all rights; public folders have none. */
export const getAcl: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.end();
  const place = await locate(session, name);
  const { entries } = await place.mailbox.ask("getAcl", { name: place.name });
  const owner = place.owner ? [{ identifier: place.owner.id, rights: RIGHTS }] : [];
  const lines = await Promise.all(
    [...owner, ...entries].map(async ({ identifier, rights }) => {
      const told = await writeIdentifier(session, place, identifier);
      return ` ${formatIdentifier(told)} ${formatRights(rights)}`;
    }),
  );
  session.write(`* ACL ${formatMailbox(name, session.utf8)}${lines.join("")}\r\n`);
  return ok("GETACL completed");
};
