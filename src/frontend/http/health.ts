import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import { formatMetrics } from "../../base/metrics.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import { json } from "./route.ts";
import { Health } from "./schemas.ts";

const tags = ["health"];
const open = { tags, security: [] };
const answers = { 200: json(Health, "Yes"), 503: json(Health, "No, and why") };

const health = createRoute({
  method: "get",
  path: "/healthz",
  ...open,
  summary: "Is every listener open?",
  responses: answers,
});
const ready = createRoute({
  method: "get",
  path: "/readyz",
  ...open,
  summary: "May this server take traffic?",
  responses: answers,
});
const metrics = createRoute({
  method: "get",
  path: "/metrics",
  ...open,
  summary: "Figures as OpenMetrics text",
  responses: {
    200: { description: "Text", content: { "application/openmetrics-text": { schema: { type: "string" } } } },
  },
});

/** What monitoring asks, without a token. */
export function addHealth(app: OpenAPIHono<HttpEnv>, context: HttpContext): void {
  app.openapi(health, (c) => {
    const { ok, reason } = context.health();
    return ok
      ? c.json({ status: "ok" as const }, 200)
      : c.json({ status: "unavailable" as const, reason }, 503);
  });
  app.openapi(ready, (c) => {
    const link = context.replication?.status();
    const peer = link?.peer ? (link.linked ? "linked" as const : "away" as const) : "none" as const;
    const { ok, reason } = context.health();
    if (!ok) return c.json({ status: "unavailable" as const, reason, peer }, 503);
    return c.json({ status: "ok" as const, peer }, 200);
  });
  app.openapi(metrics, async (c) =>
    c.body(formatMetrics(await context.metrics()), 200, {
      "Content-Type": "application/openmetrics-text; version=1.0.0; charset=utf-8",
    }));
}
