import { createHash } from "node:crypto";
import { utf8 } from "../base/bytes.ts";

/**
 * The key under which something is remembered: a hash of all that tells it from others, each part with its length
 * before it, so that no two lists of parts are one text (RFC 5230 §4.2). It gives away nothing of them (RFC 7352 §6).
 */
export function markKey(...parts: readonly (string | null)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes = part === null ? null : utf8(part.toWellFormed());
    hash.update(bytes === null ? "-" : `${bytes.length}:`);
    if (bytes !== null) hash.update(bytes);
  }
  return hash.digest("base64url");
}
