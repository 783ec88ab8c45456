import type { SmtpCommand } from "../../codec/smtp/command.ts";
import { onAuth } from "./auth.ts";
import { onBad } from "./bad.ts";
import { onBdat } from "./bdat.ts";
import { onData } from "./data.ts";
import { onHello } from "./hello.ts";
import { onHelp } from "./help.ts";
import { mailRefusal, onMail } from "./mail.ts";
import { onQuit } from "./quit.ts";
import { onRcpt } from "./rcpt.ts";
import { BAD_SEQUENCE, NEED_HELLO, NEED_MAIL, NEED_TLS, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";
import { onStartTls } from "./starttls.ts";
import { onVerify } from "./verify.ts";

type Verb = SmtpCommand["verb"];
type CommandOf<V extends Verb> = Extract<SmtpCommand, { verb: V }>;
type Handler<C> = (session: SmtpSession, command: C) => void | Promise<void>;

/** When a command may come (RFC 5321 §4.1.4). */
interface Rule<C> {
  run: Handler<C>;
  /** After EHLO, HELO or LHLO. */
  hello?: true;
  /** Part of sending mail: after STARTTLS and AUTH where the port asks for them (RFC 3207 §4, RFC 4954 §6, RFC 6409 §4.3). */
  mail?: true;
  /** Not before STARTTLS where the port asks for it. */
  secured?: true;
  /** Only with a transaction open, or only without. */
  transaction?: "open" | "none";
}

type Table = { [V in Verb]: Rule<CommandOf<V>> };

const COMMANDS: Table = {
  EHLO: { run: onHello },
  HELO: { run: onHello },
  LHLO: { run: onHello },
  STARTTLS: { run: onStartTls, hello: true, transaction: "none" },
  AUTH: { run: onAuth, hello: true, transaction: "none" },
  MAIL: { run: onMail, hello: true, mail: true, transaction: "none" },
  RCPT: { run: onRcpt, hello: true, mail: true, transaction: "open" },
  DATA: { run: onData, hello: true, mail: true, transaction: "open" },
  // BDAT checks for itself: whatever the answer, its octets follow and have to be read (RFC 3030 §2).
  BDAT: { run: onBdat },
  RSET: { run: onReset },
  NOOP: { run: onNoop },
  QUIT: { run: onQuit },
  HELP: { run: onHelp },
  VRFY: { run: onVerify, secured: true },
  EXPN: { run: onExpand, secured: true },
  ETRN: { run: onExpand, secured: true },
  BAD: { run: onBad },
};

/** Runs one command, or refuses it because it comes at the wrong moment. */
export function runCommand(session: SmtpSession, command: SmtpCommand): void | Promise<void> {
  // The table's type ties each verb to its handler; a lookup by a union of verbs loses that.
  const rule = COMMANDS[command.verb] as Rule<SmtpCommand>;
  const refusal = outOfPlace(session, rule);
  if (refusal) return session.mistake(refusal);
  return rule.run(session, command);
}

function outOfPlace(session: SmtpSession, rule: Rule<SmtpCommand>): Reply | null {
  if (rule.hello && session.hello === null) return NEED_HELLO;
  if (rule.mail) {
    const refusal = mailRefusal(session);
    if (refusal) return refusal;
  }
  if (rule.secured && session.needsTls) return NEED_TLS;
  if (rule.transaction === "open" && session.transaction === null) return NEED_MAIL;
  if (rule.transaction === "none" && session.transaction !== null) {
    return { code: 503, enhanced: BAD_SEQUENCE, text: "a transaction is open" };
  }
  return null;
}

function onReset(session: SmtpSession): void {
  session.resetTransaction();
  session.reply(250, "2.0.0", "forgotten");
}

function onNoop(session: SmtpSession): void {
  session.reply(250, "2.0.0", "ok");
}

/** RFC 5321 §3.5.1: a list's members are nobody's business. ETRN (RFC 1985) has no use here: queues run by themselves. */
function onExpand(session: SmtpSession): void {
  session.mistake({ code: 502, enhanced: BAD_SEQUENCE, text: "command not implemented" });
}
