import { Buffer } from "node:buffer";
import type { Random } from "../base/id.ts";
import { LIMITS } from "../base/limits.ts";
import type { SmtpReply } from "../codec/smtp/reply.ts";
import { decodeBase64Text, encodeBase64 } from "../codec/text/sasl.ts";
import {
  SCRAM_MECHANISMS,
  scramKeys,
  type ScramMechanism,
  scramProof,
  serverSignature,
} from "../codec/text/scram.ts";
import type { Extensions } from "./extensions.ts";
import { AttemptFailure, replyFailure } from "./failure.ts";
import type { Wire } from "./smtp_wire.ts";

/** Name and password for another server. */
export interface Login {
  user: string;
  password: string;
}

const NONCE_BYTES = 18;

/**
 * AUTH, RFC 4954: PLAIN (RFC 4616), LOGIN, or SCRAM (RFC 7677, RFC 5802) where a server takes no password. Over TLS only
 * (R06). Every failure is temporary: what is refused is our setting's fault, and the mail waits until it is put right.
 */
export async function logIn(
  wire: Wire,
  extensions: Extensions,
  login: Login,
  options: { timeoutMs: number; random: Random },
): Promise<void> {
  const { host } = wire.target;
  if (!wire.tls) {
    throw new AttemptFailure("temporary", "4.7.11", `454 4.7.11 ${host}: no login without TLS`, host);
  }
  const say = async (line: string, want: number): Promise<SmtpReply> => {
    await wire.write(`${line}\r\n`);
    const reply = await wire.readReply(options.timeoutMs, "while logging in");
    if (reply.code === want) return reply;
    const { status, message } = replyFailure(reply, host);
    throw new AttemptFailure("temporary", status.replace(/^5/, "4"), message, host);
  };
  const offered = (extensions.get("AUTH") ?? "").toUpperCase().split(" ");
  const scram = SCRAM_MECHANISMS.find((name) => offered.includes(name));
  if (offered.includes("PLAIN")) {
    await say(`AUTH PLAIN ${encodeBase64(`\0${login.user}\0${login.password}`)}`, 235);
  } else if (offered.includes("LOGIN")) {
    await say("AUTH LOGIN", 334);
    await say(encodeBase64(login.user), 334);
    await say(encodeBase64(login.password), 235);
  } else if (scram) await scramLogin(scram, login, options.random, say, host);
  else {
    const message = `454 4.7.4 ${host} offers no login that is known here`;
    throw new AttemptFailure("temporary", "4.7.4", message, host);
  }
}

/** RFC 5802 §5: both sides prove that they know the password, and neither tells it. */
async function scramLogin(
  mechanism: ScramMechanism,
  { user, password }: Login,
  random: Random,
  say: (line: string, want: number) => Promise<SmtpReply>,
  host: string,
): Promise<void> {
  const nonce = Buffer.from(random.bytes(NONCE_BYTES)).toString("base64");
  const bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  const begun = await say(`AUTH ${mechanism} ${encodeBase64(`n,,${bare}`)}`, 334);
  const first = challengeOf(begun, host);
  const found = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,7})(?:,|$)/.exec(first);
  if (!found || !found[1].startsWith(nonce) || Number(found[3]) > LIMITS.scramClientIterations) {
    throw untrusted(host);
  }
  const salt = new Uint8Array(Buffer.from(found[2], "base64"));
  const keys = scramKeys(mechanism, password, salt, Math.max(1, Number(found[3])));
  const final = `c=${encodeBase64("n,,")},r=${found[1]}`;
  const authMessage = `${bare},${first},${final}`;
  const proof = encodeBase64(scramProof(mechanism, password, keys, authMessage));
  const last = await say(encodeBase64(`${final},p=${proof}`), 334);
  if (challengeOf(last, host) !== `v=${encodeBase64(serverSignature(mechanism, keys, authMessage))}`) {
    throw untrusted(host);
  }
  await say("", 235);
}

function challengeOf(reply: SmtpReply, host: string): string {
  try {
    return decodeBase64Text(reply.lines[0]);
  } catch (error) {
    if (error instanceof SyntaxError) throw untrusted(host);
    throw error;
  }
}

function untrusted(host: string): AttemptFailure {
  return new AttemptFailure("temporary", "4.7.0", `454 4.7.0 ${host} does not prove that it knows us`, host);
}
