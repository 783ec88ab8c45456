import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { Fault } from "../../base/fault.ts";
import type { HttpContext } from "./context.ts";
import { problem } from "./reply.ts";

/**
 * Lets only bearers of an admin token through (RFC 6750 §2.1). Digests of equal length are compared in constant time,
 * each known token every time.
 */
export function requireToken(context: HttpContext): MiddlewareHandler {
  return async (c, next) => {
    const given = /^Bearer +([\x21-\x7e]+) *$/i.exec(c.req.header("Authorization") ?? "");
    const digest = createHash("sha256").update(given?.[1] ?? "").digest();
    let known = false;
    for (const hash of context.tokenHashes()) known = timingSafeEqual(digest, hash) || known;
    if (!given || !known) {
      context.log.info("http.denied", { method: c.req.method, path: c.req.path });
      const headers = {
        "WWW-Authenticate": `Bearer realm="mallard"${given ? ', error="invalid_token"' : ""}`,
      };
      return problem(c, new Fault("denied", "an admin token is needed"), { status: 401, headers });
    }
    await next();
  };
}
