import type { SmtpSession } from "./session.ts";

/** HELP, RFC 5321 §4.1.1.8. */
export function onHelp(session: SmtpSession): void {
  session.reply(214, "2.0.0", [
    `Mallard ${session.context.version} at ${session.context.hostname}`,
    session.isLmtp
      ? "LHLO MAIL RCPT DATA BDAT RSET NOOP QUIT"
      : "EHLO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP QUIT",
    "Questions about mail here go to postmaster",
  ]);
}
