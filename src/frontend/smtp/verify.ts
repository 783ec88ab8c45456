import type { SmtpSession } from "./session.ts";

/** VRFY tells nobody who has a mailbox: 252 is the answer for that (RFC 5321 §3.5.3 and §7.3). */
export function onVerify(session: SmtpSession): void {
  session.reply(252, "2.5.2", "cannot verify, but mail for it will be tried");
}
