import type { Account } from "../../actors/directory/contract.ts";
import type { LoginContract } from "../../actors/login/contract.ts";
import { Fault } from "../base/fault.ts";
import type { Connection } from "../net/connection.ts";
import type { FrontendContext } from "./context.ts";

/** One login by the certificate that the client has shown. */
export interface ExternalLogin {
  /** Addresses that the certificate names. */
  addresses: readonly string[];
  protocol: string;
  ip: string;
  challenge: (message: Uint8Array) => Promise<Uint8Array | null>;
  initial: Uint8Array | null;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** EXTERNAL is offered to clients whose certificate names an address, and to no others (RFC 4422 §A). */
export function offersExternal(connection: Connection): boolean {
  return (connection.tls?.clientAddresses ?? []).length > 0;
}

/**
 * EXTERNAL (RFC 4422 §A): the client is whom its certificate names. With several addresses it says which one; without a
 * word the first one counts. Null when it gives up; SyntaxError for what is not UTF-8; Faults as of `verify`.
 */
export async function externalLogin(context: FrontendContext, login: ExternalLogin): Promise<Account | null> {
  const { addresses, protocol, ip } = login;
  const answer = login.initial ?? await login.challenge(new Uint8Array(0));
  if (!answer) return null;
  const wanted = decode(answer);
  const mine = wanted === ""
    ? addresses[0]
    : addresses.find((one) => one.toLowerCase() === wanted.toLowerCase());
  if (mine === undefined) throw new Fault("denied", "acting for another is not allowed");
  const { account } = await context.system.ref<LoginContract>("login:main").ask("vouch", {
    login: mine,
    protocol,
    ip,
  });
  return account;
}

function decode(bytes: Uint8Array): string {
  try {
    const text = strictUtf8.decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Falls through.
  }
  throw new SyntaxError("the identity is not UTF-8");
}
