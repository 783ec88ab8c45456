import { formatRights } from "../../codec/imap/rights.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import type { CommandHandler } from "./command.ts";
import { locate } from "./place.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";

/** MYRIGHTS (RFC 4314 §3.5). */
export const myRights: CommandHandler = async (session, args) => {
  args.space();
  const name = args.mailbox();
  args.end();
  const place = await locate(session, name);
  const { rights } = await place.mailbox.ask("myRights", { name: place.name });
  session.write(formatMyRights(session, name, rights));
  return ok("MYRIGHTS completed");
};

/** One untagged MYRIGHTS (RFC 4314 §3.8), also for LIST (RFC 8440 §3). */
export function formatMyRights(session: Session, name: string, rights: string): string {
  return `* MYRIGHTS ${formatMailbox(name, session.utf8)} ${formatRights(rights) || '""'}\r\n`;
}
