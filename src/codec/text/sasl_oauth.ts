import { fromLatin1 } from "../../base/bytes.ts";

/** What a client says by OAUTHBEARER or XOAUTH2. */
export interface BearerMessage {
  /** Who it wants to act as; empty when it does not say. */
  authzid: string;
  token: string;
  /** The host that it connected to; null when it does not say. */
  host: string | null;
}

/** Ends each pair of key and value. */
const END = "\x01";

/** `b64token` (RFC 6750 §2.1), as much of it as fits in a command. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,12000}=*)$/i;

/** `n,a=user,^Ahost=…^Aport=…^Aauth=Bearer …^A^A` (RFC 7628 §3.1). Throws SyntaxError. */
export function parseOauthBearer(message: Uint8Array): BearerMessage {
  const text = fromLatin1(message);
  const match = /^[ny],(?:a=([^,\x01]+))?,\x01([^]*)\x01$/.exec(text);
  if (!match) throw new SyntaxError("not an OAUTHBEARER message");
  const pairs = parsePairs(match[2]);
  const authzid = (match[1] ?? "").replace(/=2C/g, ",").replace(/=3D/g, "=");
  return { authzid, token: tokenOf(pairs), host: pairs.get("host") ?? null };
}

/** `user=…^Aauth=Bearer …^A^A`, which has no RFC. Throws SyntaxError. */
export function parseXoauth2(message: Uint8Array): BearerMessage {
  const text = fromLatin1(message);
  if (!text.endsWith(END + END)) throw new SyntaxError("not an XOAUTH2 message");
  const pairs = parsePairs(text.slice(0, -1));
  return { authzid: pairs.get("user") ?? "", token: tokenOf(pairs), host: null };
}

/** Pairs each of which has its end; those of unknown keys do no harm. */
function parsePairs(text: string): Map<string, string> {
  if (text !== "" && !text.endsWith(END)) throw new SyntaxError("a pair has no end");
  const pairs = new Map<string, string>();
  for (const pair of text.split(END).slice(0, -1)) {
    const match = /^([A-Za-z]+)=([^\x00]*)$/.exec(pair);
    if (!match || pairs.has(match[1])) throw new SyntaxError("not a pair of key and value");
    pairs.set(match[1], match[2]);
  }
  return pairs;
}

function tokenOf(pairs: ReadonlyMap<string, string>): string {
  const token = BEARER.exec(pairs.get("auth") ?? "")?.[1];
  if (token === undefined) throw new SyntaxError("no bearer token");
  return token;
}
