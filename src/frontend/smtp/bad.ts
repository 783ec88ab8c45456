import type { BadCommand } from "../../codec/smtp/command.ts";
import { BAD_SEQUENCE, BAD_SYNTAX, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

const CODES: Record<BadCommand["problem"], readonly [number, string]> = {
  unknown: [500, BAD_SEQUENCE],
  unimplemented: [502, BAD_SEQUENCE],
  syntax: [501, BAD_SYNTAX],
  parameter: [555, BAD_SYNTAX],
  bytes: [500, "5.5.2"],
  http: [421, "4.7.0"],
};

/** A line that is no command of ours (RFC 5321 §4.2.4). A browser that was made to talk to us is cut off. */
export function onBad(session: SmtpSession, command: BadCommand): void {
  const [code, enhanced] = CODES[command.problem];
  const reply: Reply = { code, enhanced, text: command.message };
  if (command.problem === "http") {
    session.log.info("smtp.reject", {
      session: session.connection.id,
      ip: session.connection.remote.address,
      code,
      reason: "HTTP on a mail port",
    });
    session.end(reply);
    return;
  }
  session.mistake(reply);
}
