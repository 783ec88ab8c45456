import { createHash, createHmac } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { Fault } from "../../base/fault.ts";
import { hex } from "../../base/bytes.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { problem } from "./reply.ts";

/** Answers kept at once, some KiB each; the oldest make room. */
const ANSWERS = 5_000;
const KEEP_MS = 24 * 3600_000;
const KEY = /^[\x20-\x7e]{1,200}$/;
const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);

interface Answer {
  status: number;
  headers: [string, string][];
  body: ArrayBuffer;
}

interface Known {
  fingerprint: string;
  endsMs: number;
  /** Null when the first attempt failed in a way that a repeat may mend. */
  answer: Promise<Answer | null>;
}

/**
 * A write with an `Idempotency-Key` is done once: a repeat gets the first answer, a repeat at the same time waits for
 * it, another request under the same key is refused with 422. Actors get a request id made of the key, so that a repeat
 * after a restart is recognised as well.
 */
export function idempotency(context: HttpContext): MiddlewareHandler<HttpEnv> {
  const known = new Map<string, Known>();
  const secret = context.random.bytes(32); // bodies hold passwords: a bare digest would give weak ones away

  return async (c, next) => {
    const key = c.req.header("Idempotency-Key");
    if (key === undefined || !WRITES.has(c.req.method)) return await next();
    if (!KEY.test(key)) {
      return problem(c, new Fault("invalid", "Idempotency-Key: 1 to 200 visible characters"));
    }
    const fingerprint = createHmac("sha256", secret)
      .update(JSON.stringify([c.req.method, c.req.url, await c.req.text()])).digest("hex");

    for (let entry = known.get(key); entry; entry = known.get(key)) {
      if (entry.endsMs <= context.clock.nowMs()) {
        known.delete(key);
        break;
      }
      if (entry.fingerprint !== fingerprint) {
        return problem(c, new Fault("rejected", "this Idempotency-Key was used for another request"));
      }
      const answer = await entry.answer;
      if (answer) return new Response(answer.body.byteLength ? answer.body : null, answer);
      if (known.get(key) === entry) known.delete(key);
    }

    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    makeRoom(known);
    known.set(key, { fingerprint, endsMs: context.clock.nowMs() + KEEP_MS, answer: promise });
    const id = createHash("sha256").update(JSON.stringify([key, c.req.method, c.req.path])).digest();
    c.set("requestId", `http:${hex(id)}`);
    try {
      await next();
      resolve(await keepable(c.res));
    } finally {
      resolve(null);
    }
  };
}

/** A copy of an answer that will not change by asking again; null for the others. */
async function keepable(response: Response): Promise<Answer | null> {
  if (response.status >= 500 || response.status === 429) return null;
  return {
    status: response.status,
    headers: [...response.headers],
    body: await response.clone().arrayBuffer(),
  };
}

function makeRoom(known: Map<string, Known>): void {
  if (known.size < ANSWERS) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}
