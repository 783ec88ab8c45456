import { timingSafeEqual } from "node:crypto";
import { argon2id, bcryptVerify, scrypt } from "hash-wasm";
import { LIMITS } from "../../src/base/limits.ts";
import { formatScramKeys, SCRAM_MECHANISMS, scramKeys } from "../../src/codec/text/scram.ts";
import { COST, formatHash, parseHash } from "./phc.ts";

/** Work for the hashing thread. */
export type HashJob =
  | { kind: "verify"; password: string; passwordHash: string }
  | { kind: "hash"; password: string; salt: Uint8Array }
  | { kind: "scram"; password: string; salt: Uint8Array };

/** What comes back: whether the password is right, the new hash, or keys of SCRAM. */
export type HashResult = boolean | string;

/** bcrypt looks at no more. */
const BCRYPT_BYTES = 72;

/** Does one job; takes some 90 ms of the thread it runs on. SyntaxError for a hash that is not supported. */
export async function runHashJob(job: HashJob): Promise<HashResult> {
  if (job.kind === "scram") return scramTexts(job.password, job.salt);
  const password = preparePassword(job.password);
  if (job.kind === "verify") return await verify(password, job.passwordHash);
  const hash = await argon2id({
    password,
    salt: job.salt,
    memorySize: COST.memoryKib,
    iterations: COST.passes,
    parallelism: COST.lanes,
    hashLength: COST.hashBytes,
    outputType: "binary",
  });
  return formatHash(job.salt, hash);
}

/** Keys of every mechanism, with spaces between. */
function scramTexts(password: string, salt: Uint8Array): string {
  return SCRAM_MECHANISMS.map((mechanism) =>
    formatScramKeys(mechanism, scramKeys(mechanism, password, salt, LIMITS.scramIterations))
  ).join(" ");
}

/** The bytes that are hashed: the same for every way a keyboard composes a character (RFC 8265 §4.2). */
function preparePassword(password: string): Uint8Array {
  return new TextEncoder().encode(password.replace(/\p{Zs}/gu, " ").normalize("NFC"));
}

async function verify(password: Uint8Array, passwordHash: string): Promise<boolean> {
  const stored = parseHash(passwordHash);
  if (stored.kind === "bcrypt") {
    return await bcryptVerify({ password: password.subarray(0, BCRYPT_BYTES), hash: stored.text });
  }
  const computed = stored.kind === "argon2id"
    ? await argon2id({
      password,
      salt: stored.salt,
      memorySize: stored.memoryKib,
      iterations: stored.passes,
      parallelism: stored.lanes,
      hashLength: stored.hash.length,
      outputType: "binary",
    })
    : await scrypt({
      password,
      salt: stored.salt,
      costFactor: 2 ** stored.costLog2,
      blockSize: stored.blockSize,
      parallelism: stored.lanes,
      hashLength: stored.hash.length,
      outputType: "binary",
    });
  return timingSafeEqual(computed, stored.hash);
}
