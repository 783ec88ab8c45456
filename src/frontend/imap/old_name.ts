import type { GivenName } from "../../codec/imap/arguments.ts";
import { formatMailbox } from "../../codec/imap/response.ts";
import type { Session } from "./session.ts";

/**
 * The extended data of a LIST that tells under which spelling the client named the folder (RFC 9051 §6.3.9.7); empty
 * when it is the folder's own.
 */
export function oldName(session: Session, { name, given }: GivenName): string {
  return given === name ? "" : ` ("OLDNAME" (${formatMailbox(given, session.utf8)}))`;
}

/** Tells IMAP4rev2 clients that what they call `old.given` is kept as `to`. */
export function tellOldName(session: Session, attributes: string, to: string, old: GivenName): void {
  const data = oldName(session, old);
  if (session.rev2 && data) session.write(`* LIST (${attributes}) "/" ${formatMailbox(to, true)}${data}\r\n`);
}
