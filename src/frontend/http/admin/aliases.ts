import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import { AddressParam, Alias, NewAlias, pageOf, PageQuery } from "../schemas.ts";

const tags = ["aliases"];
const path = "/api/v1/aliases";
const one = `${path}/{address}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List aliases; those of every domain come first",
  request: { query: PageQuery },
  responses: { 200: json(pageOf(Alias), "One page"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Add an alias with one or more targets",
  request: { body: body(NewAlias) },
  responses: { 201: json(Alias, "The new alias"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "Show an alias",
  request: { params: AddressParam },
  responses: { 200: json(Alias, "The alias"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove an alias",
  request: { params: AddressParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/aliases` */
export function addAliases(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  app.openapi(list, async (c) => c.json(await directory.ask("listAliases", c.req.valid("query")), 200));
  app.openapi(create, async (c) => {
    const created = await directory.ask("createAlias", c.req.valid("json"), {
      requestId: c.get("requestId"),
    });
    c.header("Location", `${path}/${encodeURIComponent(created.address)}`);
    return c.json(created, 201);
  });
  app.openapi(get, async (c) => c.json(await directory.ask("getAlias", c.req.valid("param")), 200));
  app.openapi(remove, async (c) => {
    await directory.ask("removeAlias", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}
