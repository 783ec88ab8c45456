import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract } from "../../../../actors/directory/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import { AddressParam, Group, GroupMembers, NewGroup, pageOf, PageQuery } from "../schemas.ts";

const tags = ["groups"];
const path = "/api/v1/groups";
const one = `${path}/{address}` as const;

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "List groups by domain and name",
  request: { query: PageQuery },
  responses: { 200: json(pageOf(Group), "One page"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Add a group with at least one member",
  request: { body: body(NewGroup) },
  responses: { 201: json(Group, "The new group"), ...failures },
});
const get = createRoute({
  method: "get",
  path: one,
  tags,
  summary: "Show a group",
  request: { params: AddressParam },
  responses: { 200: json(Group, "The group"), ...failures },
});
const update = createRoute({
  method: "put",
  path: one,
  tags,
  summary: "Replace the members; without any, mail to the group is refused",
  request: { params: AddressParam, body: body(GroupMembers) },
  responses: { 200: json(Group, "The changed group"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: one,
  tags,
  summary: "Remove a group",
  request: { params: AddressParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/groups` */
export function addGroups(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  app.openapi(list, async (c) => c.json(await directory.ask("listGroups", c.req.valid("query")), 200));
  app.openapi(create, async (c) => {
    const created = await directory.ask("createGroup", c.req.valid("json"), {
      requestId: c.get("requestId"),
    });
    c.header("Location", `${path}/${encodeURIComponent(created.address)}`);
    return c.json(created, 201);
  });
  app.openapi(get, async (c) => c.json(await directory.ask("getGroup", c.req.valid("param")), 200));
  app.openapi(update, async (c) => {
    const request = { ...c.req.valid("json"), ...c.req.valid("param") };
    return c.json(await directory.ask("updateGroup", request, { requestId: c.get("requestId") }), 200);
  });
  app.openapi(remove, async (c) => {
    await directory.ask("removeGroup", c.req.valid("param"), { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}
