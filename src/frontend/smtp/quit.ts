import type { SmtpSession } from "./session.ts";

/** QUIT, RFC 5321 §4.1.1.10. */
export function onQuit(session: SmtpSession): void {
  session.connection.clientLeaves = true;
  session.end({ code: 221, enhanced: "2.0.0", text: `${session.context.hostname} closing connection` });
}
