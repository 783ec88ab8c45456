import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { HTTPException } from "hono/http-exception";
import { asFault, Fault, type FaultCode } from "../../base/fault.ts";
import { errorFields, type Log } from "../../base/log.ts";

/** The HTTP status of each failure. */
export const STATUS: Readonly<Record<FaultCode, ContentfulStatusCode>> = {
  invalid: 400,
  denied: 403,
  not_found: 404,
  exists: 409,
  conflict: 409,
  moved: 503,
  too_big: 413,
  rejected: 422,
  limit: 429,
  internal: 500,
  busy: 503,
  unavailable: 503,
  over_quota: 507,
  no_space: 507,
};

/** One wrong field of a request. */
export type FieldProblem = { path: string; message: string };

/** Answers a failure as RFC 9457 problem details; `code` is the failure's own name. */
export function problem(
  c: Context,
  fault: Fault,
  more: { status?: ContentfulStatusCode; errors?: FieldProblem[]; headers?: Record<string, string> } = {},
): Response {
  const status = more.status ?? STATUS[fault.code];
  const body = {
    type: "about:blank",
    title: fault.code.replaceAll("_", " "),
    status,
    code: fault.code,
    detail: fault.message,
    errors: more.errors,
  };
  const retry: Record<string, string> = status === 503 || status === 429 ? { "Retry-After": "5" } : {};
  return c.body(JSON.stringify(body), status, {
    "Content-Type": "application/problem+json",
    ...retry,
    ...more.headers,
  });
}

/** Answers whatever a handler threw; what is our own mistake is logged and told without details. */
export function problemOf(c: Context, error: unknown, log: Log): Response {
  if (error instanceof HTTPException) {
    return problem(c, new Fault("invalid", error.message), { status: error.status as ContentfulStatusCode });
  }
  const fault = asFault(error);
  if (fault.code === "internal") log.error("http.internal", { path: c.req.path, ...errorFields(error) });
  return problem(c, fault);
}
