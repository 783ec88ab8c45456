import { LIMITS } from "../../base/limits.ts";
import {
  decodeBase64,
  decodeInitialResponse,
  encodeBase64,
  LOGIN_PROMPTS,
  parseLoginAnswer,
  parsePlain,
} from "../../codec/text/sasl.ts";
import { exchangeFor } from "../exchanges.ts";
import type { CommandHandler } from "./command.ts";
import { readLine } from "./input.ts";
import { enter, logIn, refusePlaintext } from "./login.ts";
import { bad, no, type Reply } from "./reply.ts";
import { type Session, SessionEnded } from "./session.ts";

/** AUTHENTICATE (RFC 9051 §6.2.2) with SASL-IR; PLAIN (RFC 4616), the old LOGIN, and what sends no
 * password. */
export const authenticate: CommandHandler = async (session, args): Promise<Reply> => {
  args.space();
  const mechanism = args.atom().toUpperCase();
  const initial = args.accept(" ") ? args.astring() : null;
  args.end();
  const refusal = refusePlaintext(session);
  if (refusal) return refusal;
  if (mechanism === "PLAIN") return await plain(session, initial);
  const exchange = exchangeFor(session.context, session.connection, "imap", mechanism);
  if (exchange) {
    return await enter(session, null, () =>
      exchange({
        challenge: (message) => challenge(session, message),
        initial: initial === null ? null : decodeInitialResponse(initial),
      }));
  }
  if (mechanism === "LOGIN") return await loginMechanism(session, initial);
  return no("Unknown mechanism", "CANNOT");
};

async function plain(session: Session, initial: string | null): Promise<Reply> {
  const answer = initial === null ? await challenge(session, "") : decodeInitialResponse(initial);
  if (!answer) return bad("Authentication cancelled");
  const { authzid, authcid, password } = parsePlain(answer);
  if (authzid && authzid !== authcid) return no("May not act for another user", "AUTHORIZATIONFAILED");
  return logIn(session, authcid, password);
}

async function loginMechanism(session: Session, initial: string | null): Promise<Reply> {
  const name = initial === null ? await challenge(session, LOGIN_PROMPTS[0]) : decodeInitialResponse(initial);
  if (!name) return bad("Authentication cancelled");
  const password = await challenge(session, LOGIN_PROMPTS[1]);
  if (!password) return bad("Authentication cancelled");
  return logIn(session, parseLoginAnswer(name), parseLoginAnswer(password));
}

/** Sends a challenge; the client's answer, or null when it cancels with `*`. */
async function challenge(session: Session, prompt: string | Uint8Array): Promise<Uint8Array | null> {
  session.write(`+ ${encodeBase64(prompt)}\r\n`);
  const line = await readLine(session, LIMITS.imapUnauthenticatedMs);
  if (line === null) throw new SessionEnded("connection ended");
  return line === "*" ? null : decodeBase64(line);
}
