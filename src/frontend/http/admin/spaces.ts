import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { DirectoryContract, SpaceView } from "../../../../actors/directory/contract.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { body, failures, json, NO_CONTENT } from "../route.ts";
import { NewSpace, Space, SpaceParam, Spaces } from "../public_schemas.ts";
import { AddressParam } from "../schemas.ts";

const tags = ["accounts"];
const path = "/api/v1/accounts/{address}/namespaces";

const list = createRoute({
  method: "get",
  path,
  tags,
  summary: "Private namespaces of an account",
  request: { params: AddressParam },
  responses: { 200: json(Spaces, "All of them"), ...failures },
});
const create = createRoute({
  method: "post",
  path,
  tags,
  summary: "Give an account a private namespace; one that was taken away comes back with its mail",
  request: { params: AddressParam, body: body(NewSpace) },
  responses: { 201: json(Space, "The new namespace"), ...failures },
});
const remove = createRoute({
  method: "delete",
  path: `${path}/{name}`,
  tags,
  summary: "Take a private namespace away; its mail stays on the disk",
  request: { params: SpaceParam },
  responses: { ...NO_CONTENT, ...failures },
});

/** `/api/v1/accounts/{address}/namespaces` */
export function addSpaces(app: OpenAPIHono<HttpEnv>, { system }: HttpContext): void {
  const directory = system.ref<DirectoryContract>("directory:main");
  app.openapi(list, async (c) => {
    const { items } = await directory.ask("listSpaces", { account: c.req.valid("param").address });
    return c.json({ items: items.map(view) }, 200);
  });
  app.openapi(create, async (c) => {
    const request = { account: c.req.valid("param").address, name: c.req.valid("json").name };
    const made = await directory.ask("createSpace", request, { requestId: c.get("requestId") });
    return c.json(view(made), 201);
  });
  app.openapi(remove, async (c) => {
    const { address, name } = c.req.valid("param");
    await directory.ask("removeSpace", { account: address, name }, { requestId: c.get("requestId") });
    return c.body(null, 204);
  });
}

function view({ name, id }: SpaceView): { name: string; id: string } {
  return { name, id };
}
