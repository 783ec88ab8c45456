import type { Account } from "../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../actors/login/contract.ts";
import type { MailboxContract } from "../../../actors/mailbox/contract.ts";
import { fromLatin1 } from "../../base/bytes.ts";
import { asFault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import type { Pop3Command } from "../../codec/pop3/command.ts";
import {
  ActsForAnother,
  type Credentials,
  decodeBase64,
  decodeInitialResponse,
  encodeBase64,
  parseSaslPlain,
} from "../../codec/text/sasl.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import { type Exchange, exchangeFor, exchangeNames } from "../exchanges.ts";
import { openMaildrop } from "./maildrop.ts";
import { ReadAhead } from "./read_ahead.ts";
import { faultText } from "./reply.ts";
import { refuse } from "./retr.ts";
import type { Pop3Session } from "./session.ts";

/** What a header has as a rule; only paces reading ahead. */
const USUAL_HEADER_BYTES = 3 * 1024;
const NEED_TLS = "[SYS/PERM] say STLS first: passwords do not travel in clear text here";

/** USER, RFC 1939 §7; says nothing of whether there is such a user. */
export function onUser(session: Pop3Session, command: Extract<Pop3Command, { verb: "USER" }>): void {
  if (!session.isPrivate) return session.mistake(NEED_TLS);
  session.userName = command.name;
  session.ok("name taken, now the password");
}

/** PASS, RFC 1939 §7. */
export async function onPass(
  session: Pop3Session,
  command: Extract<Pop3Command, { verb: "PASS" }>,
): Promise<void> {
  if (!session.isPrivate) return session.mistake(NEED_TLS);
  const login = session.userName;
  session.userName = null;
  if (login === null) return session.mistake("USER comes first");
  await logIn(session, { login, password: command.password });
}

/** AUTH, RFC 5034: PLAIN, and what sends no password; alone it lists the mechanisms. */
export async function onAuth(
  session: Pop3Session,
  command: Extract<Pop3Command, { verb: "AUTH" }>,
): Promise<void> {
  if (command.mechanism === null) {
    const names = session.isPrivate ? [...exchangeNames(session.context, session.connection), "PLAIN"] : [];
    return session.write(["+OK mechanisms", ...names, ".", ""].join("\r\n"));
  }
  if (!session.isPrivate) return session.mistake(NEED_TLS);
  const exchange = exchangeFor(session.context, session.connection, "pop3", command.mechanism);
  if (exchange) return await onExchange(session, exchange, command.initial);
  if (command.mechanism !== "PLAIN") return session.mistake("mechanism is not supported");
  let response = command.initial;
  response ??= await ask(session, "");
  if (response === null) return session.mistake("authentication cancelled");
  let credentials: Credentials;
  try {
    credentials = parseSaslPlain(response);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const others = error instanceof ActsForAnother;
    return session.mistake(others ? `[AUTH] ${error.message}` : "cannot decode the response");
  }
  await logIn(session, credentials);
}

/** SCRAM, tokens, certificates; what the client checks last comes as a challenge (RFC 5034 §4). */
async function onExchange(session: Pop3Session, exchange: Exchange, initial: string | null): Promise<void> {
  let account: Account | null;
  try {
    account = await exchange({
      initial: initial === null ? null : decodeInitialResponse(initial),
      challenge: async (message) => {
        const answer = await ask(session, encodeBase64(message));
        return answer === null ? null : decodeBase64(answer);
      },
    });
  } catch (error) {
    if (error instanceof SyntaxError) return session.mistake("cannot decode the response");
    if (error instanceof ConnectionClosed) throw error;
    return failed(session, undefined, error);
  }
  if (!account) return session.mistake("authentication cancelled");
  await enter(session, account);
}

/** Sends a challenge in base64; the answer, or null when the client gave up with `*` or sent too much. */
async function ask(session: Pop3Session, challenge: string): Promise<string | null> {
  session.write(`+ ${challenge}\r\n`);
  const line = await session.nextLine(LIMITS.saslLineBytes);
  if (line === null) throw new ConnectionClosed("the client went away");
  const text = fromLatin1(line.bytes);
  return line.tooLong || text === "*" ? null : text;
}

async function logIn(session: Pop3Session, credentials: Credentials): Promise<void> {
  const { context, connection } = session;
  let account: Account;
  try {
    ({ account } = await context.system.ref<LoginContract>("login:main").ask("verify", {
      ...credentials,
      protocol: "pop3",
      ip: connection.remote.address,
    }));
  } catch (error) {
    return failed(session, credentials.login, error);
  }
  await enter(session, account);
}

/** Opens the maildrop of an account that has proved who it is. */
async function enter(session: Pop3Session, account: Account): Promise<void> {
  const { context } = session;
  try {
    const drop = await openMaildrop(context.system.ref<MailboxContract>(`mailbox:${account.id}`));
    const share = () => context.outgoing.share(account.id, () => session.connection.closed);
    const bodySize = (index: number) => drop.messages[index].size;
    session.bodies = new ReadAhead(drop, { part: [], kind: "all" }, bodySize, share());
    session.headers = new ReadAhead(drop, { part: [], kind: "header" }, () => USUAL_HEADER_BYTES, share());
    session.logIn(account, drop);
    session.ok(`maildrop has ${drop.messages.length} messages`);
  } catch (error) {
    refuse(session, error);
  }
}

function failed(session: Pop3Session, login: string | undefined, error: unknown): void {
  const fault = asFault(error);
  const { connection, context, log } = session;
  const fields = { protocol: "pop3", session: connection.id, ip: connection.remote.address, login };
  context.metrics.count("login_failures", { protocol: "pop3" });
  if (fault.code === "internal") log.error("login.failed", { ...fields, ...errorFields(fault) });
  else log.info("login.failed", { ...fields, reason: fault.code });
  session.mistake(fault.code === "denied" ? "[AUTH] wrong name or password" : faultText(fault));
  if (++session.authFailures >= LIMITS.pop3AuthFailures) session.end("-ERR [AUTH] too many failed logins");
}
