import { asFault, Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { faultReply, NEED_AUTH, NEED_HELLO, NEED_TLS, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

type Mail = Extract<SmtpCommand, { verb: "MAIL" }>;

const NOT_ASCII = /[^\0-\x7f]/;

/** MAIL, RFC 5321 §4.1.1.2: opens a transaction. */
export function onMail(session: SmtpSession, command: Mail): void | Promise<void> {
  const { from, parameters } = command;
  const refusal = mailParametersRefusal(session, command);
  if (refusal) return session.reject(refusal, { from: from ?? "" });
  if (++session.transactions > LIMITS.smtpTransactions) {
    // RFC 9422 §3: MAILMAX was told in EHLO.
    return session.end({ code: 421, enhanced: "4.7.0", text: "too many messages in one session" });
  }
  const open = () => {
    session.transaction = { from, parameters, recipients: [], collected: null, chunkFailure: null };
    session.reply(250, "2.1.0", "sender ok");
  };
  if (session.account === null || from === null) return open();
  return checkSender(session, session.account.id, from, open);
}

/** Why sending mail is not possible yet in this session; null when it is. */
export function mailRefusal(session: SmtpSession): Reply | null {
  if (session.hello === null) return NEED_HELLO;
  if (session.needsTls) return NEED_TLS;
  if (session.isSubmission && session.account === null) return NEED_AUTH;
  return null;
}

function mailParametersRefusal(session: SmtpSession, { from, parameters }: Mail): Reply | null {
  if (parameters.sizeBytes !== null && parameters.sizeBytes > session.messageBytes) {
    return { code: 552, enhanced: "5.3.4", text: `messages may have ${session.messageBytes} bytes` };
  }
  if (from !== null && !parameters.smtpUtf8 && NOT_ASCII.test(from)) {
    return { code: 553, enhanced: "5.6.7", text: "the address needs SMTPUTF8" };
  }
  return null;
}

/** RFC 6409 §6.1: an account sends as its own addresses only. */
async function checkSender(
  session: SmtpSession,
  accountId: string,
  from: string,
  open: () => void,
): Promise<void> {
  try {
    const { allowed } = await session.directory.ask("maySendAs", { accountId, address: from });
    if (!allowed) throw new Fault("denied", "you may not send as this address");
  } catch (error) {
    const fault = asFault(error);
    if (fault.code === "internal") session.log.error("smtp.internal", errorFields(fault));
    const codes = [553, "5.7.1"] as const;
    return session.reject(faultReply(fault, { denied: codes, invalid: codes, not_found: codes }), { from });
  }
  open();
}
