import type { Account } from "../../actors/directory/contract.ts";
import { scramChoice, scramNames } from "../codec/text/scram.ts";
import type { Connection } from "../net/connection.ts";
import type { FrontendContext } from "./context.ts";
import { externalLogin, offersExternal } from "./external.ts";
import { tokenLogin, tokenMechanism, tokenMechanisms } from "./oauth.ts";
import { scramLogin } from "./scram.ts";

/** How a protocol carries the messages of a SASL mechanism (RFC 4422 §3). */
export interface Carrier {
  /** Sends a challenge; the client's answer, or null when it gives up. */
  challenge: (message: Uint8Array) => Promise<Uint8Array | null>;
  /** The client's first message, when it came with the command. */
  initial: Uint8Array | null;
  /** Takes the server's last word where that can travel with the answer; otherwise it is one more challenge. */
  last?: (message: Uint8Array) => void;
}

/**
 * Runs a mechanism. Null when the client gave up; SyntaxError for a broken message; Faults as of `verify` of the login
 * actor.
 */
export type Exchange = (carrier: Carrier) => Promise<Account | null>;

/** Mechanisms that may be offered on a private connection, beside those that bring a password. */
export function exchangeNames(context: FrontendContext, connection: Connection): string[] {
  return [
    ...scramNames(connection.tls?.endPoint),
    ...tokenMechanisms(context),
    ...offersExternal(connection) ? ["EXTERNAL"] : [],
  ];
}

/** The mechanism of that name; null when it is none of them. */
export function exchangeFor(
  context: FrontendContext,
  connection: Connection,
  protocol: string,
  name: string,
): Exchange | null {
  const who = { protocol, ip: connection.remote.address };
  const choice = scramChoice(name);
  if (choice) {
    return (carrier) =>
      scramLogin(context, { ...who, ...carrier, choice, endPoint: connection.tls?.endPoint });
  }
  const mechanism = tokenMechanism(context, name);
  if (mechanism) {
    const serverName = connection.tls?.serverName ?? null;
    return (carrier) => tokenLogin(context, { ...who, ...carrier, mechanism, serverName });
  }
  if (name === "EXTERNAL" && offersExternal(connection)) {
    const addresses = connection.tls?.clientAddresses ?? [];
    return (carrier) => externalLogin(context, { ...who, ...carrier, addresses });
  }
  return null;
}
