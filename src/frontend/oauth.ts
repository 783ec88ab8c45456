import type { Account } from "../../actors/directory/contract.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import { utf8 } from "../base/bytes.ts";
import { Fault } from "../base/fault.ts";
import { parseOauthBearer, parseXoauth2 } from "../codec/text/sasl_oauth.ts";
import type { TokenVerifier } from "../net/token_issuer.ts";
import type { FrontendContext } from "./context.ts";

const PARSERS = { OAUTHBEARER: parseOauthBearer, XOAUTH2: parseXoauth2 } as const;

/** Mechanisms by which a token is shown. */
export type TokenMechanism = keyof typeof PARSERS;

/** The mechanism of that name, when tokens of some issuer are taken. */
export function tokenMechanism(context: FrontendContext, name: string): TokenMechanism | null {
  return context.tokens && Object.hasOwn(PARSERS, name) ? name as TokenMechanism : null;
}

/** Mechanisms to offer. */
export function tokenMechanisms(context: FrontendContext): readonly string[] {
  return context.tokens ? Object.keys(PARSERS) : [];
}

/** One login by a token: where it comes from and how the protocol carries its messages. */
export interface TokenLogin {
  mechanism: TokenMechanism;
  protocol: string;
  ip: string;
  /** The name of this server that the client asked for by TLS. */
  serverName: string | null;
  /** Sends a challenge; the client's answer, or null when it gives up. */
  challenge: (message: Uint8Array) => Promise<Uint8Array | null>;
  /** The client's message, when it came with the command. */
  initial: Uint8Array | null;
}

/**
 * OAUTHBEARER (RFC 7628) and the XOAUTH2 before it. Null when the client gave up; SyntaxError for a broken message; Faults
 * as of `verify`. A token that does not hold is answered with the reason, which the client has to acknowledge (§3.2.3).
 */
export async function tokenLogin(context: FrontendContext, login: TokenLogin): Promise<Account | null> {
  const { mechanism, protocol, ip, challenge } = login;
  const tokens = context.tokens!;
  const message = login.initial ?? await challenge(new Uint8Array(0));
  if (!message) return null;
  const { authzid, token, host } = PARSERS[mechanism](message);
  const actor = context.system.ref<LoginContract>("login:main");
  try {
    const name = await tokens.verify(token).catch((error) => {
      if (error instanceof Fault && error.code === "denied") {
        context.log.info("login.token", { protocol, ip, reason: error.message });
        return null;
      }
      throw error;
    });
    const mine = name !== null && isHere(host, login.serverName, context.hostname) ? name : null;
    const { account } = await actor.ask("vouch", { login: mine, protocol, ip });
    const same = authzid === "" ||
      [account.address, mine].some((one) => one?.toLowerCase() === authzid.toLowerCase());
    if (!same) throw new Fault("denied", "acting for another is not allowed");
    return account;
  } catch (error) {
    if (error instanceof Fault && error.code === "denied") {
      await challenge(utf8(JSON.stringify(reasonFor(mechanism, tokens))));
    }
    throw error;
  }
}

/** RFC 7628 §3.2: a host that is told must be the one that was asked for. */
function isHere(host: string | null, serverName: string | null, hostname: string): boolean {
  if (host === null || serverName === null) return true;
  return [serverName, hostname].some((name) => name.toLowerCase() === host.toLowerCase());
}

/** RFC 7628 §3.2.2; XOAUTH2 tells an HTTP status and a scheme instead. */
function reasonFor(
  mechanism: TokenMechanism,
  { scope, configuration }: TokenVerifier,
): Record<string, string> {
  const scoped: Record<string, string> = scope === null ? {} : { scope };
  return mechanism === "XOAUTH2"
    ? { status: "401", schemes: "bearer", ...scoped }
    : { status: "invalid_token", ...scoped, "openid-configuration": configuration };
}
