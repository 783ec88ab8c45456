import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { ActorRef, StatelessContext } from "../../src/actor/actor.ts";
import { utf8 } from "../../src/base/bytes.ts";
import { Fault } from "../../src/base/fault.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { isProof, parseScramKeys, type ScramKeys, serverSignature } from "../../src/codec/text/scram.ts";
import type { DirectoryContract } from "../directory/contract.ts";
import type { LoginContract } from "./contract.ts";

type Credentials = NonNullable<DirectoryContract["credentials"]["reply"]>;
type Begin = LoginContract["scramBegin"]["request"];
type End = LoginContract["scramEnd"];

const SALT_BYTES = 16;
const BINDING_BYTES = 12;

/** The throttle of logins, as SCRAM needs it. */
export interface ScramGuard {
  /** Throws when this client or account has failed too often. */
  admit(account: string, ip: string): void;
  failed(account: string, found: Credentials | null, request: { protocol: string; ip: string }): void;
  succeeded(account: string, ip: string): void;
}

/**
 * SCRAM keys beside a password's hash, in one text with the hash they belong to: when a password changes on one server
 * and keys of the old one come from the other, they are no good.
 */
export function bindKeys(passwordHash: string, keys: string): string {
  return `${bindingOf(passwordHash)} ${keys}`;
}

/** Whether there are keys of just this hash. */
export function areBound({ passwordHash, scram }: Pick<Credentials, "passwordHash" | "scram">): boolean {
  const binding = utf8(scram?.split(" ")[0] ?? "");
  const wanted = utf8(bindingOf(passwordHash));
  return binding.length === wanted.length && timingSafeEqual(binding, wanted);
}

function bindingOf(passwordHash: string): string {
  return createHash("sha256").update(passwordHash).digest().subarray(0, BINDING_BYTES).toString("base64");
}

/** The two steps of a login by SCRAM (RFC 5802 §5). Nothing is kept between them. */
export function scramHandlers(
  { random }: StatelessContext,
  directory: ActorRef<DirectoryContract>,
  guard: ScramGuard,
) {
  /** For a server without accounts, whose directory has no key yet. */
  const ownKey = random.bytes(32);

  /** Keys of the account; made up, always the same for a name, where there are none (RFC 5802 §9). */
  async function look({ login, mechanism }: Pick<Begin, "login" | "mechanism">) {
    const found = await directory.ask("credentials", { login });
    const account = found?.account.id ?? `?${login.slice(0, 320).toLowerCase()}`;
    const keys = found && areBound(found) ? parseScramKeys(found.scram!, mechanism) : null;
    const { key } = await directory.ask("decoyKey", {}); // asked for in any case: both take the same time
    const decoy = makeUp(key === null ? ownKey : utf8(key), `${mechanism} ${login.toLowerCase()}`);
    return { found: keys && found, account, keys: keys ?? decoy };
  }

  async function scramBegin(request: Begin): Promise<{ salt: Uint8Array; iterations: number }> {
    const { account, keys } = await look(request);
    guard.admit(account, request.ip);
    return { salt: keys.salt, iterations: keys.iterations };
  }

  async function scramEnd(request: End["request"]): Promise<End["reply"]> {
    const { mechanism, authMessage, proof, ip } = request;
    const { found, account, keys } = await look(request);
    guard.admit(account, ip);
    const right = isProof(mechanism, keys, authMessage, proof);
    if (!right || !found) {
      guard.failed(account, found, request);
      throw new Fault("denied", "wrong user name or password");
    }
    guard.succeeded(account, ip);
    return { account: found.account, signature: serverSignature(mechanism, keys, authMessage) };
  }

  return { scramBegin, scramEnd };
}

function makeUp(key: Uint8Array, name: string): ScramKeys {
  const digest = (what: string) =>
    new Uint8Array(createHmac("sha256", key).update(`scram ${what} ${name}`).digest());
  return {
    iterations: LIMITS.scramIterations,
    salt: digest("salt").subarray(0, SALT_BYTES),
    storedKey: digest("stored").subarray(0, name.startsWith("SCRAM-SHA-1 ") ? 20 : 32),
    serverKey: digest("server"),
  };
}
