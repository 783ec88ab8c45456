import { Buffer } from "node:buffer";

/** Name and password of a login. */
export interface Credentials {
  login: string;
  password: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Text of strict base64 (RFC 4648 §4) holding UTF-8. Throws `SyntaxError`. */
export function decodeBase64Text(base64: string): string {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+\/]*={0,2}$/.test(base64)) throw new SyntaxError("not base64");
  try {
    return utf8.decode(Buffer.from(base64, "base64"));
  } catch {
    throw new SyntaxError("not UTF-8");
  }
}

/**
 * The PLAIN message, RFC 4616 §2: `[authzid] NUL authcid NUL passwd`, in base64. Throws `SyntaxError` also when
 * somebody else's identity is asked for: nobody may act for another here.
 */
export function parseSaslPlain(base64: string): Credentials {
  const parts = decodeBase64Text(base64).split("\0");
  if (parts.length !== 3) throw new SyntaxError("PLAIN needs three parts");
  const [identity, login, password] = parts;
  if (identity !== "" && identity !== login) throw new SyntaxError("acting for another is not allowed");
  return { login, password };
}
