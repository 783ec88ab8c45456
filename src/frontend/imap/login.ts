import type { Account } from "../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../actors/login/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { capabilities } from "./capability.ts";
import type { CommandHandler } from "./command.ts";
import { referElsewhere } from "./referral.ts";
import { bad, no, ok, type Reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** LOGIN (RFC 9051 §6.2.3). */
export const login: CommandHandler = (session, args) => {
  args.space();
  const name = args.text();
  args.space();
  const password = args.text();
  args.end();
  return logIn(session, name, password);
};

/** Why a password may not be sent now; null when it may (RFC 9051 §11.1). */
export function refusePlaintext(session: Session): Reply | null {
  return session.private ? null : no("Start TLS first", "PRIVACYREQUIRED");
}

/** Checks name and password and enters the authenticated state. */
export async function logIn(session: Session, name: string, password: string): Promise<Reply> {
  const refusal = refusePlaintext(session);
  if (refusal) return refusal;
  return await enter(session, name, async () => {
    const { account } = await session.context.system.ref<LoginContract>("login:main").ask("verify", {
      login: name,
      password,
      protocol: "imap",
      ip: session.connection.remote.address,
    });
    return account;
  });
}

/** Enters the authenticated state as whoever `prove` says; null cancels. `name` is for the log. */
export async function enter(
  session: Session,
  name: string | null,
  prove: () => Promise<Account | null>,
): Promise<Reply> {
  const { context, connection } = session;
  try {
    const account = await prove();
    if (!account) return bad("Authentication cancelled");
    const elsewhere = await referElsewhere(context, account);
    if (elsewhere) {
      session.log.info("imap.referred", { account: account.address });
      return elsewhere;
    }
    session.logIn(account);
    session.log.info("imap.login", { account: account.address, tls: connection.tls?.version ?? null });
    context.metrics.count("logins", { protocol: "imap" });
    return ok("Logged in", `CAPABILITY ${capabilities(session)}`);
  } catch (error) {
    if (!(error instanceof Fault) || error.code === "internal") throw error;
    session.log.info("imap.login_failed", { login: name?.slice(0, 256), reason: error.code });
    context.metrics.count("login_failures", { protocol: "imap" });
    const reply = refused(error);
    if (++session.authFailures < LIMITS.imapAuthFailures) return reply;
    return { ...reply, after: () => session.stop("Too many failed logins") };
  }
}

function refused(fault: Fault): Reply {
  if (fault.code === "denied") return no("Wrong name or password", "AUTHENTICATIONFAILED");
  if (fault.code === "limit") return no("Too many failed logins, try later", "UNAVAILABLE");
  return no("Cannot check the password now, try later", "UNAVAILABLE");
}
