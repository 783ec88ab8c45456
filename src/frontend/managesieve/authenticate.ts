import type { Account } from "../../../actors/directory/contract.ts";
import type { LoginContract } from "../../../actors/login/contract.ts";
import { Fault } from "../../base/fault.ts";
import { LIMITS } from "../../base/limits.ts";
import { parseSaslAnswer } from "../../codec/managesieve/command.ts";
import { formatString } from "../../codec/managesieve/response.ts";
import {
  decodeBase64,
  encodeBase64,
  LOGIN_PROMPTS,
  parseLoginAnswer,
  parsePlain,
} from "../../codec/text/sasl.ts";
import { type Exchange, exchangeFor } from "../exchanges.ts";
import type { CommandOf } from "./commands.ts";
import { nextParts } from "./input.ts";
import { no, ok, type Reply } from "./reply.ts";
import { SessionEnded, type SieveSession } from "./session.ts";

/** What a mechanism came to: who it is, or null when the client gave up; and the name it used, for the log. */
interface Proof {
  account: Account | null;
  /** The server's last word of SASL, which travels with the OK. */
  last?: Uint8Array;
}

/** AUTHENTICATE (RFC 5804 §2.1): PLAIN (RFC 4616), the old LOGIN, and what sends no password. */
export async function onAuthenticate(
  session: SieveSession,
  { mechanism, initial }: CommandOf<"AUTHENTICATE">,
): Promise<Reply> {
  const { context } = session;
  if (context.sieveReferral) {
    // RFC 5804 §4 has a bare URL here; every client in use reads a string.
    const code = `REFERRAL ${formatString(context.sieveReferral)}`;
    return { status: "BYE", code, text: "scripts are managed on another server" };
  }
  if (!session.private) return no("say STARTTLS first", "ENCRYPT-NEEDED");
  const exchange = exchangeFor(context, session.connection, "managesieve", mechanism);
  const prove = MECHANISMS.get(mechanism) ?? (exchange && proofBy(exchange));
  if (!prove) return no("mechanism is not supported");
  try {
    const { account, last } = await prove(session, initial);
    if (!account) return no("authentication cancelled");
    session.logIn(account);
    session.authFailures = 0;
    session.log.info("managesieve.login", {
      account: account.address,
      tls: session.connection.tls?.version ?? null,
    });
    context.metrics.count("logins", { protocol: "managesieve" });
    // RFC 5804 §2.1; no text beside the code, as clients expect it at the end of the line.
    return last ? ok("", `SASL ${formatString(encodeBase64(last))}`) : ok("logged in");
  } catch (error) {
    return refused(session, error);
  }
}

type Mechanism = (session: SieveSession, initial: string | null) => Promise<Proof>;

const MECHANISMS: ReadonlyMap<string, Mechanism> = new Map<string, Mechanism>([
  ["PLAIN", plain],
  ["LOGIN", login],
]);

async function plain(session: SieveSession, initial: string | null): Promise<Proof> {
  const message = initial === null ? await challenge(session, "") : decodeBase64(initial);
  if (!message) return { account: null };
  const { authzid, authcid, password } = parsePlain(message);
  if (authzid && authzid !== authcid) throw new Fault("denied", "acting for another is not allowed");
  return await verify(session, authcid, password);
}

async function login(session: SieveSession, initial: string | null): Promise<Proof> {
  const name = initial === null ? await challenge(session, LOGIN_PROMPTS[0]) : decodeBase64(initial);
  if (!name) return { account: null };
  const password = await challenge(session, LOGIN_PROMPTS[1]);
  if (!password) return { account: null };
  return await verify(session, parseLoginAnswer(name), parseLoginAnswer(password));
}

async function verify(session: SieveSession, name: string, password: string): Promise<Proof> {
  return await session.context.system.ref<LoginContract>("login:main").ask("verify", {
    login: name,
    password,
    protocol: "managesieve",
    ip: session.connection.remote.address,
  });
}

function proofBy(exchange: Exchange): Mechanism {
  return async (session, initial) => {
    const proof: Proof = { account: null };
    proof.account = await exchange({
      initial: initial === null ? null : decodeBase64(initial),
      challenge: (message) => challenge(session, message),
      last: (message) => void (proof.last = message),
    });
    return proof;
  };
}

/** Sends a challenge; the client's answer, or null when it cancels with `*`. */
async function challenge(session: SieveSession, prompt: string | Uint8Array): Promise<Uint8Array | null> {
  session.write(`${formatString(encodeBase64(prompt))}\r\n`);
  const parts = await nextParts(session);
  if (parts === null) throw new SessionEnded("connection ended");
  session.releaseLiterals();
  const answer = parseSaslAnswer(parts);
  return answer === "*" ? null : decodeBase64(answer);
}

/** The answer to a login that failed; what is no matter of the login goes on upwards. */
function refused(session: SieveSession, error: unknown): Reply {
  const broken = error instanceof SyntaxError;
  if (!broken && (!(error instanceof Fault) || error.code === "internal")) throw error;
  const reason = broken ? "invalid" : error.code;
  session.log.info("managesieve.login_failed", { reason });
  session.context.metrics.count("login_failures", { protocol: "managesieve" });
  if (++session.authFailures >= LIMITS.manageSieveAuthFailures) {
    return { status: "BYE", code: null, text: "too many failed logins" };
  }
  if (broken) return no("cannot decode the response");
  if (error.code === "denied") return no("wrong name or password");
  if (error.code === "limit") return no("too many failed logins, try later", "TRYLATER");
  return no("cannot check the password now, try later", "TRYLATER");
}
