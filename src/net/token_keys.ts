import type { Clock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { LIMITS } from "../base/limits.ts";
import type { JsonObject, Jwt } from "../codec/text/jwt.ts";
import { askJson } from "./ask_json.ts";

/** Signatures that are taken (RFC 7518 §3.1, RFC 8037 §3.1): none that the holder of a public key could make. */
const ALGORITHMS: Readonly<
  Record<string, RsaPssParams & RsaHashedImportParams & EcKeyImportParams & EcdsaParams>
> = {
  RS256: rsa("RSASSA-PKCS1-v1_5", "SHA-256"),
  RS384: rsa("RSASSA-PKCS1-v1_5", "SHA-384"),
  RS512: rsa("RSASSA-PKCS1-v1_5", "SHA-512"),
  PS256: rsa("RSA-PSS", "SHA-256", 32),
  PS384: rsa("RSA-PSS", "SHA-384", 48),
  PS512: rsa("RSA-PSS", "SHA-512", 64),
  ES256: { ...rsa("ECDSA", "SHA-256"), namedCurve: "P-256" },
  ES384: { ...rsa("ECDSA", "SHA-384"), namedCurve: "P-384" },
  EdDSA: rsa("Ed25519", "SHA-512"),
};

function rsa(name: string, hash: string, saltLength = 0) {
  return { name, hash, saltLength, namedCurve: "" };
}

/** The keys of an issuer, fetched when they are needed and again when a token names one that is not there. */
export class TokenKeys {
  #keys: readonly JsonObject[] = [];
  #fetchedMs = -Infinity;
  #triedMs = -Infinity;
  #fetching: Promise<void> | null = null;

  /** `address` may have to be asked for itself. */
  constructor(private readonly clock: Clock, private readonly address: () => Promise<string>) {}

  /** Whether one of the keys has signed the token. Fault `unavailable` when there are none to look at. */
  async signed(token: Jwt): Promise<boolean> {
    const params = Object.hasOwn(ALGORITHMS, token.algorithm) ? ALGORITHMS[token.algorithm] : null;
    if (!params) return false;
    const age = this.clock.monotonicMs() - this.#fetchedMs;
    if (age > LIMITS.tokenKeysMs || !this.#candidates(token).length) await this.#refresh();
    for (const key of this.#candidates(token)) {
      if (await verifies(key, params, token)) return true;
    }
    return false;
  }

  #candidates({ keyId, algorithm }: Jwt): JsonObject[] {
    return this.#keys.filter(({ kid, alg, use }) =>
      (keyId === null || kid === undefined || kid === keyId) && (alg === undefined || alg === algorithm) &&
      (use === undefined || use === "sig")
    );
  }

  /** Strangers' tokens must not make us ask the issuer again and again. */
  async #refresh(): Promise<void> {
    const now = this.clock.monotonicMs();
    if (now - this.#triedMs >= LIMITS.tokenKeysRetryMs && !this.#fetching) {
      this.#triedMs = now;
      this.#fetching = this.#fetch().finally(() => this.#fetching = null);
    }
    try {
      await this.#fetching;
    } catch (error) {
      // Keys that are a little old are better than none.
      if (!this.#keys.length) throw error;
    }
    if (!this.#keys.length) throw new Fault("unavailable", "the issuer's keys are not at hand");
  }

  async #fetch(): Promise<void> {
    const { keys } = await askJson(await this.address());
    if (!Array.isArray(keys)) throw new Fault("unavailable", "the issuer's keys cannot be read");
    this.#keys = (keys as unknown[]).filter((key): key is JsonObject =>
      typeof key === "object" && key !== null
    )
      .slice(0, LIMITS.tokenKeys);
    this.#fetchedMs = this.clock.monotonicMs();
  }
}

async function verifies(key: JsonObject, params: typeof ALGORITHMS[string], token: Jwt): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("jwk", { ...key, key_ops: ["verify"] }, params, false, [
      "verify",
    ]);
    const strong = !("modulusLength" in imported.algorithm) ||
      Number(imported.algorithm.modulusLength) >= 2048;
    return strong && await crypto.subtle.verify(
      params,
      imported,
      Uint8Array.from(token.signature),
      Uint8Array.from(token.signed),
    );
  } catch (error) {
    // Another sort of key than the token's, or a broken one.
    if (error instanceof DOMException || error instanceof TypeError) return false;
    throw error;
  }
}
