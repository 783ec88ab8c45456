import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { Fault } from "../../base/fault.ts";
import { addAccounts } from "./admin/accounts.ts";
import { addAliases } from "./admin/aliases.ts";
import { addDomains } from "./admin/domains.ts";
import { addGroups } from "./admin/groups.ts";
import { addMailboxContent, addMailboxImport } from "./admin/mailbox_content.ts";
import { addOwnership } from "./admin/ownership.ts";
import { addPublics } from "./admin/publics.ts";
import { addQueue } from "./admin/queue.ts";
import { addQueueAll } from "./admin/queue_all.ts";
import { addReplication } from "./admin/replication.ts";
import { addSpaces } from "./admin/spaces.ts";
import { addScripts } from "./admin/scripts.ts";
import { addSieve } from "./admin/sieve.ts";
import { addSieveRun } from "./admin/sieve_run.ts";
import { requireToken } from "./auth.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { docsPage } from "./docs_page.ts";
import { addHealth } from "./health.ts";
import { idempotency } from "./idempotency.ts";
import { problem, problemOf } from "./reply.ts";

/** Largest body of an admin request: an alias with its 1000 targets is a third of it. */
const BODY_BYTES = 1024 * 1024;

/** The HTTP interface: health, metrics, and the admin API with its description. */
export function createApp(context: HttpContext): Hono<HttpEnv> {
  const app = new OpenAPIHono<HttpEnv>({
    defaultHook(result, c) {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      const detail = errors.map(({ path, message }) => path ? `${path}: ${message}` : message).join("; ");
      return problem(c, new Fault("invalid", detail), { errors });
    },
  });
  app.onError((error, c) => problemOf(c, error, context.log));
  app.notFound((c) => {
    const allow = methodsAt(app, c.req.path);
    if (!allow.length) return problem(c, new Fault("not_found", `nothing at ${c.req.path}`));
    const fault = new Fault("invalid", `${c.req.path} takes ${allow.join(", ")}`);
    return problem(c, fault, { status: 405, headers: { Allow: allow.join(", ") } });
  });
  app.use(securityHeaders);
  app.use("/api/*", requireToken(context));
  addMailboxImport(app, context);
  app.use("/api/*", bodyLimit({ maxSize: BODY_BYTES, onError: tooBig }));
  app.use("/api/*", onlyJson);
  app.use("/api/*", logWrites(context));
  app.use("/api/*", idempotency(context));

  addHealth(app, context);
  addDomains(app, context);
  addOwnership(app, context);
  addAccounts(app, context);
  addScripts(app, context);
  addSieve(app, context);
  addSieveRun(app, context);
  addAliases(app, context);
  addGroups(app, context);
  addPublics(app, context);
  addSpaces(app, context);
  addQueue(app, context);
  addQueueAll(app, context);
  addReplication(app, context);
  addMailboxContent(app, context);
  describe(app, context);
  return app;
}

/** The methods that a path answers, for requests with another one (RFC 9110 §15.5.6). */
function methodsAt(app: OpenAPIHono<HttpEnv>, path: string): string[] {
  const routes = app.routes.filter(({ method, path: pattern }) =>
    method !== "ALL" && new RegExp(`^${pattern.replace(/:[^/]+/g, "[^/]+")}$`).test(path)
  );
  return [...new Set(routes.map(({ method }) => method))].sort();
}

/** `/openapi.json` and the page that shows it. */
function describe(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Mallard",
      version: context.version,
      description:
        "Administration of a Mallard mail server. Every write may carry an Idempotency-Key: a repeat " +
        "within a day gets the first answer. Failures are problem details (RFC 9457) with a `code`.",
    },
    security: [{ token: [] }],
  });
  app.get("/docs", (c) => c.html(docsPage.html, 200, { "Content-Security-Policy": docsPage.policy }));
}

const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Frame-Options", "DENY");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cache-Control", "no-store");
  if (!headers.has("Content-Security-Policy")) {
    headers.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  }
};

const onlyJson: MiddlewareHandler = async (c, next) => {
  const type = c.req.header("Content-Type");
  if (type !== undefined && !/^application\/json\s*(;|$)/i.test(type) && c.req.method !== "GET") {
    return problem(c, new Fault("invalid", "the body must be application/json"), { status: 415 });
  }
  await next();
};

const tooBig: Parameters<typeof bodyLimit>[0]["onError"] = (c) =>
  problem(c, new Fault("too_big", `a request has at most ${BODY_BYTES} bytes`));

/** One line for each change that an administrator asks for. */
function logWrites({ log }: HttpContext): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const { method, path } = c.req;
    if (method !== "GET" && method !== "HEAD") {
      log.info("admin.write", { method, path, status: c.res.status });
    }
  };
}
