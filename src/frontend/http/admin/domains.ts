import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import { Domain, DomainPatch, NameParam, NewDomain, pageOf, PageQuery } from "../schemas.ts";

const tags = ["domains"];
const path = "/api/v1/domains";
const one = `${path}/{name}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List domains by name",
  request: { query: PageQuery },
  responses: { 200: json(pageOf(Domain), "One page"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Add a domain; it takes mail at once",
  request: { body: body(NewDomain) },
  responses: { 201: json(Domain, "The new domain"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "Show a domain",
  request: { params: NameParam },
  responses: { 200: json(Domain, "The domain"), ...failures },
});
const update = createRoute({
  method: "patch",
  path: one,
  tags,
  summary: "Change settings of a domain",
  request: { params: NameParam, body: body(DomainPatch) },
  responses: { 200: json(Domain, "The changed domain"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove a domain; accounts keep their mail and login",
  request: { params: NameParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/domains` */
export function addDomains(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  app.openapi(list, async (c) => c.json(await directory.ask("listDomains", c.req.valid("query")), 200));
  app.openapi(create, async (c) => {
    const created = await directory.ask("createDomain", c.req.valid("json"), {
      requestId: c.get("requestId"),
    });
    c.header("Location", `${path}/${encodeURIComponent(created.name)}`);
    return c.json(created, 201);
  });
  app.openapi(get, async (c) => c.json(await directory.ask("getDomain", c.req.valid("param")), 200));
  app.openapi(update, async (c) => {
    const request = { ...c.req.valid("json"), ...c.req.valid("param") };
    return c.json(await directory.ask("updateDomain", request, { requestId: c.get("requestId") }), 200);
  });
  app.openapi(remove, async (c) => {
    await directory.ask("removeDomain", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}
