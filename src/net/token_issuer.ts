import type { Clock } from "../base/clock.ts";
import { Fault } from "../base/fault.ts";
import { type JsonObject, type Jwt, parseJwt } from "../codec/text/jwt.ts";
import { encodeBase64 } from "../codec/text/sasl.ts";
import { askJson } from "./ask_json.ts";
import { TokenKeys } from "./token_keys.ts";

/** Who issues tokens, and what holds of those that are taken. */
export interface IssuerSettings {
  issuer: string;
  audience: string;
  scope: string | null;
  claim: string;
  keys: string | null;
  introspection: { url: string; clientId: string; clientSecret: string } | null;
}

/** Says whose token it is. */
export interface TokenVerifier {
  /** The scope that clients must ask for, and where they learn how; as they are told (RFC 7628 §3.2.2). */
  readonly scope: string | null;
  readonly configuration: string;
  /** The login name. Faults: `denied` for a token that does not hold, `unavailable` when nobody can say. */
  verify(token: string): Promise<string>;
}

/** Clocks of issuers may differ so much. */
const SKEW_S = 60;

/** Checks tokens by the issuer's keys (RFC 7519, RFC 8725) or by asking it (RFC 7662). */
export function createTokenVerifier(settings: IssuerSettings, clock: Clock): TokenVerifier {
  const configuration = `${settings.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const keys = new TokenKeys(clock, async () => {
    if (settings.keys !== null) return settings.keys;
    const { jwks_uri, issuer } = await askJson(configuration);
    if (issuer !== settings.issuer || typeof jwks_uri !== "string" || !isSafe(jwks_uri, settings.issuer)) {
      throw new Fault("unavailable", "the issuer's configuration cannot be used");
    }
    return jwks_uri;
  });
  return {
    scope: settings.scope,
    configuration,
    async verify(token) {
      const { introspection } = settings;
      const claims = introspection ? await introspect(introspection, token) : await signedClaims(keys, token);
      checkClaims(claims, settings, clock.nowMs() / 1000);
      const login = claims[settings.claim];
      if (
        typeof login !== "string" || !login || (settings.claim === "email" && claims.email_verified === false)
      ) {
        throw new Fault("denied", "the token names nobody");
      }
      return login;
    },
  };
}

/** Keys come over TLS, or from where the issuer itself is on this machine. */
function isSafe(address: string, issuer: string): boolean {
  return URL.canParse(address) &&
    (new URL(address).protocol === "https:" || new URL(address).hostname === new URL(issuer).hostname);
}

async function signedClaims(keys: TokenKeys, token: string): Promise<JsonObject> {
  let jwt: Jwt;
  try {
    jwt = parseJwt(token);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw new Fault("denied", "not a signed token");
    }
    throw error;
  }
  if (!await keys.signed(jwt)) throw new Fault("denied", "the token's signature does not hold");
  if (typeof jwt.claims.exp !== "number") throw new Fault("denied", "the token has no end");
  return jwt.claims;
}

async function introspect(
  { url, clientId, clientSecret }: NonNullable<IssuerSettings["introspection"]>,
  token: string,
): Promise<JsonObject> {
  // RFC 6749 §2.3.1: both go as in a form before they are joined.
  const secret = [clientId, clientSecret].map(encodeURIComponent).join(":");
  const claims = await askJson(url, {
    method: "POST",
    headers: {
      authorization: `Basic ${encodeBase64(secret)}`,
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: new URLSearchParams({ token, token_type_hint: "access_token" }).toString(),
  });
  if (claims.active !== true) throw new Fault("denied", "the token is not active");
  return claims;
}

/** RFC 7519 §4.1; an introspection answers for the issuer and for the time by itself (RFC 7662 §2.2). */
function checkClaims(claims: JsonObject, settings: IssuerSettings, nowS: number): void {
  const { iss, aud, exp, nbf, scope } = claims;
  const asked = settings.introspection !== null;
  const audiences = Array.isArray(aud) ? aud as unknown[] : [aud];
  const scopes = typeof scope === "string"
    ? scope.split(" ")
    : Array.isArray(scope)
    ? scope as unknown[]
    : [];
  const wrong = iss !== settings.issuer && !(asked && iss === undefined)
    ? "it is of another issuer"
    : !audiences.includes(settings.audience)
    ? "it is for somebody else"
    : exp !== undefined && !(typeof exp === "number" && exp > nowS - SKEW_S)
    ? "it has expired"
    : nbf !== undefined && !(typeof nbf === "number" && nbf <= nowS + SKEW_S)
    ? "it does not hold yet"
    : settings.scope !== null && !scopes.includes(settings.scope)
    ? "it has another scope"
    : null;
  if (wrong) throw new Fault("denied", `the token does not hold here: ${wrong}`);
}
