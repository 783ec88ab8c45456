import type { CommandHandler } from "./command.ts";
import { ok } from "./reply.ts";
import type { Session } from "./session.ts";
import { enableUidOnly } from "./uid_only.ts";

/** Names that are not in upper case only. */
const SPELLING = new Map([["IMAP4REV2", "IMAP4rev2"]]);

/** ENABLE (RFC 9051 §6.3.1, RFC 5161). Unknown names are passed over; what was on already is not named again. */
export const enable: CommandHandler = (session, args) => {
  const names: string[] = [];
  do {
    args.space();
    names.push(args.atom().toUpperCase());
  } while (!args.atEnd());
  args.end();
  const enabled = names.filter((name) => turnOn(session, name));
  session.write(`* ENABLED${enabled.map((name) => ` ${SPELLING.get(name) ?? name}`).join("")}\r\n`);
  return ok("ENABLE completed");
};

/** Turns one extension on; false when it is unknown or on already. */
function turnOn(session: Session, name: string): boolean {
  switch (name) {
    case "IMAP4REV2":
      return !session.rev2 && (session.rev2 = true);
    case "UTF8=ACCEPT":
      return !session.utf8Accept && (session.utf8Accept = true);
    case "CONDSTORE": {
      const off = !session.condstore;
      session.enableCondstore();
      return off;
    }
    case "QRESYNC": // implies CONDSTORE (RFC 7162 §3.2.3)
      session.enableCondstore();
      return !session.qresync && (session.qresync = true);
    case "UIDONLY":
      if (session.uidOnly) return false;
      enableUidOnly(session);
      return true;
    default:
      return false;
  }
}
