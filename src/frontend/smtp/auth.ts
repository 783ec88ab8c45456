import { Buffer } from "node:buffer";
import type { Account } from "../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../actors/login/contract.ts";
import { asFault } from "../../base/fault.ts";
import { fromLatin1 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { errorFields } from "../../base/log.ts";
import type { SmtpCommand } from "../../codec/smtp/command.ts";
import {
  ActsForAnother,
  type Credentials,
  decodeBase64,
  decodeBase64Text,
  decodeInitialResponse,
  parseSaslPlain,
} from "../../codec/text/sasl.ts";
import { ConnectionClosed } from "../../net/connection.ts";
import { type Exchange, exchangeFor } from "../exchanges.ts";
import { BAD_SEQUENCE, type Reply } from "./reply.ts";
import type { SmtpSession } from "./session.ts";

type Auth = Extract<SmtpCommand, { verb: "AUTH" }>;

const CANCELLED: Reply = { code: 501, enhanced: "5.7.0", text: "authentication cancelled" };
const OTHERS: Reply = { code: 535, enhanced: "5.7.8", text: "acting for another is not allowed" };
const MALFORMED: Reply = { code: 501, enhanced: "5.5.2", text: "cannot decode the response" };

/** AUTH, RFC 4954: PLAIN, LOGIN, and what sends no password. */
export async function onAuth(session: SmtpSession, command: Auth): Promise<void> {
  const refusal = authRefusal(session, command);
  if (refusal) return session.mistake(refusal);
  const exchange = exchangeOf(session, command.mechanism);
  if (exchange) return await onExchange(session, exchange, command.initial);
  const given = command.mechanism === "PLAIN"
    ? await plainCredentials(session, command.initial)
    : await loginCredentials(session, command.initial);
  if ("code" in given) return session.mistake(given);
  let account: Account;
  try {
    ({ account } = await session.context.system.ref<LoginContract>("login:main").ask("verify", {
      ...given,
      protocol: session.listener.protocol,
      ip: session.connection.remote.address,
    }));
  } catch (error) {
    return failed(session, given.login, error);
  }
  session.logIn(account);
  session.reply(235, "2.7.0", "authentication succeeded");
}

/** RFC 4954 §4 and §6; P05: port 25 answers as if AUTH did not exist unless it is configured. */
function authRefusal(session: SmtpSession, command: Auth): Reply | null {
  if (session.isLmtp) return { code: 502, enhanced: BAD_SEQUENCE, text: "command not implemented" };
  if (!session.hasAuth) {
    return { code: 503, enhanced: BAD_SEQUENCE, text: "authentication is not offered here" };
  }
  if (!session.isPrivate) {
    return { code: 538, enhanced: "5.7.11", text: "must issue a STARTTLS command first" };
  }
  if (session.account) return { code: 503, enhanced: BAD_SEQUENCE, text: "already authenticated" };
  if (!["PLAIN", "LOGIN"].includes(command.mechanism) && !exchangeOf(session, command.mechanism)) {
    return { code: 504, enhanced: "5.5.4", text: "mechanism not supported" };
  }
  return null;
}

function exchangeOf(session: SmtpSession, mechanism: string): Exchange | null {
  return exchangeFor(session.context, session.connection, session.listener.protocol, mechanism);
}

/** SCRAM, tokens, certificates; what the client checks last comes as a challenge (RFC 4954 §4). */
async function onExchange(session: SmtpSession, exchange: Exchange, initial: string | null): Promise<void> {
  let account: Account | null;
  try {
    account = await exchange({
      initial: initial === null ? null : decodeInitialResponse(initial),
      challenge: async (message) => {
        const answer = await ask(session, message);
        return answer === null ? null : decodeBase64(answer);
      },
    });
  } catch (error) {
    if (error instanceof SyntaxError) return session.mistake(MALFORMED);
    if (error instanceof ConnectionClosed) throw error;
    return failed(session, undefined, error);
  }
  if (!account) return session.mistake(CANCELLED);
  session.logIn(account);
  session.reply(235, "2.7.0", "authentication succeeded");
}

async function plainCredentials(session: SmtpSession, initial: string | null): Promise<Credentials | Reply> {
  const response = initial ?? await ask(session, "");
  if (response === null) return CANCELLED;
  try {
    return parseSaslPlain(response);
  } catch (error) {
    if (error instanceof ActsForAnother) return OTHERS;
    if (error instanceof SyntaxError) return MALFORMED;
    throw error;
  }
}

/** LOGIN has no RFC but every Outlook; the prompts are the ones that clients match on. */
async function loginCredentials(session: SmtpSession, initial: string | null): Promise<Credentials | Reply> {
  const name = initial ?? await ask(session, "Username:");
  if (name === null) return CANCELLED;
  const password = await ask(session, "Password:");
  if (password === null) return CANCELLED;
  try {
    return { login: decodeBase64Text(name), password: decodeBase64Text(password) };
  } catch (error) {
    if (error instanceof SyntaxError) return MALFORMED;
    throw error;
  }
}

/** Sends a challenge and reads the answer; null when the client gave up with `*` or sent too much. */
async function ask(session: SmtpSession, challenge: string | Uint8Array): Promise<string | null> {
  session.reply(334, null, Buffer.from(challenge).toString("base64"));
  const line = await session.nextLine();
  if (line === null) throw new ConnectionClosed("the client went away");
  const text = fromLatin1(line.bytes);
  return line.tooLong || text === "*" ? null : text;
}

function failed(session: SmtpSession, login: string | undefined, error: unknown): void {
  const fault = asFault(error);
  const { connection, listener, log, context } = session;
  const fields = {
    protocol: listener.protocol,
    session: connection.id,
    ip: connection.remote.address,
    login,
  };
  context.metrics.count("login_failures", { protocol: listener.protocol });
  if (fault.code === "internal") log.error("login.failed", { ...fields, ...errorFields(fault) });
  else log.info("login.failed", { ...fields, reason: fault.code });
  if (fault.code === "denied") {
    session.mistake({ code: 535, enhanced: "5.7.8", text: "authentication credentials invalid" });
  } else {session.mistake({
      code: 454,
      enhanced: "4.7.0",
      text: "authentication is not possible now, try again later",
    });}
  if (++session.authFailures >= LIMITS.smtpAuthFailures) {
    session.end({ code: 421, enhanced: "4.7.0", text: "too many failed logins" });
  }
}
