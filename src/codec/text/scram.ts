import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { concat, utf8 } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import { decodeBase64, encodeBase64 } from "./sasl.ts";

/** The mechanisms of RFC 7677 and RFC 5802, the stronger one first. */
export const SCRAM_MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1"] as const;

/** One of them. */
export type ScramMechanism = typeof SCRAM_MECHANISMS[number];

/** What a server keeps instead of a password (RFC 5802 §3): it proves a login but cannot log in. */
export interface ScramKeys {
  iterations: number;
  salt: Uint8Array;
  storedKey: Uint8Array;
  serverKey: Uint8Array;
}

/** The client's first message. */
export interface ClientFirst {
  /** Who it wants to act as; empty when the same. */
  authzid: string;
  login: string;
  nonce: string;
  /** Channel binding: none, one that the server is thought not to have, or asked for. */
  flag: "n" | "y" | "p";
  /** `n,a=…,`: comes back in the client's last message (RFC 5802 §6). */
  header: string;
  /** Without the header. */
  bare: string;
}

/** The client's last message. */
export interface ClientFinal {
  /** The header in base64, as the client sent it. */
  channel: string;
  nonce: string;
  proof: Uint8Array;
  /** Everything before the proof. */
  bare: string;
}

const HASHES: Record<ScramMechanism, { name: string; bytes: number }> = {
  "SCRAM-SHA-256": { name: "sha256", bytes: 32 },
  "SCRAM-SHA-1": { name: "sha1", bytes: 20 },
};

/** `gs2-cbind-flag "," [authzid] ","`, then the bare message (RFC 5802 §7). One binding (RFC 5929 §4), no mandatory extension. */
const CLIENT_FIRST =
  /^((n|y|p=tls-server-end-point),(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]+)*)$/;
const CLIENT_FINAL =
  /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]+)*),p=([A-Za-z0-9+/=]+)$/;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A mechanism, and whether the login is bound to the channel. */
export interface ScramChoice {
  mechanism: ScramMechanism;
  plus: boolean;
}

/** Which mechanism a name means; null for others. */
export function scramChoice(name: string): ScramChoice | null {
  const [, base, plus] = /^(.*?)(-PLUS)?$/.exec(name.toUpperCase())!;
  const mechanism = SCRAM_MECHANISMS.find((known) => known === base);
  return mechanism && !(plus && mechanism === "SCRAM-SHA-1") ? { mechanism, plus: plus !== undefined } : null;
}

/** The names to offer; the one with channel binding where the server's certificate is known. */
export function scramNames(endPoint: Uint8Array | undefined): string[] {
  return endPoint ? ["SCRAM-SHA-256-PLUS", ...SCRAM_MECHANISMS] : [...SCRAM_MECHANISMS];
}

/** What stands in the client's last message for the channel: its header, and the binding if it asked for one. */
export function channelOf({ flag, header }: ClientFirst, endPoint: Uint8Array | undefined): string {
  return encodeBase64(flag === "p" && endPoint ? concat([utf8(header), endPoint]) : header);
}

/** Parses the client's first message (RFC 5802 §5.1, §7). Throws SyntaxError. */
export function parseClientFirst(message: Uint8Array): ClientFirst {
  const found = CLIENT_FIRST.exec(messageText(message));
  if (!found) throw new SyntaxError("bad first message");
  const [, header, flag, authzid, bare, login, nonce] = found;
  if (nonce.length > LIMITS.scramNonceChars) throw new SyntaxError("nonce too long");
  return {
    authzid: saslName(authzid ?? ""),
    login: saslName(login),
    nonce,
    flag: flag[0] as ClientFirst["flag"],
    header,
    bare,
  };
}

/** The server's first message. */
export function formatServerFirst(
  nonce: string,
  { salt, iterations }: Omit<ScramKeys, "storedKey" | "serverKey">,
): string {
  return `r=${nonce},s=${encodeBase64(salt)},i=${iterations}`;
}

/** Parses the client's last message. Throws SyntaxError. */
export function parseClientFinal(message: Uint8Array): ClientFinal {
  const found = CLIENT_FINAL.exec(messageText(message));
  if (!found) throw new SyntaxError("bad last message");
  const [, bare, channel, nonce, proof] = found;
  return { channel, nonce, proof: decodeBase64(proof), bare };
}

/** The keys of a password (RFC 5802 §3). */
export function scramKeys(
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array,
  iterations: number,
): ScramKeys {
  const { name, bytes } = HASHES[mechanism];
  const salted = pbkdf2Sync(utf8(saslPrep(password)), salt, iterations, bytes, name);
  const hmac = (text: string) => createHmac(name, salted).update(text).digest();
  const storedKey = createHash(name).update(hmac("Client Key")).digest();
  return {
    iterations,
    salt,
    storedKey: new Uint8Array(storedKey),
    serverKey: new Uint8Array(hmac("Server Key")),
  };
}

/** Whether the proof shows that the client knows the password; the same time for all proofs of the right length. */
export function isProof(
  mechanism: ScramMechanism,
  { storedKey }: ScramKeys,
  authMessage: string,
  proof: Uint8Array,
): boolean {
  const { name, bytes } = HASHES[mechanism];
  if (proof.length !== bytes) return false;
  const signature = createHmac(name, storedKey).update(authMessage).digest();
  const clientKey = proof.map((byte, i) => byte ^ signature[i]);
  return timingSafeEqual(createHash(name).update(clientKey).digest(), storedKey);
}

/** The client's proof, for clients and tests. */
export function scramProof(
  mechanism: ScramMechanism,
  password: string,
  keys: ScramKeys,
  authMessage: string,
): Uint8Array {
  const { name, bytes } = HASHES[mechanism];
  const salted = pbkdf2Sync(utf8(saslPrep(password)), keys.salt, keys.iterations, bytes, name);
  const clientKey = new Uint8Array(createHmac(name, salted).update("Client Key").digest());
  const signature = createHmac(name, keys.storedKey).update(authMessage).digest();
  return clientKey.map((byte, i) => byte ^ signature[i]);
}

/** What shows the client that the server knows its keys. */
export function serverSignature(
  mechanism: ScramMechanism,
  { serverKey }: ScramKeys,
  authMessage: string,
): Uint8Array {
  return new Uint8Array(createHmac(HASHES[mechanism].name, serverKey).update(authMessage).digest());
}

/** Keys as text: `SCRAM-SHA-256$100000$salt$stored$server`. */
export function formatScramKeys(mechanism: ScramMechanism, keys: ScramKeys): string {
  const parts = [keys.salt, keys.storedKey, keys.serverKey].map(encodeBase64);
  return [mechanism, keys.iterations, ...parts].join("$");
}

/** The keys of one mechanism in a list of such texts with spaces between; null when it is not there. */
export function parseScramKeys(text: string, mechanism: ScramMechanism): ScramKeys | null {
  const found = text.split(" ").map((one) => one.split("$")).find(([name]) => name === mechanism);
  if (!found || found.length !== 5) return null;
  const [salt, storedKey, serverKey] = found.slice(2).map(decodeBase64);
  return { iterations: Number(found[1]), salt, storedKey, serverKey };
}

/** SASLprep without its tables of prohibited characters, which no password here holds (RFC 4013 §2.1, §2.2). */
export function saslPrep(text: string): string {
  return text.replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g, " ")
    .replace(/[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g, "").normalize("NFKC");
}

/** `=2C` is a comma and `=3D` an equals sign; no other equals sign may stand in a name (RFC 5802 §5.1). */
function saslName(text: string): string {
  const name = text.replace(/=2C|=3D/g, (code) => code === "=2C" ? "," : "\u0000");
  if (name.includes("=")) throw new SyntaxError("bad name");
  return name.replaceAll("\u0000", "=");
}

function messageText(message: Uint8Array): string {
  let text: string;
  try {
    text = strictUtf8.decode(message);
  } catch {
    throw new SyntaxError("SASL text is not UTF-8");
  }
  if (/\p{Cc}/u.test(text)) throw new SyntaxError("control character in a message");
  return text;
}
