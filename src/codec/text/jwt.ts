import { utf8 } from "../../base/bytes.ts";

/** Claims, or a key of a set, as they came: nothing about them is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A signed token taken apart (RFC 7519 §3, RFC 7515 §3.1); nothing is checked yet. */
export interface Jwt {
  algorithm: string;
  /** Which of the issuer's keys; null when the token does not say. */
  keyId: string | null;
  claims: JsonObject;
  /** The octets that are signed. */
  signed: Uint8Array;
  signature: Uint8Array;
}

/** Three parts of base64url. */
const TOKEN = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Takes a token apart. Throws SyntaxError, also for extensions that must be understood (RFC 7515 §4.1.11). */
export function parseJwt(token: string): Jwt {
  const match = TOKEN.exec(token);
  if (!match) throw new SyntaxError("not a signed token");
  const header = parseObject(decodeBase64Url(match[1]));
  const { alg, kid } = header;
  if (typeof alg !== "string" || "crit" in header) throw new SyntaxError("the token's header is not known");
  return {
    algorithm: alg,
    keyId: typeof kid === "string" ? kid : null,
    claims: parseObject(decodeBase64Url(match[2])),
    signed: utf8(`${match[1]}.${match[2]}`),
    signature: decodeBase64Url(match[3]),
  };
}

/** Octets of base64url without padding (RFC 7515 §2). */
function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
}

function parseObject(bytes: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("not an object");
  }
  return value as JsonObject;
}
