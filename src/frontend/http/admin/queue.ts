import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { QueueContract } from "../../../../actors/queue/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { failures, json, NO_CONTENT } from "../route.ts";
import { Hold, IdParam, pageOf, PageQuery, QueueItem } from "../schemas.ts";

const tags = ["queue"];
const path = "/api/v1/queue";
const one = `${path}/{id}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List mail on its way out, oldest first",
  request: { query: PageQuery },
  responses: { 200: json(pageOf(QueueItem), "One page"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "Show one message with its recipients",
  request: { params: IdParam },
  responses: { 200: json(QueueItem, "The message"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Drop a message without a report",
  request: { params: IdParam },
  responses: { ...NO_CONTENT, ...failures },
});
const retry = createRoute({
  method: "post",
  path: `${one}/retry`,
  tags,
  summary: "Try a message again now",
  request: { params: IdParam },
  responses: { 200: json(QueueItem, "The message"), ...failures },
});
const hold = createRoute({
  method: "post",
  path: `${one}/hold`,
  tags,
  summary: "Keep a message back, or let it go again",
  request: { params: IdParam, body: { content: { "application/json": { schema: Hold } } } },
  responses: { 200: json(QueueItem, "The message"), ...failures },
});

/** `/api/v1/queue` */
export function addQueue(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const queue = system.ref<QueueContract>("queue:main");
  app.openapi(list, async (c) => c.json(await queue.ask("list", c.req.valid("query")), 200));
  app.openapi(get, async (c) => c.json(await queue.ask("get", c.req.valid("param")), 200));
  app.openapi(remove, async (c) => {
    await queue.ask("remove", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
  app.openapi(retry, async (c) => {
    const request = c.req.valid("param");
    return c.json(await queue.ask("retry", request, { requestId: c.get("requestId") }), 200);
  });
  app.openapi(hold, async (c) => {
    const { id } = c.req.valid("param");
    const held = c.req.valid("json").held ?? true; // without a body nothing was filled in
    return c.json(await queue.ask("hold", { id, held }, { requestId: c.get("requestId") }), 200);
  });
}
