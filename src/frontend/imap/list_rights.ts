import { formatRights, RIGHTS } from "../../codec/imap/rights.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { formatIdentifier, readIdentifier } from "./identifier.ts";
import { locate } from "./place.ts";
import { ok } from "./reply.ts";

/** LISTRIGHTS (RFC 4314 §3.4): every right stands alone, the old `c` and `d` too (§2.1.1). */
export const listRights: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.space();
  const given = args.text();
  args.end();
  const place = await locate(session, name);
  const identifier = await readIdentifier(session, given);
  const { always } = await place.mailbox.ask("listRights", { name: place.name, identifier });
  const required = formatRights(always);
  const left = [...formatRights(RIGHTS)].filter((right) => !required.includes(right));
  const words = [formatMailbox(name, session.utf8), formatIdentifier(given), required || '""', ...left];
  session.write(`* LISTRIGHTS ${words.join(" ")}\r\n`);
  return ok("LISTRIGHTS completed");
};
