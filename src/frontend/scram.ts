import type { Account } from "../../actors/directory/contract.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import { utf8 } from "../base/bytes.ts";
import { Fault } from "../base/fault.ts";
import {
  channelOf,
  formatServerFirst,
  parseClientFinal,
  parseClientFirst,
  type ScramChoice,
} from "../codec/text/scram.ts";
import { encodeBase64 } from "../codec/text/sasl.ts";
import type { FrontendContext } from "./context.ts";

/** Random octets of the server's half of the nonce. */
const NONCE_BYTES = 18;

/** One login by SCRAM: where it comes from and how the protocol carries its messages. */
export interface ScramLogin {
  choice: ScramChoice;
  /** What the channel can be bound to (RFC 5929 §4); undefined where it is not known. */
  endPoint: Uint8Array | undefined;
  protocol: string;
  ip: string;
  /** Sends a challenge; the client's answer, or null when it gives up. */
  challenge: (message: Uint8Array) => Promise<Uint8Array | null>;
  /** The client's first message, when it came with the command. */
  initial: Uint8Array | null;
  /** Takes the server's last message where it travels with the success instead of as a challenge (RFC 5804 §2.1). */
  last?: (message: Uint8Array) => void;
}

/**
 * SCRAM (RFC 5802 §5, RFC 7677), bound to TLS with -PLUS. Null when the client gave up; SyntaxError for a broken message;
 * Faults as of `verify`. The answer to the last challenge is empty: the client has checked the server's signature then.
 */
export async function scramLogin(context: FrontendContext, login: ScramLogin): Promise<Account | null> {
  const { choice: { mechanism, plus }, endPoint, protocol, ip, challenge } = login;
  const actor = context.system.ref<LoginContract>("login:main");
  const opening = login.initial ?? await challenge(new Uint8Array(0));
  if (!opening) return null;
  const first = parseClientFirst(opening);
  if ((first.flag === "p") !== plus || (plus && !endPoint)) throw new SyntaxError("channel binding differs");
  // The client thinks that no binding was offered: somebody between has taken it away (RFC 5802 §6).
  if (first.flag === "y" && endPoint) throw new Fault("denied", "channel binding is offered here");
  if (first.authzid && first.authzid !== first.login) {
    throw new Fault("denied", "acting for another is not allowed");
  }
  const who = { login: first.login, mechanism, protocol, ip };
  const { salt, iterations } = await actor.ask("scramBegin", who);
  const nonce = first.nonce + encodeBase64(context.random.bytes(NONCE_BYTES));
  const serverFirst = formatServerFirst(nonce, { salt, iterations });
  const closing = await challenge(utf8(serverFirst));
  if (!closing) return null;
  const last = parseClientFinal(closing);
  if (last.nonce !== nonce || last.channel !== channelOf(first, endPoint)) {
    throw new SyntaxError("nonce or channel binding differ");
  }
  const { account, signature } = await actor.ask("scramEnd", {
    ...who,
    authMessage: `${first.bare},${serverFirst},${last.bare}`,
    proof: last.proof,
  });
  const signed = utf8(`v=${encodeBase64(signature)}`);
  if (login.last) {
    login.last(signed);
    return account;
  }
  const done = await challenge(signed);
  if (!done) return null;
  if (done.length) throw new SyntaxError("nothing was expected");
  return account;
}
