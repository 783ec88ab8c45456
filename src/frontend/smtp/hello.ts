import { exchangeNames } from "../exchanges.ts";
import { LIMITS } from "../../base/limits.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { BAD_SEQUENCE } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

type Hello = Extract<SmtpCommand, { verb: "EHLO" | "HELO" | "LHLO" }>;

/** EHLO, HELO (RFC 5321 §4.1.1.1) and LHLO (RFC 2033 §4.1, which takes the others' place on LMTP). */
export function onHello(session: SmtpSession, command: Hello): void {
  if ((command.verb === "LHLO") !== session.isLmtp) {
    session.mistake({
      code: 500,
      enhanced: BAD_SEQUENCE,
      text: session.isLmtp ? "this is LMTP, say LHLO" : "this is not LMTP",
    });
    return;
  }
  session.resetTransaction();
  session.hello = { verb: command.verb, name: command.name };
  const { hostname } = session.context;
  if (command.verb === "HELO") return session.reply(250, null, hostname);
  session.reply(250, null, [`${hostname} greets ${command.name}`, ...extensions(session)]);
}

/** What EHLO offers at this moment of the session. */
function extensions(session: SmtpSession): string[] {
  const out = [
    "PIPELINING",
    `SIZE ${session.messageBytes}`,
    "8BITMIME",
    "SMTPUTF8",
    "ENHANCEDSTATUSCODES",
    "CHUNKING",
    "BINARYMIME",
    "DSN",
    `LIMITS RCPTMAX=${LIMITS.smtpRecipients} MAILMAX=${LIMITS.smtpTransactions}`,
  ];
  if (session.offersTls) out.push("STARTTLS");
  if (session.hasAuth && session.isPrivate && session.account === null) {
    // What every program knows comes first; those that know better choose by themselves.
    out.push(["AUTH PLAIN LOGIN", ...exchangeNames(session.context, session.connection)].join(" "));
  }
  if (!session.isLmtp) out.push("HELP");
  return out;
}
