import { Buffer } from "node:buffer";
import { utf8 } from "../../base/bytes.ts";

/** Longest base64 answer that is decoded; names and passwords are far shorter (RFC 4616 §2: at most 255 octets each). */
const BASE64_CHARS = 16 * 1024;
const NUL = 0;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What a client says of itself by PLAIN. */
export interface PlainMessage {
  /** Who it wants to act as; empty when the same. */
  authzid: string;
  authcid: string;
  password: string;
}

/**
 * `[authzid] NUL authcid NUL password` in UTF-8 (RFC 4616 §2). Throws SyntaxError, also when name or password is
 * missing.
 */
export function parsePlain(message: Uint8Array): PlainMessage {
  const first = message.indexOf(NUL);
  const second = first < 0 ? -1 : message.indexOf(NUL, first + 1);
  if (second < 0 || message.indexOf(NUL, second + 1) >= 0) throw new SyntaxError("PLAIN wants three fields");
  const authzid = decodeText(message.subarray(0, first));
  const authcid = decodeText(message.subarray(first + 1, second));
  const password = decodeText(message.subarray(second + 1));
  if (!authcid || !password) throw new SyntaxError("PLAIN without name or password");
  return { authzid, authcid, password };
}

/** The message of `parsePlain`, for clients. */
export function formatPlain(message: PlainMessage): Uint8Array {
  return utf8(`${message.authzid}\0${message.authcid}\0${message.password}`);
}

/** Name and password of a login. */
export interface Credentials {
  login: string;
  password: string;
}

/** Well formed, but somebody else's identity is asked for: nobody may act for another here (RFC 4616 §2). */
export class ActsForAnother extends SyntaxError {}

/** The PLAIN message in base64, as SMTP and POP3 carry it. Throws `SyntaxError`, as `ActsForAnother` too. */
export function parseSaslPlain(base64: string): Credentials {
  const { authzid, authcid, password } = parsePlain(decodeBase64(base64));
  if (authzid && authzid !== authcid) throw new ActsForAnother("acting for another is not allowed");
  return { login: authcid, password };
}

/** Text of strict base64 holding UTF-8. Throws `SyntaxError`. */
export function decodeBase64Text(base64: string): string {
  return decodeText(decodeBase64(base64));
}

/** Prompts of the LOGIN mechanism, which has no RFC; clients expect these words, base64 encoded. */
export const LOGIN_PROMPTS: readonly [string, string] = ["Username:", "Password:"];

/** One answer to a prompt of LOGIN: text that is not empty and holds no NUL. Throws SyntaxError. */
export function parseLoginAnswer(answer: Uint8Array): string {
  const text = decodeText(answer);
  if (!text || answer.includes(NUL)) throw new SyntaxError("empty or broken LOGIN answer");
  return text;
}

/**
 * Octets of base64 with its padding, and nothing else (RFC 4648 §4; RFC 9051 §9, base64). Throws SyntaxError, also for
 * bits left over and for more than 16 KiB.
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length > BASE64_CHARS) throw new SyntaxError("base64 too long");
  const bytes = Buffer.from(text, "base64");
  // The decoder skips what it does not know; only the one right form comes back as it was.
  if (text.length % 4 || bytes.toString("base64") !== text) throw new SyntaxError("bad base64");
  return new Uint8Array(bytes);
}

/** Base64 with padding, in one line. */
export function encodeBase64(data: Uint8Array | string): string {
  const bytes = typeof data === "string" ? utf8(data) : data;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

/** Octets of an initial response: base64, or `=` for an empty one (RFC 4959 §3, RFC 4954 §4). */
export function decodeInitialResponse(text: string): Uint8Array {
  return text === "=" ? new Uint8Array(0) : decodeBase64(text);
}

function decodeText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new SyntaxError("SASL text is not UTF-8");
  }
}
